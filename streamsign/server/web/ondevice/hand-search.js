// Finds a hand that is not followed yet, and stores places and parts of frames that were searched and hold none: the port
// of hand_search.py, rejected_places.py and searched_parts.py in streamsign/recognition.

import { center, distance, iou, longerSide, meanBox, meanHand, moved, odds, probability } from "./geometry.js";
import { round } from "./numbers.js";
import { cutPatch, part, shrunk } from "./pixels.js";

export const CORNERS = 4;

const PROPOSAL_SCORE = 0.15;
const MIN_PRESENCE = 0.88;
const MIN_ODDS_RATIO = Math.exp(-3);
const SMALL_SHARE = 0.2;
const SMALL_POWER = 2;
const CORNER_SHARE = 0.65;
const REACQUIRE_DISTANCE = 1.5;
const SAME_IOU = 0.5;
const MISSED_SCORE = 0.05;

const RETRY_S = 0.2;
const MAX_CHANGE = 1;
const SCORE_MARGIN = 3;
const SAME_PLACE_IOU = 0.6;
const SIDE_PX = 24;
const MOST = 8;
const SEARCH_AGAIN_S = 1;
const MAX_CELL_CHANGE = 4;
const COLUMNS = 40;
const ROWS = 30;

class RejectedPlaces {
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
        iou(box, place.box) >= SAME_PLACE_IOU &&
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

class SearchedParts {
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

export class HandSearch {
  constructor(reader, locator, threshold) {
    Object.assign(this, { reader, locator, threshold, rejected: new RejectedPlaces(), searched: new SearchedParts() });
  }

  /** Forget the stream. */
  reset() {
    this.rejected.clear();
    this.searched.clear();
  }

  /** Verified hands, highest score first; these corners are searched if the whole frame shows none. */
  async search(luma, corners, atS) {
    this.searched.begin(luma, atS);
    const hands = await this.#searchPart(luma, [0, 0, luma.width, luma.height], atS);
    if (!hands.length) {
      for (const corner of corners) hands.push(...(await this.#searchPart(luma, cornerOf(luma, corner), atS)));
    }
    return hands.sort((one, other) => other.hand.score - one.hand.score);
  }

  /** The hand near its last certain box, if the locator does not see the doubted one either; else null. */
  async reacquire(luma, doubted, lastCertain) {
    const boxes = (await this.locator.propose(luma)).map(({ box }) => box);
    if (boxes.some((box) => iou(box, doubted) >= SAME_IOU)) return null;
    for (const box of boxes) {
      if (distance(center(box), center(lastCertain)) / longerSide(lastCertain) > REACQUIRE_DISTANCE) continue;
      const reading = await this.reader.readHand(luma, box, this.threshold);
      if (reading) return reading;
    }
    return null;
  }

  async #searchPart(luma, where, atS) {
    const hands = [];
    if (this.searched.holds(where)) return hands;
    const [x, y, width, height] = where;
    const view = part(luma, x, y, x + width, y + height);
    for (const { box: proposed, score } of await this.locator.propose(view, PROPOSAL_SCORE)) {
      const box = moved(proposed, x, y);
      if (this.rejected.holds(luma, box, score, atS)) continue;
      const hand = await this.#verified(luma, box, score);
      if (hand) hands.push(hand);
      else this.rejected.add(luma, box, this.reader.squareAround(box), score, atS);
    }
    if (!hands.length) this.searched.add(where);
    return hands;
  }

  /** The hand at a place that the locator proposes with a score; null if the evidence is too little. */
  async #verified(luma, box, score) {
    const required = odds(this.threshold) / odds(score);
    const reading = await this.reader.readHand(luma, box, probability(required * MIN_ODDS_RATIO));
    if (!reading) return null;
    const hand = await this.reader.verify(luma, reading);
    if (hand.score < MIN_PRESENCE) return null;
    const zoomed = await this.#zoomed(luma, hand.box);
    const found = meanBox([hand.box, zoomed.box]);
    const share = longerSide(found) / Math.min(luma.width, luma.height);
    const enough = required * Math.max(1, SMALL_SHARE / share) ** SMALL_POWER;
    return odds(hand.score) * odds(zoomed.score) < enough ? null : { ...reading, hand: { ...hand, box: found } };
  }

  async #zoomed(luma, box) {
    const views = [];
    for (const mirrored of [false, true]) {
      views.push((await this.locator.zoom(luma, box, mirrored)) ?? { box, score: MISSED_SCORE });
    }
    return meanHand(views);
  }
}

function cornerOf(luma, corner) {
  const [w, h] = [round(CORNER_SHARE * luma.width), round(CORNER_SHARE * luma.height)];
  return [(luma.width - w) * (corner % 2), (luma.height - h) * (corner >> 1), w, h];
}
