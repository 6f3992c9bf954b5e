// The larger network beside the classifier: the port of streamsign/recognition/reader.py, mode "auto".

import { levelsOf } from "./networks.js";
import { cutPatch } from "./pixels.js";
import { greatest } from "./temporal.js";

const MIN_PRIOR = 1e-9;

/** Decides when the reader reads, and weighs its evidence. */
export class ReaderFusion {
  constructor(policy, prior, ownPrior, correlationS) {
    Object.assign(this, { policy, correlationS });
    const [total, own] = [prior, ownPrior].map((shares) => shares.reduce((one, other) => one + other));
    this.toPrior = prior.map((share, at) => share / total / Math.max(ownPrior[at] / own, MIN_PRIOR));
    this.reset();
  }

  reset() {
    Object.assign(this, { readS: -Infinity, certain: false, seen: -1, frameS: null, lastS: null });
  }

  /** `{ factor, reading }`: of the classifier's weight, and the reader's evidence or null. `read` runs the reader. */
  async update(atS, weight, classified, read) {
    const { policy } = this;
    const passedS = this.frameS === null ? 0 : Math.max(0, atS - this.frameS);
    this.frameS = atS;
    const factor = this.#classifierFactor(passedS);
    const seen = greatest(classified);
    if (!this.#isDue(atS, weight, seen)) return { factor, reading: null };
    const posterior = await read();
    Object.assign(this, { readS: atS, certain: Math.max(...posterior) >= policy.certain, seen });
    const share = this.lastS === null || policy.spacing_s <= 0 ? 1 : Math.min(1, (atS - this.lastS) / policy.spacing_s);
    this.lastS = atS;
    const corrected = posterior.map((value, at) => value * this.toPrior[at]);
    const total = corrected.reduce((one, other) => one + other);
    return { factor, reading: { posterior: corrected.map((value) => value / total), weight: policy.weight * weight * share } };
  }

  #isDue(atS, weight, seen) {
    const { min_weight, recheck_s, spacing_s } = this.policy;
    if (weight < min_weight) return false;
    return atS - this.readS >= (this.certain && seen === this.seen ? Math.max(recheck_s, spacing_s) : spacing_s);
  }

  #classifierFactor(passedS) {
    const wantedS = this.policy.classifier_correlation_s;
    if (wantedS === null || passedS <= 0) return 1;
    return Math.min(1, passedS / wantedS) / Math.min(1, passedS / this.correlationS);
  }
}

export class LargeReader {
  /** `info`: size, prior (states) and merging, [outputs][states] shares of the graph's outputs. */
  constructor(graph, info, policy, prior, correlationS) {
    Object.assign(this, { graph, info, levels: levelsOf(1 / 127.5, -1) });
    this.fusion = new ReaderFusion(policy, prior, info.prior, correlationS);
  }

  reset() {
    this.fusion.reset();
  }

  update(luma, square, atS, weight, classified) {
    return this.fusion.update(atS, weight, classified, async () => {
      const [read] = await this.graph.run(cutPatch(luma, square, this.info.size), this.levels);
      const merged = this.info.merging[0].map((_, state) =>
        read.reduce((total, value, output) => total + value * this.info.merging[output][state], 0));
      const total = merged.reduce((one, other) => one + other);
      return merged.map((value) => value / total);
    });
  }
}
