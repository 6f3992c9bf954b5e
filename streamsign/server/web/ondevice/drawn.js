// Letters that are drawn in the air: the port of path_features.py, drawn.py and drawn_text.py in streamsign/recognition.

import { center, distance, height, longerSide, width } from "./geometry.js";
import { clamped, greatest, mean, sum } from "./numbers.js";

const SPANS_S = [0.4, 0.55, 0.75, 1, 1.35, 1.8];
const EVERY_S = 0.03;
const CONFIRM_S = 0.1;
const FALLEN = 1;
const LOST_S = 0.25;
const EARLY_S = 0.05;
const MOVED_S = 0.3;
const MOVED = 0.1;
const MOST_ODDS = 30;

const POINTS = 13;
const BEFORE_S = 0.15;
const BURST_S = 0.2;
const LONGEST_STROKE = 0.6;
const MOST_BEFORE = 3;
const RESTING = 0.8;
const SURE = 0.85;
const LEAST_SHARE = 1e-3;

const MOST_REPLACED = 3;
const MOST_OTHERS = 1;
const HELD_END_S = 0.5;
const LED_S = 2.5;
const LEFT_S = 0.3;
const AWAY = 0.35;
const KEPT_S = 3;

const steps = (values) => values.slice(1).map((value, at) => value - values[at]);
const running = (values) => values.reduce((all, value) => [...all, all.at(-1) + value], [0]);

/** What the classifier reads of a followed hand, as seen from one drawn letter; see shapes_seen. */
function shapesSeen(evidence, { rule, starts, passes, turned }) {
  const left = new Set([0, ...starts, ...passes]);
  const others = evidence.map((shares) => {
    let [other, which] = [0, 0];
    shares.forEach((share, at) => {
      if (!left.has(at) && share > other) [other, which] = [share, at];
    });
    return { other, which };
  });
  const start = evidence.map((shares) => sum(starts.map((at) => shares[at])));
  const odds = (shares) => rule.turned_bias + sum(shares.map((share, at) => turned[at] * Math.log(Math.max(share, LEAST_SHARE))));
  return {
    start,
    turned: evidence.map((shares, at) => (1 - start[at]) / (1 + Math.exp(-odds(shares)))),
    other: others.map(({ other }) => other),
    sure: others.map(({ other, which }, at) => {
      const before = others[at - 1];
      return other >= SURE && before?.other >= SURE && which === before.which;
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
function pathFeatures(path, seen, endS, spanS) {
  const times = Array.from({ length: POINTS }, (_, at) => endS + spanS * (at / (POINTS - 1) - 1));
  const at = (values) => times.map((time) => interpolated(path.at_s, values, time));
  const [width, height] = [path.width, path.height].map(at);
  const size = mean(width.map((side, point) => Math.max(side, height[point])));
  const [x, y] = [path.x, path.y].map((values) => at(values).map((value) => value / size));
  const aspect = width.map((side, point) => Math.log(side / height[point]));
  const logHeight = height.map(Math.log);
  const [sidesX, sidesY] = [steps(x), steps(y)];
  const sides = sidesX.map((side, point) => Math.hypot(side, sidesY[point]));
  const length = sum(sides) + 1e-6;
  const stepS = spanS / (POINTS - 1);
  const speeds = sides.map((side) => side / stepS);
  const [shares, other, turned, none] = [seen.start, seen.other, seen.turned, path.none].map(at);
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
    turned: Math.max(...turned.slice(4).map((share, point) => Math.min(share, turned[point + 3]))),
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

/** Log-odds of a letter by a rule of paths.json; -Infinity where a feature is out of limits. */
function scoreOf({ weights, bias, minimum, maximum }, features) {
  if (Object.entries(minimum).some(([name, least]) => features[name] < least)) return -Infinity;
  if (Object.entries(maximum).some(([name, most]) => features[name] > most)) return -Infinity;
  return Object.entries(weights).reduce((score, [name, weight]) => score + weight * features[name], bias);
}

/** Recognizes drawn letters from a hand's path. */
class PathRecognizer {
  constructor(rules, moving, letters) {
    const states = ["none", ...letters];
    const places = (chosen) => chosen.map((letter) => states.indexOf(letter)).filter((place) => place > 0);
    const weights = (turned) => states.map((state) => turned[state] ?? 0);
    this.rules = Object.entries(rules).map(([letter, rule]) => (
      { letter, rule, starts: places(moving[letter]), passes: places(rule.passes), turned: weights(rule.turned) }
    ));
    this.reset();
  }

  reset() {
    Object.assign(this, { past: [], judgedS: -Infinity, freeFromS: -Infinity, best: null });
  }

  /** `{ letter, probability, startedS, endedS }` of a drawing that this frame completes, or null. */
  update(box, evidence, atS) {
    if (this.past.length && atS - this.past.at(-1).at_s > LOST_S) {
      this.past = [];
      this.best = null;
    }
    if (!box) return null;
    const [x, y] = center(box);
    this.past.push({ at_s: atS, x, y, width: width(box), height: height(box), none: evidence[0], evidence });
    while (atS - this.past[0].at_s > SPANS_S.at(-1) + LOST_S) this.past.shift();
    if (atS - this.judgedS < EVERY_S - 1e-3 || (!this.best && !this.#moves())) return null;
    this.judgedS = atS;
    return this.#judge(atS);
  }

  #moves() {
    const now = this.past.at(-1);
    const past = this.past.findLast((each) => now.at_s - each.at_s >= MOVED_S);
    const reach = MOVED * Math.max(now.width, now.height);
    return past !== undefined && (Math.abs(now.x - past.x) > reach || Math.abs(now.y - past.y) > reach);
  }

  #judge(atS) {
    const firstS = Math.max(this.past[0].at_s - EARLY_S, this.freeFromS);
    const spans = SPANS_S.filter((spanS) => atS - spanS >= firstS);
    let [score, found] = [-Infinity, null];
    if (spans.length) {
      const columns = Object.keys(this.past[0]).map((name) => [name, this.past.map((each) => each[name])]);
      const path = Object.fromEntries(columns);
      for (const one of this.rules) {
        const seen = shapesSeen(path.evidence, one);
        const scores = spans.map((spanS) => scoreOf(one.rule, pathFeatures(path, seen, atS, spanS)) - one.rule.threshold);
        const best = scores.indexOf(Math.max(...scores));
        if (!(scores[best] >= Math.max(0, score))) continue;
        score = scores[best];
        const probability = 1 / (1 + Math.exp(-Math.min(score + one.rule.threshold, MOST_ODDS)));
        found = { ...one, probability, startedS: atS - spans[best], endedS: atS };
      }
    }
    if (found && (!this.best || score > this.best.score)) {
      this.best = { score, found };
      return null;
    }
    if (!this.best) return null;
    const { found: drawn } = this.best;
    if (atS - drawn.endedS < (score > this.best.score - FALLEN ? CONFIRM_S : CONFIRM_S / 2)) return null;
    this.best = null;
    const since = this.past.filter((each) => each.at_s >= drawn.endedS).map((each) => each.evidence);
    if (shapesSeen(since, drawn).sure.includes(true)) return null;
    this.freeFromS = drawn.endedS;
    return drawn;
  }
}

/** Recognizes drawn letters and takes back what was read while they were drawn. */
export class DrawnLetters {
  /** `rules`: of paths.json; `moving`: the letters that each starts from; `letters`: of the classifier. */
  constructor(rules, moving, letters) {
    Object.assign(this, { rules, moving, paths: new PathRecognizer(rules, moving, letters) });
    this.reset();
  }

  reset() {
    this.paths.reset();
    Object.assign(this, { commits: [], leaders: [], drawnS: -Infinity, end: null, kept: null });
  }

  /** The commit of a frame: a drawn letter with `replaces`, the speller's `commit`, or null. */
  update(box, evidence, leader, atS, commit) {
    this.leaders.push({ atS, letter: leader });
    while (atS - this.leaders[0].atS > KEPT_S) this.leaders.shift();
    const drawn = this.paths.update(box, evidence, atS);
    if (drawn && box && this.#others(drawn) <= MOST_OTHERS) {
      Object.assign(this, { drawnS: atS, end: box, from: this.moving[drawn.letter], kept: null });
      commit = this.#commit(drawn, atS);
    } else if (!commit) commit = this.#kept(box, leader, atS);
    else {
      this.kept = null;
      if (commit.started_s <= this.drawnS + (this.#isThere(box) ? HELD_END_S : 0)) {
        if (!this.from.includes(commit.letter)) this.kept = { commit, atS: this.drawnS + LED_S };
        return null;
      }
    }
    if (commit) this.commits = [...this.commits, commit].slice(-MOST_REPLACED);
    return commit;
  }

  #kept(box, leader, atS) {
    const { commit } = this.kept ?? {};
    if (leader !== commit?.letter) return (this.kept = null);
    if (commit.started_s > this.drawnS && !this.#isThere(box)) this.kept.atS = Math.min(this.kept.atS, atS + LEFT_S);
    if (atS < this.kept.atS) return null;
    this.kept = null;
    return { ...commit, captured_s: atS };
  }

  #commit({ letter, probability, startedS }, atS) {
    let replaces = 0;
    while (this.commits.length && this.#belongs(this.commits.at(-1), letter, startedS)) {
      replaces += 1;
      if (this.commits.pop().captured_s < startedS) break;
    }
    return {
      letter, confidence: probability, started_s: startedS, captured_s: atS,
      alternatives: [{ letter, confidence: probability }], replaces,
    };
  }

  #others({ letter, startedS }) {
    return this.commits.filter((each) => each.captured_s >= startedS && !this.moving[letter].includes(each.letter)).length;
  }

  #belongs(commit, letter, startedS) {
    if (commit.letter in this.rules) return false;
    if (commit.captured_s >= startedS) return true;
    if (!this.moving[letter].includes(commit.letter)) return false;
    return this.leaders
      .filter(({ atS }) => commit.captured_s <= atS && atS <= startedS)
      .every((leader) => leader.letter === commit.letter || leader.letter === null);
  }

  #isThere(box) {
    const { end } = this;
    const turned = (side) => Math.abs(Math.log(side(box) / side(end))) < AWAY;
    const stays = box && end && distance(center(box), center(end)) < AWAY * longerSide(end) && [width, height].every(turned);
    if (!stays) this.end = null;
    return stays;
  }
}
