// Finds a hand that is not followed yet: the port of streamsign/recognition/hand_search.py.

import { center, distance, iou, longerSide, meanBox, meanHand, moved, odds, probability } from "./geometry.js";
import { round } from "./numbers.js";
import { part } from "./pixels.js";
import { RejectedPlaces, SearchedParts } from "./searched.js";

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
