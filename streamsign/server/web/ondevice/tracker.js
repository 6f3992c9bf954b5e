// Follows one hand from frame to frame: the port of streamsign/recognition/track.py.

import { boxAround, center, distance, height, iou, longerSide, width } from "./geometry.js";
import { clamped } from "./numbers.js";

const MIN_INTERVAL_S = 1e-4;
const RIVAL_SCORE = 0.8;
const CARRIED_S = 0.13;
const SLOW = 0.4;
const MISSES = 2;
const REACH = 0.9;
const CUTOFF_HZ = 0.6;
const RESPONSIVENESS = 8;
const SPEED_CUTOFF_HZ = 1;

const share = (cutoffHz, pastS) => 1 - Math.exp(-2 * Math.PI * cutoffHz * pastS);

/** Low-pass filter of a pair whose cutoff rises with speed (Casiez et al. 2012). */
class OneEuro {
  constructor() {
    this.value = null;
    this.speed = [0, 0];
    this.lagS = 0;
  }

  update(raw, atS) {
    const pastS = atS - this.atS;
    if (!this.value) {
      this.value = this.raw = raw;
    } else if (pastS > MIN_INTERVAL_S) {
      const quick = share(SPEED_CUTOFF_HZ, pastS);
      this.speed = this.speed.map((speed, at) => speed + quick * ((raw[at] - this.raw[at]) / pastS - speed));
      const [across, down] = this.speed;
      const part = share(CUTOFF_HZ + RESPONSIVENESS * (across * across + down * down), pastS);
      this.value = this.value.map((value, at) => value + part * (raw[at] - value));
      this.lagS = (pastS * (1 - part)) / part;
      this.raw = raw;
    }
    this.atS = atS;
  }

  shift(by) {
    if (!this.value) return;
    this.value = this.value.map((value) => value + by);
    this.raw = this.raw.map((value) => value + by);
  }
}

export class HandTracker {
  constructor(choice = "raised") {
    this.choice = choice;
    this.reset();
  }

  follow(choice) {
    if (choice === this.choice) return;
    this.choice = choice;
    this.reset();
  }

  reset() {
    this.center = this.sides = null;
    this.score = this.missed = 0;
    this.seenS = -Infinity;
    this.size = 1;
  }

  /** Take in the hands `{ box, score }` found in the frame of this time; none counts as a miss. */
  update(hands, atS) {
    const hand = this.center ? this.#same(hands, atS) : selectHand(hands, this.choice);
    if (!hand) {
      this.missed += 1;
      if (this.missed >= MISSES) this.reset();
      return;
    }
    Object.assign(this, { missed: 0, score: hand.score, seenS: atS });
    const sides = [Math.max(1, width(hand.box)), Math.max(1, height(hand.box))];
    if (!this.center) {
      [this.center, this.sides] = [new OneEuro(), new OneEuro()];
      this.size = Math.max(...sides);
    }
    this.center.update(center(hand.box).map((value) => value / this.size), atS);
    this.sides.update(sides.map(Math.log), atS);
  }

  /** Go on in a picture of another size: `scale` new pixels an old one. */
  rescale(scale) {
    this.size *= scale;
    this.sides?.shift(Math.log(scale));
  }

  /** Where the hand is at a time: `{ box, score, speed }`; null while none is followed. */
  track(atS) {
    if (!this.center) return null;
    const half = this.sides.value.map((side) => Math.exp(side) / 2);
    return { box: boxAround(this.#expected(atS), ...half), score: this.score, speed: Math.hypot(...this.center.speed) };
  }

  #expected(atS) {
    const ahead = clamped(atS - this.seenS, 0, CARRIED_S) + this.center.lagS;
    const speed = Math.hypot(...this.center.speed);
    const moves = speed ** 4 / (speed ** 4 + SLOW ** 4);
    return this.center.value.map((value, at) => (value + this.center.speed[at] * ahead * moves) * this.size);
  }

  #same(hands, atS) {
    const { box } = this.track(atS);
    const away = (hand) => distance(center(hand.box), center(box)) / longerSide(box);
    const near = hands.filter((hand) => away(hand) <= REACH || iou(hand.box, box) > 0);
    return least(near, away);
  }
}

/** The first item with the least value; null without items. */
function least(items, value) {
  return items.reduce((best, item) => (best === null || value(item) < value(best) ? item : best), null);
}

function selectHand(hands, choice) {
  const highestScore = Math.max(...hands.map(({ score }) => score));
  const rivals = hands.filter(({ score }) => score >= RIVAL_SCORE * highestScore);
  if (!rivals.length) return null;
  const [across, down] = [(hand) => center(hand.box)[0], (hand) => center(hand.box)[1]];
  if (choice === "left") return least(rivals, across);
  if (choice === "right") return least(rivals, (hand) => -across(hand));
  const largest = least(rivals, (hand) => -longerSide(hand.box));
  if (choice === "largest") return largest;
  const highest = least(rivals, down);
  return down(largest) - down(highest) > longerSide(largest.box) / 2 ? highest : largest;
}
