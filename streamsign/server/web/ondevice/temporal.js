// Hidden Markov model over {rest, letters, between}: the port of streamsign/recognition/temporal.py.

import { clamped, normalized, round, sum } from "./numbers.js";

const LONGEST_GAP_S = 2;
const MIN_PROBABILITY = 1e-300;
const MOST_CACHED = 256;
const TERMS = 16; // of the exponential's series, for a millisecond: the rest is below a double's precision

/** Square matrices as rows in one array. */
class Matrix {
  constructor(side, values = new Float64Array(side * side)) {
    Object.assign(this, { side, values });
  }

  static identity(side) {
    const one = new Matrix(side);
    for (let at = 0; at < side; at += 1) one.values[at * side + at] = 1;
    return one;
  }

  times(other) {
    const { side, values } = this;
    const out = new Matrix(side);
    for (let row = 0; row < side; row += 1) {
      for (let each = 0; each < side; each += 1) {
        const value = values[row * side + each];
        for (let column = 0; column < side; column += 1) {
          out.values[row * side + column] += value * other.values[each * side + column];
        }
      }
    }
    return out;
  }

  power(exponent) {
    let [out, square] = [Matrix.identity(this.side), this];
    for (let left = exponent; left > 0; left >>= 1) {
      if (left & 1) out = out.times(square);
      if (left > 1) square = square.times(square);
    }
    return out;
  }

  /** Row vector times matrix. */
  after(vector) {
    const out = new Float64Array(this.side);
    for (let row = 0; row < this.side; row += 1) {
      for (let column = 0; column < this.side; column += 1) out[column] += vector[row] * this.values[row * this.side + column];
    }
    return out;
  }

  /** Matrix times column vector. */
  before(vector) {
    return Float64Array.from({ length: this.side }, (_, row) => {
      let total = 0;
      for (let at = 0; at < this.side; at += 1) total += this.values[row * this.side + at] * vector[at];
      return total;
    });
  }
}

/** Transition probabilities over a millisecond. */
function millisecond(letters, rates) {
  const side = 2 + letters;
  const step = new Matrix(side);
  const set = (row, column, rate) => (step.values[row * side + column] = rate / 1000);
  set(0, side - 1, rates.rest_to_between);
  set(side - 1, 0, rates.between_to_rest);
  for (let letter = 1; letter <= letters; letter += 1) {
    set(side - 1, letter, rates.between_to_letter / letters);
    set(letter, side - 1, rates.letter_to_between);
    for (let other = 1; other <= letters; other += 1) {
      if (other !== letter) set(letter, other, rates.letter_to_letter / (letters - 1));
    }
  }
  for (let row = 0; row < side; row += 1) step.values[row * side + row] = -sum(step.values.subarray(row * side, (row + 1) * side));
  const out = Matrix.identity(side);
  let term = Matrix.identity(side);
  for (let order = 1; order <= TERMS; order += 1) {
    term = term.times(step);
    for (let at = 0; at < term.values.length; at += 1) out.values[at] += term.values[at] /= order;
  }
  out.values.forEach((value, at) => (out.values[at] = Math.max(0, value)));
  return out;
}

/** How many independent observations a frame stands for, if there is one every `eachS` seconds. */
export function observations(rates, passedS, eachS) {
  return Math.min(passedS, Math.max(rates.longest_s, eachS)) / eachS;
}

export class TemporalFilter {
  /** `prior`: shares of none and each letter in training; `confusion`: rows shown, columns read, or null. */
  constructor(prior, rates, confusion) {
    this.rates = rates;
    this.letters = prior.length - 1;
    this.step = millisecond(this.letters, rates);
    this.powers = new Map();
    const total = sum(prior);
    this.logPrior = prior.map((share) => Math.log(share / total));
    const between = prior.map((_, at) => (at ? (1 - rates.between_none) / this.letters : rates.between_none));
    this.betweenOverPrior = between.map((share, at) => (share * total) / prior[at]);
    this.logEmission = null;
    if (rates.emission === "confusion") {
      this.logEmission = [...confusion, between].map((row) => row.map((share) => Math.log(Math.max(share, rates.floor))));
    }
    this.reset();
  }

  reset() {
    this.state = new Float64Array(this.letters + 2);
    this.state[0] = 1;
    this.lastS = null;
    this.recent = [];
  }

  /** Probabilities of no letter and each letter. */
  get posterior() {
    return folded(this.state);
  }

  /**
   * Take one frame in: probabilities with none first, weight, time, motion or null, and further evidence
   * `{ posterior, weight }` or null. Returns the posterior.
   */
  update(posterior, weight, atS, motion, independent) {
    const dt = this.lastS === null ? 0 : Math.max(0, atS - this.lastS);
    this.lastS = this.lastS === null ? atS : Math.max(atS, this.lastS);
    const ms = round(Math.min(dt, LONGEST_GAP_S) * 1000);
    const moved = normalized(this.#transition(ms).after(this.state));
    const evidence = this.#evidence(posterior, weight, motion, observations(this.rates, dt, this.rates.correlation_s));
    if (independent) {
      const further = this.#logLikelihood(independent.posterior);
      for (let at = 0; at < evidence.length; at += 1) evidence[at] += independent.weight * further[at];
    }
    const logs = moved.map((share, at) => Math.log(Math.max(share, MIN_PROBABILITY)) + evidence[at]);
    const highest = Math.max(...logs);
    this.state = normalized(logs.map((log) => Math.exp(log - highest)));
    return this.rates.lag_s === 0 ? folded(this.state) : this.#smoothed(ms, evidence);
  }

  #transition(ms) {
    let found = this.powers.get(ms);
    if (!found) {
      if (this.powers.size >= MOST_CACHED) this.powers.delete(this.powers.keys().next().value);
      this.powers.set(ms, (found = this.step.power(ms)));
    }
    return found;
  }

  #evidence(posterior, weight, motion, share) {
    const { per_speed, moving, most, per_change, changing, most_change } = this.rates;
    const evidence = weight > 0
      ? this.#logLikelihood(posterior).map((log) => weight * share * log)
      : new Float64Array(this.letters + 2);
    if (motion) {
      let between = clamped(per_speed * (motion.speed - moving), -most, most);
      if (per_change > 0 && !Number.isNaN(motion.change)) {
        between += clamped(per_change * Math.log(motion.change / changing), -most_change, most_change);
      }
      evidence[evidence.length - 1] += share * between;
    }
    return evidence;
  }

  #logLikelihood(posterior) {
    const likelihood = new Float64Array(this.letters + 2);
    const total = sum(posterior);
    if (!(total > 0 && total < Infinity)) return likelihood;
    const read = Float64Array.from(posterior, (share) => Math.max(share / total, this.rates.floor));
    if (this.logEmission) {
      return likelihood.map((_, state) => sum(this.logEmission[state].map((log, at) => log * read[at])));
    }
    read.forEach((share, at) => (likelihood[at] = Math.log(share) - this.logPrior[at]));
    likelihood[likelihood.length - 1] = Math.log(sum(read.map((share, at) => share * this.betweenOverPrior[at])));
    return likelihood;
  }

  /** Posterior at `lag_s` ago, given all evidence up to now. */
  #smoothed(ms, evidence) {
    this.recent.push({ atS: this.lastS, state: this.state, ms, evidence });
    while (this.recent.length > 1 && this.lastS - this.recent[1].atS >= this.rates.lag_s - 1e-9) this.recent.shift();
    let backward = new Float64Array(this.letters + 2).fill(1);
    for (const later of this.recent.slice(1).reverse()) {
      const highest = Math.max(...later.evidence);
      backward = this.#transition(later.ms).before(backward.map((value, at) => Math.exp(later.evidence[at] - highest) * value));
      const top = Math.max(...backward);
      backward = backward.map((value) => value / top);
    }
    return folded(normalized(this.recent[0].state.map((share, at) => share * backward[at])));
  }
}

/** Rest and between are both no letter. */
function folded(state) {
  const out = state.slice(0, -1);
  out[0] += state.at(-1);
  return out;
}
