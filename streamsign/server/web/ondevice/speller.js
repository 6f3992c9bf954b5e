// Decides when a letter becomes text: the port of speller.py and steadiness.py in streamsign/recognition.

import { clamped, greatest } from "./numbers.js";

const ALTERNATIVES = 3;
const SLOW_INTERVAL_S = 0.3;
const MAX_PERIOD_S = 3;
const LONGEST_PERIOD_S = 1.5;
const SLOW_PERIOD_S = 0.6;
const MAX_HOLDS = 2;
const LEAST_STROKE = 0.8;
const PEAK_MEMORY_S = 0.6;
const LARGEST_SPEED = 6;
const BLUR_MEMORY_S = 0.1;
const SHARPER_S = 0.1;
const DULLER_S = 1;

const kept = (beforeS, atS, memoryS) => (beforeS === null ? 1 : Math.exp(-Math.max(0, atS - beforeS) / memoryS));

/** Recent greatest speed of a hand. */
class PeakSpeed {
  constructor() {
    this.speed = 0;
    this.lastS = null;
  }

  update(speed, atS) {
    this.speed *= kept(this.lastS, atS, PEAK_MEMORY_S);
    this.lastS = atS;
    if (speed !== null) this.speed = Math.max(this.speed, Math.min(speed, LARGEST_SPEED));
  }
}

/** Share of sharpness that a picture has lost since the hand rested. */
class StrokeBlur {
  constructor() {
    this.lastS = null;
    this.reset();
  }

  reset() {
    this.share = this.rest = 0;
  }

  update(focus, atS) {
    this.share *= kept(this.lastS, atS, BLUR_MEMORY_S);
    const pastS = this.lastS;
    this.lastS = atS;
    if (focus === null) this.rest = 0;
    else if (this.rest <= 0) this.rest = focus;
    else {
      this.share = Math.max(this.share, 1 - focus / this.rest);
      this.rest += (1 - kept(pastS, atS, focus > this.rest ? SHARPER_S : DULLER_S)) * (focus - this.rest);
    }
  }
}

/** The most probable letters of a posterior, `[{ letter, confidence }]`. */
export function alternatives(posterior, letters) {
  const ranked = letters.map((letter, at) => ({ letter, confidence: posterior[at + 1] }));
  return ranked.sort((one, other) => other.confidence - one.confidence).slice(0, ALTERNATIVES);
}

export class Speller {
  constructor(letters, rule) {
    Object.assign(this, { letters, rule });
    this.reset();
  }

  reset() {
    Object.assign(this, {
      frameS: null, leader: 0, leadsSinceS: 0, heldS: 0, unsureS: 0, led: null, periodS: this.rule.period_s,
      committed: null, committedS: -Infinity, releasedSinceS: null, stillSinceS: null, settled: false, slidS: null,
      lastHoldS: 0, lastHeldS: -Infinity,
      peak: new PeakSpeed(), blur: new StrokeBlur(),
    });
  }

  /** The letter that is text and not released yet, as a place in the posterior; 0 without one. */
  get text() {
    return this.committed ?? 0;
  }

  /** Whether the letter that leads is text. */
  get keeps() {
    return this.leader === this.committed;
  }

  /** Take in one posterior, its time, the motion and the focus (null: unknown); a commit or null. */
  update(posterior, atS, motion, focus) {
    const { rule } = this;
    const beforeS = this.frameS ?? atS;
    const beganS = Math.max(beforeS / 2 + atS / 2, atS - rule.backdate_s);
    this.frameS = atS;
    this.peak.update(motion ? motion.speed : null, atS);
    this.#noteRelease(posterior, beganS, atS);
    this.blur.update(this.committed === null ? null : focus, atS);
    this.#noteSlide(motion, beganS, atS);
    const leader = greatest(posterior);
    let commit = null;
    if (leader !== this.leader) {
      commit = this.#ended(atS);
      Object.assign(this, { leader, leadsSinceS: beganS, heldS: 0, unsureS: 0, led: null });
    }
    if (leader === 0) return commit;
    if (leader === this.committed) {
      Object.assign(this, { lastHoldS: atS - this.leadsSinceS, lastHeldS: atS, heldS: 0, unsureS: 0, led: null });
      return commit;
    }
    const rest = this.#restShare(motion);
    const elapsedS = atS - beforeS;
    const throughout = elapsedS >= SLOW_INTERVAL_S && this.leadsSinceS <= beforeS;
    const firstS = throughout ? elapsedS : atS - beganS;
    if (posterior[leader] >= rule.unsure_at) {
      this.unsureS += rest * (this.unsureS ? elapsedS : firstS);
      if (!this.led || posterior[leader] > this.led[leader]) this.led = posterior;
    }
    if (posterior[leader] < rule.commit_at) {
      if (posterior[leader] < rule.keep_share * rule.commit_at) this.heldS = 0;
      return commit;
    }
    this.heldS += rest * (this.heldS ? elapsedS : firstS);
    if (this.heldS < this.#holdNeededS(atS)) return commit;
    return commit ?? this.#commit(posterior, atS);
  }

  #holdNeededS(atS) {
    const { hold_s, hold_periods, slow_periods, pace_share } = this.rule;
    let periodS = this.periodS;
    if (atS - this.lastHeldS <= LONGEST_PERIOD_S) {
      periodS = Math.max(periodS, pace_share * Math.min(this.lastHoldS, LONGEST_PERIOD_S));
    }
    const slowS = Math.max(0, Math.min(periodS, MAX_HOLDS * this.lastHoldS) - SLOW_PERIOD_S);
    return hold_s + hold_periods * periodS + slow_periods * slowS;
  }

  #ended(atS) {
    const neededS = this.rule.unsure_s + this.rule.unsure_periods * this.periodS;
    return !this.led || this.unsureS < neededS ? null : this.#commit(this.led, atS);
  }

  #commit(posterior, atS) {
    const intervalS = atS - this.committedS;
    if (intervalS < this.rule.least_period_s) return null;
    if (intervalS < MAX_PERIOD_S) {
      this.periodS += this.rule.period_share * (Math.min(intervalS, LONGEST_PERIOD_S) - this.periodS);
    }
    Object.assign(this, {
      committed: this.leader, committedS: atS, releasedSinceS: null, settled: false, slidS: null,
      heldS: 0, unsureS: 0, led: null,
    });
    this.blur.reset();
    return {
      letter: this.letters[this.leader - 1], confidence: posterior[this.leader], started_s: this.leadsSinceS,
      captured_s: atS, alternatives: alternatives(posterior, this.letters), replaces: 0,
    };
  }

  #restShare(motion) {
    const { rest_change, rest_speed, rest_peak, rest_least } = this.rule;
    if (!motion) return 1;
    if (motion.change > rest_change) return 0;
    const limit = rest_peak > 0 ? Math.min(rest_speed, Math.max(rest_least, rest_peak * this.peak.speed)) : rest_speed;
    return clamped(2 - motion.speed / limit, 0, 1);
  }

  #mayDouble(atS) {
    return atS - this.committedS >= this.rule.double_periods * this.periodS;
  }

  #noteRelease(posterior, beganS, atS) {
    const { release_below, release_s, release_periods } = this.rule;
    if (this.committed === null || posterior[this.committed] >= release_below) {
      this.releasedSinceS = null;
      return;
    }
    this.releasedSinceS ??= beganS;
    if (atS - this.releasedSinceS >= release_s + release_periods * this.periodS && this.#mayDouble(atS)) this.committed = null;
  }

  #noteSlide(motion, beganS, atS) {
    if (!motion) return;
    const { still_speed, settle_s, slide_speed, slide_blur } = this.rule;
    if (motion.speed > still_speed) this.stillSinceS = null;
    else this.stillSinceS ??= beganS;
    if (this.committed === null) return;
    if (this.stillSinceS !== null && atS - this.stillSinceS >= settle_s) {
      if (this.slidS !== null) {
        if (!this.#mayDouble(atS)) return;
        if (this.leader === this.committed) this.leadsSinceS = Math.max(this.leadsSinceS, this.stillSinceS, this.slidS);
        this.committed = null;
        this.heldS = 0;
        return;
      }
      this.settled = true;
    }
    const needed = Math.max(Math.min(LEAST_STROKE, slide_speed), slide_speed - slide_blur * this.blur.share);
    if (this.settled && this.slidS === null && motion.stroke >= needed) this.slidS = beganS;
  }
}
