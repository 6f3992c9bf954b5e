// The letters that a committed letter may be: the port of streamsign/recognition/hold_evidence.py.

import { mean, normalized, sum } from "./numbers.js";
import { alternatives } from "./speller.js";

const TEMPERATURE = 2.3;
const SHARE = 0.5;
const LEAST = 1e-4;
const LONGEST_S = 3;

/** Evidence of the frames of a hold. `prior`: shares of none and of each letter. */
export class HoldEvidence {
  constructor(prior, letters) {
    Object.assign(this, { prior: normalized(prior), letters });
    this.reset();
  }

  /** Forget the stream. */
  reset() {
    this.frames = [];
  }

  /** Take in what classifier and reader (null: no reading) give for a frame with a hand. */
  update(classified, read, atS) {
    this.frames.push({ classified, read, atS });
    while (atS - this.frames[0].atS > LONGEST_S) this.frames.shift();
  }

  /** The commit of the newest frame with alternatives from the frames since it started. */
  explain(commit, posterior) {
    const held = this.frames.filter(({ atS }) => atS >= commit.started_s);
    if (!held.length) return commit;
    const classified = held.map((frame) => frame.classified);
    const read = held.map((frame) => frame.read).filter((reading) => reading !== null);
    const networks = read.length ? [classified, read] : [classified];
    const logs = this.letters.map((_, at) => sum(networks.map((rows) => this.#meanLog(rows, at + 1))));
    const shares = normalized(logs.map((log) => Math.exp((log - Math.max(...logs)) / TEMPERATURE)));
    const filtered = normalized(Array.from(posterior).slice(1));
    const mixed = shares.map((share, at) => SHARE * share + (1 - SHARE) * filtered[at]);
    return { ...commit, alternatives: alternatives([0, ...mixed], this.letters) };
  }

  #meanLog(rows, at) {
    return mean(rows.map((row) => Math.log(Math.max(row[at], LEAST) / this.prior[at])));
  }
}
