// Motion-blur gate: the port of streamsign/recognition/sharpness.py.

import { clamped, normalized } from "./numbers.js";

const FINE_PX = 0.8;
const COARSE_PX = 2;
const NOISE = 3;
const UNDEREXPOSED = 8;
const OVEREXPOSED = 247;
const STEPS = [[1, 0], [0, 1], [1, 1], [-1, 1]];

function kernel(sigma) {
  const size = Math.round(6 * sigma + 1) | 1;
  const shares = Array.from({ length: size }, (_, at) => Math.exp(-((at - (size - 1) / 2) ** 2) / (2 * sigma * sigma)));
  return normalized(shares);
}

const FINE = kernel(FINE_PX);
const COARSE = kernel(COARSE_PX);

/** Smoothed pixels of a square patch; the picture is mirrored at its edges. */
function smoothed(patch, size, shares) {
  const reach = shares.length >> 1;
  const last = size - 1;
  const places = Array.from({ length: size + 2 * reach }, (_, at) => {
    const place = Math.abs(at - reach);
    return place > last ? 2 * last - place : place;
  });
  const across = new Float32Array(size * size);
  const out = new Uint8Array(size * size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let sum = 0;
      for (let each = 0; each < shares.length; each += 1) sum += shares[each] * patch[y * size + places[x + each]];
      across[y * size + x] = sum;
    }
  }
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let sum = 0.5;
      for (let each = 0; each < shares.length; each += 1) sum += shares[each] * across[places[y + each] * size + x];
      out[y * size + x] = Math.min(255, sum);
    }
  }
  return out;
}

/** Sum of squared differences of the pixels to their neighbors, and how many there are. */
function edges(picture, size, [dx, dy]) {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < size - dy; y += 1) {
    for (let x = Math.max(0, -dx); x < size - Math.max(0, dx); x += 1) {
      const step = picture[(y + dy) * size + x + dx] - picture[y * size + x];
      sum += step * step;
      count += 1;
    }
  }
  return [sum, count];
}

/** Least ratio, over four directions, of edge energy after fine and after coarse smoothing, of a square patch. */
export function focusMeasure(patch) {
  const size = Math.round(Math.sqrt(patch.length));
  const [fine, coarse] = [FINE, COARSE].map((shares) => smoothed(patch, size, shares));
  let least = Infinity;
  for (const step of STEPS) {
    const [sharp, count] = edges(fine, size, step);
    least = Math.min(least, sharp / (edges(coarse, size, step)[0] + NOISE * count));
  }
  const exposed = patch.reduce((count, level) => count + (level >= UNDEREXPOSED && level <= OVEREXPOSED), 0);
  return (least * exposed) / patch.length;
}

export class MotionBlurGate {
  constructor(gate) {
    this.gate = gate;
    this.best = 0;
    this.lastS = null;
  }

  /** Weight of a frame's evidence, 0–1, by its focus measure, its time and the hand's motion (null: unknown). */
  weigh(focus, atS, motion) {
    const { floor, blurred, sharp, fast, changing, memory_s } = this.gate;
    const elapsed = this.lastS === null ? 0 : Math.max(0, atS - this.lastS);
    this.lastS = atS;
    this.best = Math.max(focus, this.best * Math.exp(-elapsed / memory_s));
    const share = this.best > 0 ? clamped((focus / this.best - blurred) / (sharp - blurred), 0, 1) : 0;
    const weight = floor + (1 - floor) * share * share * (3 - 2 * share);
    if (!motion) return weight;
    const steady = weight / (1 + (motion.speed / fast) ** 2);
    return Number.isNaN(motion.change) ? steady : steady / (1 + (motion.change / changing) ** 2);
  }
}
