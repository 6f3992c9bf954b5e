// Stores places that were searched and hold no hand: the port of streamsign/recognition/rejected_places.py.

import { iou, odds } from "./geometry.js";
import { cutPatch } from "./pixels.js";

const RETRY_S = 0.2;
const MAX_CHANGE = 1;
const SCORE_MARGIN = 3;
const SAME_IOU = 0.6;
const SIDE_PX = 24;
const MOST = 8;

export class RejectedPlaces {
  constructor() {
    this.clear();
  }

  /** Store a place: the proposed box with its score, and the square that was shown to the classifier. */
  add(luma, box, square, score, atS) {
    this.places.push({ box, square, pixels: cutPatch(luma, square, SIDE_PX), odds: odds(score), atS });
    if (this.places.length > MOST) this.places.shift();
  }

  /** Whether a proposal is a place that was rejected a short while ago and has not changed since. */
  holds(luma, box, score, atS) {
    return this.places.some(
      (place) =>
        atS - place.atS < RETRY_S &&
        odds(score) <= SCORE_MARGIN * place.odds &&
        iou(box, place.box) >= SAME_IOU &&
        meanDifference(cutPatch(luma, place.square, SIDE_PX), place.pixels) <= MAX_CHANGE,
    );
  }

  /** Remove all places. */
  clear() {
    this.places = [];
  }
}

function meanDifference(one, other) {
  return one.reduce((sum, level, at) => sum + Math.abs(level - other[at]), 0) / one.length;
}
