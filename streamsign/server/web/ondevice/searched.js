// Stores places and parts of frames that were searched and hold no hand: the port of streamsign/recognition/rejected_places.py
// and searched_parts.py.

import { iou, odds } from "./geometry.js";
import { cutPatch, shrunk } from "./pixels.js";

const RETRY_S = 0.2;
const MAX_CHANGE = 1;
const SCORE_MARGIN = 3;
const SAME_IOU = 0.6;
const SIDE_PX = 24;
const MOST = 8;
const SEARCH_AGAIN_S = 1;
const MAX_CELL_CHANGE = 4;
const COLUMNS = 40;
const ROWS = 30;

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

export class SearchedParts {
  constructor() {
    this.clear();
  }

  /** Take the next frame. */
  begin(luma, atS) {
    this.frame = { atS, cells: shrunk(luma, COLUMNS, ROWS).data, right: COLUMNS / luma.width, down: ROWS / luma.height };
  }

  /** Whether a part `[x, y, width, height]` was searched a short while ago and has not changed since. */
  holds(part) {
    const before = this.searched[part];
    if (!before || this.frame.atS - before.atS >= SEARCH_AGAIN_S) return false;
    const { cells, right, down } = this.frame;
    const [x, y, width, height] = part;
    for (let row = Math.floor(y * down); row < (y + height) * down; row += 1) {
      for (let at = row * COLUMNS + Math.floor(x * right); at < row * COLUMNS + (x + width) * right; at += 1) {
        if (Math.abs(cells[at] - before.cells[at]) > MAX_CELL_CHANGE) return false;
      }
    }
    return true;
  }

  /** Store that a part holds no hand in this frame. */
  add(part) {
    this.searched[part] = this.frame;
  }

  /** Remove all parts. */
  clear() {
    this.searched = {};
  }
}
