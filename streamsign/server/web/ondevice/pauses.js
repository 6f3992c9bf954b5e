// Ends words and sentences: the port of streamsign/recognition/pauses.py.

const MAX_GAP_S = 2;
const SHAPE_S = 0.25;

export class Pauses {
  /** `rule`: word_s and sentence_s, 0 for never. */
  constructor(rule) {
    this.rule = rule;
    this.reset();
  }

  reset() {
    Object.assign(this, { frameS: null, sinceS: null, shapeSinceS: 0, leads: false, wordDue: false, sentenceDue: false });
  }

  /** Take in one frame: whether a letter leads, its commit or null, its time; `{ ends, started_s, captured_s }` or null. */
  update(leads, commit, atS) {
    const gap = this.frameS !== null && atS - this.frameS >= MAX_GAP_S;
    if (gap && this.sinceS === null) this.sinceS = this.frameS;
    this.frameS = atS;
    const early = commit !== null && (this.sinceS === null || commit.started_s <= this.sinceS);
    if (early) this.wordDue = this.sentenceDue = true;
    const restedUntilS = commit === null || early ? atS : commit.started_s;
    const pause = leads && this.leads && !gap && commit === null ? null : this.#ended(restedUntilS, atS);
    if (commit !== null && !early) this.wordDue = this.sentenceDue = true;
    this.#noteShape(leads, commit !== null, atS);
    return pause;
  }

  #ended(restedUntilS, atS) {
    if (this.sinceS === null) return null;
    const { word_s, sentence_s } = this.rule;
    const restedS = restedUntilS - this.sinceS;
    const pause = (ends) => ({ ends, started_s: this.sinceS, captured_s: atS });
    if (this.sentenceDue && sentence_s > 0 && sentence_s <= restedS) {
      this.wordDue = this.sentenceDue = false;
      return pause("sentence");
    }
    if (this.wordDue && word_s > 0 && word_s <= restedS) {
      this.wordDue = false;
      return pause("word");
    }
    return null;
  }

  #noteShape(leads, committed, atS) {
    if (leads) {
      if (!this.leads) this.shapeSinceS = atS;
      if (committed || atS - this.shapeSinceS >= SHAPE_S) this.sinceS = null;
    } else if (committed || this.sinceS === null) {
      this.sinceS = atS;
    }
    this.leads = leads;
  }
}
