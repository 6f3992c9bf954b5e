// The larger network beside the classifier: the port of streamsign/recognition/reader.py, mode "auto".

import { SIGNED_LEVELS } from "./networks.js";
import { greatest, normalized } from "./numbers.js";
import { cutPatch } from "./pixels.js";
import { observations } from "./temporal.js";

const MIN_PRIOR = 1e-9;

/** Decides when the reader reads, and weighs its evidence. */
class ReaderFusion {
  constructor(policy, prior, ownPrior, rates) {
    Object.assign(this, { policy, rates });
    const own = normalized(ownPrior);
    this.toPrior = normalized(prior).map((share, at) => share / Math.max(own[at], MIN_PRIOR));
    this.reset();
  }

  reset() {
    Object.assign(this, { readS: -Infinity, certain: false, repeated: false, read: -1, seen: -1, frameS: null, reading: null });
  }

  /** `{ factor, reading }`: of the classifier's weight, and the reader's evidence or null. `read` runs the reader. */
  async update(atS, weight, classified, read, text) {
    const { policy, rates } = this;
    const passedS = this.frameS === null ? 0 : Math.max(0, atS - this.frameS);
    this.frameS = atS;
    const factor = this.#classifierFactor(passedS);
    const seen = greatest(classified);
    const due = this.#isDue(atS, weight, seen, text);
    if (due) {
      const posterior = await read();
      const letter = greatest(posterior);
      const certain = posterior[letter] >= policy.certain;
      Object.assign(this, {
        readS: atS, certain, repeated: certain && this.certain && letter === this.read, read: letter, seen,
        reading: normalized(posterior.map((value, at) => value * this.toPrior[at])),
      });
    }
    const stands = policy.stands && weight >= policy.min_weight && seen === this.seen;
    if (!this.reading || !(due || stands)) return { factor, reading: null };
    let share = 1;
    if (policy.stands && policy.spacing_s > 0) share = observations(rates, passedS, policy.spacing_s);
    return { factor, reading: { posterior: this.reading, weight: policy.weight * weight * share } };
  }

  #isDue(atS, weight, seen, text) {
    const { min_weight, recheck_s, spacing_s, until_text, wide_spacing_s } = this.policy;
    if (weight < min_weight) return false;
    const awaited = until_text && this.read > 0 && this.read !== text;
    const same = seen === this.seen;
    const little = seen === 0 || (this.repeated && same && seen === this.read);
    const longerS = this.certain && same && !awaited ? recheck_s : little ? wide_spacing_s : 0;
    return atS - this.readS >= Math.max(longerS, spacing_s);
  }

  #classifierFactor(passedS) {
    const wantedS = this.policy.classifier_correlation_s;
    if (wantedS === null || passedS <= 0) return 1;
    return observations(this.rates, passedS, wantedS) / observations(this.rates, passedS, this.rates.correlation_s);
  }
}

export class LargeReader {
  /** `info`: size, prior (states) and merging, [outputs][states] shares of the graph's outputs. */
  constructor(graph, info, policy, prior, rates) {
    Object.assign(this, { graph, info });
    this.fusion = new ReaderFusion(policy, prior, info.prior, rates);
  }

  reset() {
    this.fusion.reset();
  }

  update(luma, square, atS, weight, classified, text) {
    return this.fusion.update(atS, weight, classified, async () => {
      const [read] = await this.graph.run(cutPatch(luma, square, this.info.size), SIGNED_LEVELS);
      return normalized(this.info.merging[0].map((_, state) =>
        read.reduce((total, value, output) => total + value * this.info.merging[output][state], 0)));
    }, text);
  }
}
