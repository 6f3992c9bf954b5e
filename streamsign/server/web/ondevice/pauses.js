// Ends words and sentences: the port of streamsign/recognition/pauses.py.

const MAX_GAP_S = 2;
const SHAPE_S = 0.25;
const MOVING_SPEED = 0.7;
const MOVING_CHANGE = 0.7;
const MOVED_S = 0.2;
const MOST_PAUSES = 3;

export class Pauses {
  /** `rule`: word_s and sentence_s, 0 for never. */
  constructor(rule) {
    this.rule = rule;
    this.reset();
  }

  reset() {
    Object.assign(this, { frameS: null, sinceS: null, restS: 0, leftOutS: 0, movedS: 0 });
    Object.assign(this, { shapeSinceS: 0, leads: false, wordDue: false, sentenceDue: false });
  }

  /**
   * Take in one frame: whether a letter leads, its commit or null, its time, the hand's motion or null;
   * `{ ends, started_s, captured_s }` or null.
   */
  update(leads, commit, atS, motion) {
    const pastS = this.frameS === null ? 0 : atS - this.frameS;
    const gap = pastS >= MAX_GAP_S;
    if (gap && this.sinceS === null) this.#begin(this.frameS);
    this.frameS = atS;
    this.#noteMovement(!gap && moves(motion), pastS, atS);
    const early = commit !== null && (this.sinceS === null || commit.started_s <= this.sinceS);
    if (early) this.wordDue = this.sentenceDue = true;
    const restedUntilS = commit === null || early ? atS : commit.started_s;
    const pause = leads && this.leads && !gap && commit === null ? null : this.#ended(restedUntilS, atS);
    if (commit !== null && !early) this.wordDue = this.sentenceDue = true;
    this.#noteShape(leads, commit !== null, atS);
    return pause;
  }

  #begin(atS) {
    this.sinceS = this.restS = atS;
    this.leftOutS = 0;
  }

  #ended(untilS, atS) {
    if (this.sinceS === null) return null;
    const { word_s, sentence_s } = this.rule;
    const restedS = untilS - this.restS - this.leftOutS;
    const pausedS = Math.max(restedS, (untilS - this.sinceS) / MOST_PAUSES);
    const pause = (ends) => ({ ends, started_s: this.sinceS, captured_s: atS });
    if (this.sentenceDue && sentence_s > 0 && sentence_s <= pausedS) {
      this.wordDue = this.sentenceDue = false;
      return pause("sentence");
    }
    if (this.wordDue && word_s > 0 && word_s <= pausedS) {
      this.wordDue = false;
      return pause("word");
    }
    return null;
  }

  #noteMovement(moving, pastS, atS) {
    if (!moving) {
      this.movedS = 0;
      return;
    }
    this.movedS += pastS;
    this.leftOutS += pastS;
    if (this.wordDue && this.movedS >= MOVED_S) [this.restS, this.leftOutS] = [atS, 0];
  }

  #noteShape(leads, committed, atS) {
    if (leads) {
      if (!this.leads) this.shapeSinceS = atS;
      if (committed || atS - this.shapeSinceS >= SHAPE_S) this.sinceS = null;
    } else if (committed || this.sinceS === null) {
      this.#begin(atS);
    }
    this.leads = leads;
  }
}

/** Whether a hand travels or changes its shape; `motion`: null without a hand, and if it is unknown. */
function moves(motion) {
  return motion !== null && (motion.speed >= MOVING_SPEED || motion.change >= MOVING_CHANGE);
}
