// Ends words and sentences: the port of streamsign/recognition/pauses.py.

const MAX_GAP_S = 2;
const SHAPE_S = 0.25;
const MOVING_SPEED = 0.7;
const MOVING_CHANGE = 0.7;
const MOVED_S = 0.2;
const MOST_PAUSES = 3;
const HOLDS = 2;
const MOST_REPLACED = 3;

export class Pauses {
  /** `rule`: word_s and sentence_s, 0 for never. */
  constructor(rule) {
    this.rule = rule;
    this.reset();
  }

  reset() {
    Object.assign(this, {
      frameS: null, sinceS: null, restS: 0, leftOutS: 0, movedS: 0, shapeSinceS: 0, leads: false,
      wordDue: false, sentenceDue: false, holds: [], ledS: 0,
    });
  }

  /**
   * Take in one frame: whether a letter leads, its commit or null, its time, the hand's motion or null, and whether the
   * letter that leads is text already; `{ ends, started_s, captured_s }` or null.
   */
  update(leads, commit, atS, motion, kept) {
    const pastS = this.frameS === null ? 0 : atS - this.frameS;
    const gap = pastS >= MAX_GAP_S;
    if (gap && this.sinceS === null) this.#begin(this.frameS);
    this.frameS = atS;
    this.#noteMovement(!gap && moves(motion), pastS, atS);
    const early = commit && (this.sinceS === null || commit.started_s <= this.sinceS);
    if (early) this.#add(commit);
    const led = leads && this.leads && !gap && !commit;
    const pause = led && !kept ? null : this.#ended(commit && !early ? commit.started_s : atS, led, atS);
    if (commit && !early) this.#add(commit);
    this.#noteShape(leads, kept, commit, atS);
    return pause;
  }

  #begin(atS) {
    this.sinceS = atS;
    this.#rest(atS);
  }

  #rest(atS) {
    this.restS = atS;
    this.leftOutS = 0;
  }

  #add(commit) {
    const holds = this.wordDue ? this.holds : [];
    const [first] = commit.replaces ? holds.splice(-commit.replaces) : [];
    const last = holds.at(-1);
    const earlierS = last ? Math.max(last.earlierS, this.ledS - last.startedS) : 0;
    this.holds = [...holds, first ?? { startedS: commit.started_s, earlierS }].slice(-MOST_REPLACED);
    this.ledS = commit.captured_s;
    this.wordDue = this.sentenceDue = true;
  }

  #ended(untilS, led, atS) {
    const { sinceS, restS, rule } = this;
    let pausedS = untilS - restS - this.leftOutS;
    if (led) pausedS -= sinceS === null ? HOLDS * (this.holds.at(-1)?.earlierS || Infinity) : Infinity;
    else pausedS = sinceS === null ? 0 : Math.max(pausedS, (untilS - sinceS) / MOST_PAUSES);
    const due = (ends) => this[`${ends}Due`] && rule[`${ends}_s`] > 0 && rule[`${ends}_s`] <= pausedS;
    const ends = ["sentence", "word"].find(due);
    if (!ends) return null;
    this.wordDue = false;
    this.sentenceDue &&= ends === "word";
    return { ends, started_s: sinceS ?? restS, captured_s: atS };
  }

  #noteMovement(moving, pastS, atS) {
    this.movedS = moving ? this.movedS + pastS : 0;
    if (moving) this.leftOutS += pastS;
    if (this.wordDue && this.movedS >= MOVED_S) this.#rest(atS);
  }

  #noteShape(leads, kept, commit, atS) {
    if (leads) {
      if (!this.leads) this.shapeSinceS = atS;
      if (commit || atS - this.shapeSinceS >= SHAPE_S) this.sinceS = null;
      if (kept) this.ledS = atS;
      if (this.sinceS === null && (commit || !kept)) this.#rest(atS);
    } else if (commit || this.sinceS === null) this.#begin(atS);
    this.leads = leads;
  }
}

/** Whether a hand travels or changes its shape; `motion`: null without a hand, and if it is unknown. */
function moves(motion) {
  return motion !== null && (motion.speed >= MOVING_SPEED || motion.change >= MOVING_CHANGE);
}
