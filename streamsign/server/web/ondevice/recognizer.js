// (frame, time) in, readings and letters out: the port of streamsign/recognition/recognizer.py, framing "auto".

import { DrawnLetters } from "./drawn.js";
import { HandReader } from "./hand-reader.js";
import { Hints } from "./hints.js";
import { HoldEvidence } from "./hold-evidence.js";
import { LargeReader } from "./large-reader.js";
import { Locator } from "./locator.js";
import { BEFORE_S, HandSpeed, WINDOW_S } from "./motion.js";
import { clamped, greatest } from "./numbers.js";
import { PatchReader } from "./patch-reader.js";
import { Pauses } from "./pauses.js";
import { focusMeasure, MotionBlurGate } from "./sharpness.js";
import { alternatives, Speller } from "./speller.js";
import { TemporalFilter } from "./temporal.js";

const ABSENT = 0.9;
const SEARCH_S = 0.6;
const SAME_ASPECT = 0.03;

export class Recognizer {
  /** `info` is what GET /on-device gives; `graphs`: model, locator, and reader or null. */
  constructor(info, { model, locator, reader }) {
    const { tuning } = info;
    Object.assign(this, { info, tuning });
    this.letters = info.states.slice(1);
    this.handReader = new HandReader(new PatchReader(model, info.input), new Locator(locator), info.threshold);
    this.absent = info.states.map((_, at) => (at ? (1 - ABSENT) / this.letters.length : ABSENT));
    this.filter = new TemporalFilter(info.prior, tuning.rates, info.confusion);
    this.speller = new Speller(this.letters, tuning.rule);
    this.held = new HoldEvidence(info.prior, this.letters);
    this.drawn = Object.keys(info.drawn).length ? new DrawnLetters(info.drawn, info.moving, this.letters) : null;
    this.pauses = new Pauses(info.pauses);
    this.reader = reader && new LargeReader(reader, info.reader, tuning.reader, info.prior, tuning.rates);
    this.reset();
  }

  /** Forget the stream so far. */
  reset() {
    for (const each of [this.reader, this.handReader, this.filter, this.speller, this.held, this.drawn, this.pauses]) {
      each?.reset();
    }
    this.#measureAnew(-Infinity);
    Object.assign(this, { size: null, hadHand: false, searchUntilS: -Infinity, hints: new Hints() });
  }

  /** Choose which of two hands is read: "raised", "largest", "left" or "right". */
  follow(choice) {
    this.handReader.tracker.follow(choice);
  }

  /** Read one frame: `{ reading, commit, pause }`, the latter two null where nothing was completed. */
  async feed(luma, atS) {
    this.#noteSize(luma, atS);
    const found = await this.handReader.read(luma, atS);
    if (this.#isSearching(found, atS)) {
      return { reading: this.#reading(luma, this.filter.posterior, 0, atS, null, null), commit: null, pause: null };
    }
    const { track } = found;
    let motion = this.speed.update(track && { box: track.box, patch: found.patch, square: found.square }, atS);
    if (atS < this.measuredFromS) motion = null;
    let [focus, weight, factor, evidence, further] = [null, 1, 1, this.absent, null];
    if (found.patch) {
      focus = focusMeasure(found.patch);
      weight = this.gate.weigh(focus, atS, motion);
      evidence = this.info.order.map((at) => found.probabilities[at]);
      if (this.reader) {
        ({ factor, reading: further } = await this.reader.update(
          luma, found.square, atS, weight, evidence, this.speller.text,
        ));
      }
      this.held.update(evidence, further && further.posterior, atS);
    }
    const posterior = this.filter.update(evidence, weight * factor, atS, motion, further);
    const leader = this.#leader(posterior);
    let commit = this.speller.update(posterior, atS, motion, focus);
    if (commit) commit = this.held.explain(commit, posterior);
    if (this.drawn) commit = this.drawn.update(track?.box, evidence, leader, atS, commit);
    const pause = this.pauses.update(leader !== null, commit, atS, motion, this.speller.keeps);
    const hint = this.hints.update(luma, found, weight, atS, leader);
    return { reading: this.#reading(luma, posterior, weight, atS, track, hint), commit, pause };
  }

  #measureAnew(fromS) {
    Object.assign(this, { gate: new MotionBlurGate(this.tuning.gate), speed: new HandSpeed(), measuredFromS: fromS });
  }

  /** Go on in a picture of another size. */
  #noteSize({ width, height }, atS) {
    const last = this.size;
    this.size = [height, width];
    if (!last || (last[0] === height && last[1] === width)) return;
    const [down, right] = [height / last[0], width / last[1]];
    const scaled = Math.abs(down - right) <= SAME_ASPECT * Math.max(down, right);
    this.handReader.reframe(scaled ? Math.sqrt(down * right) : null);
    this.#measureAnew(atS + WINDOW_S + BEFORE_S);
    if (!scaled && this.hadHand) this.searchUntilS = atS + SEARCH_S;
  }

  /** Whether the hand is being found again after a change of size. */
  #isSearching(found, atS) {
    if (atS < this.searchUntilS && !found.patch) return true;
    this.searchUntilS = -Infinity;
    this.handReader.settle();
    this.hadHand = found.patch !== null;
    return false;
  }

  /** The most probable letter; null if it is none. */
  #leader(posterior) {
    const best = greatest(posterior);
    return best ? this.letters[best - 1] : null;
  }

  #reading(luma, posterior, sharpness, atS, track, hint) {
    const box = track && {
      x0: clamped(track.box.x0 / luma.width, 0, 1), y0: clamped(track.box.y0 / luma.height, 0, 1),
      x1: clamped(track.box.x1 / luma.width, 0, 1), y1: clamped(track.box.y1 / luma.height, 0, 1),
    };
    return {
      letter: this.#leader(posterior), confidence: Math.min(1, posterior[greatest(posterior)]),
      alternatives: alternatives(posterior, this.letters), sharpness, box, hint, captured_s: atS,
    };
  }
}
