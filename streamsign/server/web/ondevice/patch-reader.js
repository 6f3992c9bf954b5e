// Cuts a patch around a hand, classifies it, and measures where in it the hand is: the port of patch_reader.py.

import { boxAround, meanHand, squareAround } from "./geometry.js";
import { levelsOf } from "./networks.js";
import { clamped } from "./numbers.js";
import { cutPatch, mirrored as mirrorImage, plane } from "./pixels.js";

const MAX_CENTER_OFFSET = 0.12;
const MAX_LOG_SCALE = Math.log(1.22);
const ZOOM_FACTOR = 1.2;
const LOG_SIDES = [-3, 2];

/** Whether the hand that `wanted` frames is too far off center, too large or too small in `square`. */
export function isMisframed(square, wanted) {
  const offset = Math.max(Math.abs(square.x - wanted.x), Math.abs(square.y - wanted.y)) / square.side;
  return offset > MAX_CENTER_OFFSET || Math.abs(Math.log(wanted.side / square.side)) > MAX_LOG_SCALE;
}

export class PatchReader {
  /** `info`: input size, scale and offset, and the margin of training. */
  constructor(graph, info) {
    Object.assign(this, { graph, size: info.size, margin: info.margin, levels: levelsOf(info.scale, info.offset) });
  }

  squareAround(box) {
    return squareAround(box, this.margin);
  }

  /** Cut and classify a square: `{ square, patch, probabilities, hand }`. */
  async read(luma, square) {
    const patch = cutPatch(luma, square, this.size);
    const [probabilities, hand] = await this.graph.run(patch, this.levels);
    return { square, patch, probabilities, hand: this.#hand(hand, square, false) };
  }

  /** Read the hand near a box, a second time if the first patch does not frame it as in training; null without one. */
  async readHand(luma, box, minPresence) {
    let reading = await this.read(luma, this.squareAround(box));
    if (reading.hand.score >= minPresence) {
      const wanted = this.squareAround(reading.hand.box);
      if (isMisframed(reading.square, wanted)) reading = await this.read(luma, wanted);
    }
    return reading.hand.score >= minPresence ? reading : null;
  }

  /** The hand by four patches: the one that was read, its mirror image, a nearer and a farther one. */
  async verify(luma, { square, patch, hand }) {
    const hands = [hand];
    const image = mirrorImage(plane(patch, this.size, this.size)).data;
    hands.push(this.#hand((await this.graph.run(image, this.levels))[1], square, true));
    for (const scale of [1 / ZOOM_FACTOR, ZOOM_FACTOR]) {
      hands.push((await this.read(luma, { ...square, side: square.side * scale })).hand);
    }
    return meanHand(hands);
  }

  #hand([score, right, down, logWidth, logHeight], square, mirrored) {
    const unit = square.side / this.margin;
    const middle = [square.x + (mirrored ? -right : right) * unit, square.y + down * unit];
    const half = [logWidth, logHeight].map((log) => (unit * Math.exp(clamped(log, ...LOG_SIDES))) / 2);
    return { box: boxAround(middle, ...half), score };
  }
}
