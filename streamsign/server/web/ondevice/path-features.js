// Features of a hand's path that distinguish a drawn J or Z: the port of streamsign/recognition/path_features.py.

import { clamped, greatest, mean, sum } from "./numbers.js";

const POINTS = 13;
const BEFORE_S = 0.15;
const BURST_S = 0.2;
const LONGEST_STROKE = 0.6;
const MOST_BEFORE = 3;
const RESTING = 0.8;
const SURE = 0.85;

const steps = (values) => values.slice(1).map((value, at) => value - values[at]);
const running = (values) => values.reduce((all, value) => [...all, all.at(-1) + value], [0]);

/** What the classifier reads of a followed hand, as seen from one drawn letter; see shapes_seen. */
export function shapesSeen(evidence, starts, passes) {
  const left = new Set([0, ...starts, ...passes]);
  const others = evidence.map((shares) => {
    let [other, which] = [0, 0];
    shares.forEach((share, at) => {
      if (!left.has(at) && share > other) [other, which] = [share, at];
    });
    return { other, which };
  });
  return {
    start: evidence.map((shares) => sum(starts.map((at) => shares[at]))),
    other: others.map(({ other }) => other),
    sure: others.map(({ other, which }, at) => {
      const before = others[at - 1];
      return before !== undefined && other >= SURE && before.other >= SURE && which === before.which;
    }),
  };
}

/** Linear interpolation of values at increasing times; beyond them the first and the last. */
function interpolated(times, values, at) {
  if (at <= times[0]) return values[0];
  const next = times.findIndex((time) => time >= at);
  if (next < 0) return values.at(-1);
  const gap = times[next] - times[next - 1];
  return gap > 0 ? values[next - 1] + ((at - times[next - 1]) / gap) * (values[next] - values[next - 1]) : values[next];
}

/** Features by name of the span of a path that ends at `endS`. `path`: columns at_s, x, y, width, height, none. */
export function pathFeatures(path, seen, endS, spanS) {
  const times = Array.from({ length: POINTS }, (_, at) => endS + spanS * (at / (POINTS - 1) - 1));
  const at = (values) => times.map((time) => interpolated(path.at_s, values, time));
  const [width, height] = [at(path.width), at(path.height)];
  const size = mean(width.map((side, point) => Math.max(side, height[point])));
  const [x, y] = [path.x, path.y].map((values) => at(values).map((value) => value / size));
  const aspect = width.map((side, point) => Math.log(side / height[point]));
  const logHeight = height.map(Math.log);
  const [sidesX, sidesY] = [steps(x), steps(y)];
  const sides = sidesX.map((side, point) => Math.hypot(side, sidesY[point]));
  const length = sum(sides) + 1e-6;
  const stepS = spanS / (POINTS - 1);
  const speeds = sides.map((side) => side / stepS);
  const [shares, other, none] = [at(seen.start), at(seen.other), at(path.none)];
  const beforeS = endS - spanS - BEFORE_S;
  const before = Math.hypot(...[path.x, path.y].map((values, axis) => [x, y][axis][0] - interpolated(path.at_s, values, beforeS) / size));
  const slower = speeds.slice(1).map((speed, point) => Math.min(speeds[point], speed));
  const rest = (speed) => Math.exp(-speed / RESTING);
  const held = speeds.slice(1, -1).map((speed, point) => Math.min(other[point + 1], other[point + 2]) * rest(speed));
  const lastHeld = Math.min(other.at(-2), other.at(-1)) * rest(speeds.at(-1));
  const lowest = greatest(y);
  const since = (values, first, last) => mean(values.slice(first, last)) - mean(values.slice(0, 2));
  const [stroke, strokeDown, lastStrokeBack] = zigzag(x, y);
  const [firstDown, secondDown, thirdDown] = thirdsDown(y, sides, length);
  return {
    span: spanS, log_length: Math.log(length + 0.1), height: Math.max(...y) - Math.min(...y),
    net_across: Math.abs(x.at(-1) - x[0]), net_down: y.at(-1) - y[0],
    stroke, stroke_down: strokeDown, last_stroke_back: lastStrokeBack,
    first_down: firstDown, second_down: secondDown, third_down: thirdDown,
    drop: y[lowest] - y[0], rise: y[lowest] - y.at(-1), across_after_drop: Math.abs(x.at(-1) - x[lowest]),
    turn: turn(sidesX, sidesY, sides, length),
    aspect_middle: since(aspect, 5, 8), aspect_end: since(aspect, -3), log_height_middle: since(logHeight, 5, 8),
    log_height_end: since(logHeight, -3), speed_end: sum(sides.slice(-2)) / (2 * stepS), speed_most: Math.max(...speeds),
    speed_before: Math.min(before / BEFORE_S, MOST_BEFORE), calm: Math.min(...slower.slice(1, -1)) / (mean(speeds) + 1e-6),
    early: sum(sides.slice(0, 4)) / length, late: sum(sides.slice(-4)) / length, burst: burst(sides, stepS) / length,
    start_share: mean(shares.slice(0, 3)), middle_share: mean(shares.slice(4, 9)), end_share: mean(shares.slice(-3)),
    none: mean(none.slice(3)), other_middle: Math.max(...held.slice(1, 7)),
    other_end: Math.max(...held.slice(7), lastHeld),
    other_sure: Number(path.at_s.some((time, frame) => seen.sure[frame] && time >= endS - spanS && time <= endS)),
  };
}

/** The shortest of three alternating strokes, how far the second goes down, and how far the third has returned. */
function zigzag(x, y) {
  const [one, other] = [1, -1].map((side) => {
    const away = x.map((value) => side * (value - x[0]));
    const first = greatest(away, 0, POINTS - 4);
    const second = greatest(away.map((value) => -value), first + 1, POINTS - 1);
    const third = greatest(away, second);
    const shortest = Math.min(away[first], away[first] - away[second], away[third] - away[second]);
    return [shortest, y[second] - y[first], away[third] - away.at(-1)];
  });
  const stroke = clamped(Math.max(one[0], other[0]), 0, LONGEST_STROKE);
  const [, down, back] = other[0] > one[0] ? other : one;
  return stroke === 0 ? [0, 0, 0] : [stroke, down, back];
}

/** How far each third of the path's length goes down, over that length. */
function thirdsDown(y, sides, length) {
  const run = running(sides).map((value) => value / length);
  const heights = [y[0]];
  for (const share of [1 / 3, 2 / 3]) {
    const reached = run.findIndex((value) => value >= share);
    const after = reached < 0 ? 0 : reached; // as numpy's argmax
    const before = Math.max(after - 1, 0);
    const part = clamped((share - run[before]) / Math.max(run[after] - run[before], 1e-9), 0, 1);
    heights.push(y[before] + part * (y[after] - y[before]));
  }
  heights.push(y.at(-1));
  return steps(heights).map((down) => (3 * down) / length);
}

/** Radians by which the path turns in one sense, each turn weighted with its shorter side, over the length. */
function turn(sidesX, sidesY, sides, length) {
  const turns = sides.slice(1).map((side, at) => {
    const cross = sidesX[at] * sidesY[at + 1] - sidesY[at] * sidesX[at + 1];
    const dot = sidesX[at] * sidesX[at + 1] + sidesY[at] * sidesY[at + 1];
    return Math.atan2(cross, dot + 1e-9) * Math.min(sides[at], side);
  });
  return Math.abs(sum(turns)) / length;
}

/** Length of the longest part of the path within BURST_S. */
function burst(sides, stepS) {
  const run = running(sides);
  return Math.max(...run.map((value, at) => {
    const later = Math.min(at + BURST_S / stepS, POINTS - 1);
    const low = Math.floor(later);
    return run[low] + (later - low) * (run[Math.min(low + 1, POINTS - 1)] - run[low]) - value;
  }));
}
