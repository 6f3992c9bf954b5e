// What keeps a hand from being read: the port of hints.py and unknown_shape.py in streamsign/recognition.

import { iou, longerSide } from "./geometry.js";
import { mean } from "./numbers.js";

const FAR_PX = 32;
const DARK_LEVEL = 40;
const BLURRED_WEIGHT = 0.35;
const BLUR_MEMORY_S = 0.5;
const SAMPLED = 16; // rows and columns between the sampled pixels of a frame
const HELD_S = 1;
const STILL = 0.5;

export class Hints {
  constructor() {
    Object.assign(this, { weight: 1, weighedS: null, box: null, sinceS: 0 });
  }

  /** The main problem of a frame with its weight, time and leading letter (null: none), or null. */
  update(luma, { patch, track }, weight, atS, letter) {
    const unknown = this.#isUnknown(track && track.box, letter, atS);
    if (!patch) {
      Object.assign(this, { weight: 1, weighedS: null });
      return mean(sampled(luma)) < DARK_LEVEL ? "too_dark" : "no_hand";
    }
    const pastS = this.weighedS === null ? 0 : Math.max(0, atS - this.weighedS);
    this.weighedS = atS;
    this.weight += (1 - Math.exp(-pastS / BLUR_MEMORY_S)) * (weight - this.weight);
    if (mean(patch) < DARK_LEVEL) return "too_dark";
    if (longerSide(track.box) < FAR_PX) return "too_far";
    if (this.weight < BLURRED_WEIGHT) return "too_blurred";
    return unknown ? "unknown_shape" : null;
  }

  /** Whether the hand has been held still for HELD_S in a shape without a letter. */
  #isUnknown(box, letter, atS) {
    if (!box || letter !== null) {
      this.box = null;
      return false;
    }
    if (!this.box || iou(this.box, box) < STILL) Object.assign(this, { box, sinceS: atS });
    return atS - this.sinceS >= HELD_S;
  }
}

function sampled({ data, width, height, stride, first }) {
  const levels = [];
  for (let y = 0; y < height; y += SAMPLED) {
    for (let x = 0; x < width; x += SAMPLED) levels.push(data[first + y * stride + x]);
  }
  return levels;
}
