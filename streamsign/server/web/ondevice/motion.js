// Speed of a hand and change of its shape: the port of stroke.py and shape_change.py in streamsign/recognition.

import { center, distance, longerSide } from "./geometry.js";
import { clamped, greatest } from "./numbers.js";
import { plane, shrunk } from "./pixels.js";

export const WINDOW_S = 0.08;
export const BEFORE_S = 0.3;

const TRAVEL_WEIGHT = 0.5;
const SIZE_MEMORY_S = 2;
const MIN_INTERVAL_S = 1e-3;
const COMPARED_PX = 48;
const MIDDLE_PX = COMPARED_PX / 2;
const MARGIN_PX = (COMPARED_PX - MIDDLE_PX) / 2;
const MIN_CORRELATION = 0.5;

const SHORT_S = 0.03;
const LONG_S = 0.09;
const MIN_RATE = 0.02;
const KEPT_S = 0.25;
const SHAPE_MARGIN_PX = 10;
const SLACK_S = 0.003;

/**
 * Normalized cross-correlation (Lewis 1995) of the middle of one 48 × 48 picture, without `margin` on each side, at each
 * place in the next.
 */
function matches(before, after, margin) {
  const side = COMPARED_PX - 2 * margin;
  const places = 2 * margin + 1;
  const count = side * side;
  const middle = new Float64Array(count);
  let total = 0;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) total += middle[y * side + x] = before[(y + margin) * COMPARED_PX + x + margin];
  }
  let energy = 0;
  for (let at = 0; at < count; at += 1) energy += (middle[at] -= total / count) ** 2;
  const found = new Float64Array(places * places);
  for (let down = 0; down < places; down += 1) {
    for (let across = 0; across < places; across += 1) {
      let [sum, squares, product] = [0, 0, 0];
      for (let y = 0; y < side; y += 1) {
        const row = (y + down) * COMPARED_PX + across;
        for (let x = 0; x < side; x += 1) {
          const level = after[row + x];
          sum += level;
          squares += level * level;
          product += level * middle[y * side + x];
        }
      }
      const norm = Math.sqrt(Math.max(0, energy * (squares - (sum * sum) / count)));
      found[down * places + across] = norm > 0 ? clamped(product / norm, -1, 1) : 0;
    }
  }
  return { found, places };
}

/** Offset of the vertex of a parabola through a value and its neighbors. */
function peak(left, middle, right) {
  const bend = left - 2 * middle + right;
  return bend >= 0 ? 0 : (0.5 * (left - right)) / bend;
}

/** Displacement of one picture's middle in the next, [right, down] pixels of 48; null if they do not match. */
export function displacement(before, after) {
  const { found, places } = matches(before, after, MARGIN_PX);
  const top = greatest(found);
  if (found[top] < MIN_CORRELATION) return null;
  const [x, y] = [top % places, Math.floor(top / places)];
  const inner = (place) => place > 0 && place < places - 1;
  const right = inner(x) ? peak(found[top - 1], found[top], found[top + 1]) : 0;
  const down = inner(y) ? peak(found[top - places], found[top], found[top + places]) : 0;
  return [x + right - MARGIN_PX, y + down - MARGIN_PX];
}

/** Greatest correlation of the middle of one patch with the next, 0–1. */
export function correlation(before, after) {
  const { found } = matches(before, after, SHAPE_MARGIN_PX);
  return clamped(found[greatest(found)], 0, 1);
}

/** Rate of change of a hand's shape. */
class ShapeChange {
  constructor() {
    this.past = [];
  }

  update(patch, atS) {
    if (!patch) {
      this.past = [];
      return NaN;
    }
    this.past = this.past.filter((past) => atS - past.atS < KEPT_S);
    const latest = (untilS) => this.past.findLast((past) => past.atS <= untilS + SLACK_S);
    const compared = new Set([latest(atS - SHORT_S), latest(atS - LONG_S)]);
    const rates = [...compared].filter(Boolean).map((past) => (1 - correlation(past.patch, patch)) / (atS - past.atS));
    this.past.push({ atS, patch });
    return rates.length ? Math.max(MIN_RATE, Math.min(...rates)) : NaN;
  }
}

const along = (one, other, share) => [one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])];

export class HandSpeed {
  constructor() {
    this.past = [];
    this.size = 0;
    this.last = null;
    this.shape = new ShapeChange();
  }

  /** Motion `{ speed, stroke, change }` of a hand at a time; null without a hand (null) and for a new one. */
  update(view, atS) {
    if (!view) {
      this.past = [];
      this.last = null;
      this.shape.update(null, atS);
      return null;
    }
    const [middle, side, before] = [center(view.box), longerSide(view.box), this.last];
    const size = Math.round(Math.sqrt(view.patch.length));
    this.last = { picture: shrunk(plane(view.patch, size, size), COMPARED_PX, COMPARED_PX).data, square: view.square };
    const change = this.shape.update(this.last.picture, atS);
    const moved = before && pictureMoved(before, this.last);
    let picture = middle;
    if (!this.past.length) {
      this.size = side;
    } else {
      const past = this.past.at(-1);
      this.size += (1 - Math.exp(-Math.max(0, atS - past.atS) / SIZE_MEMORY_S)) * (side - this.size);
      const by = moved ?? [middle[0] - past.box[0], middle[1] - past.box[1]];
      picture = [past.picture[0] + by[0], past.picture[1] + by[1]];
    }
    const now = { atS, box: middle, picture };
    this.past.push(now);
    while (this.past.length > 2 && atS - this.past[1].atS >= WINDOW_S + BEFORE_S) this.past.shift();
    const then = this.past.findLast((past) => atS - past.atS >= WINDOW_S) ?? this.past[0];
    if (atS - then.atS < MIN_INTERVAL_S || this.size <= 0) return null;
    const far = Math.min(distance(now.box, then.box), distance(now.picture, then.picture));
    return { speed: far / (this.size * (atS - then.atS)), stroke: this.#stroke() / this.size, change };
  }

  #stroke() {
    const [startS, endS] = [this.past[0].atS, this.past.at(-1).atS];
    const [begun, earlier] = [WINDOW_S, WINDOW_S + BEFORE_S].map((pastS) => Math.max(startS, endS - pastS));
    const [there, before] = [this.#pictureAt(begun), this.#pictureAt(earlier)];
    const quick = distance(this.past.at(-1).picture, there) / Math.max(endS - begun, WINDOW_S);
    return quick - (TRAVEL_WEIGHT * distance(there, before)) / BEFORE_S;
  }

  #pictureAt(atS) {
    for (let at = this.past.length - 1; at > 0; at -= 1) {
      const [after, before] = [this.past[at], this.past[at - 1]];
      if (before.atS > atS) continue;
      const share = (atS - before.atS) / Math.max(after.atS - before.atS, MIN_INTERVAL_S);
      return along(before.picture, after.picture, Math.min(1, share));
    }
    return this.past[0].picture;
  }
}

function pictureMoved(before, after) {
  const found = displacement(before.picture, after.picture);
  if (!found) return null;
  const unit = after.square.side / COMPARED_PX;
  return [after.square.x - before.square.x + found[0] * unit, after.square.y - before.square.y + found[1] * unit];
}
