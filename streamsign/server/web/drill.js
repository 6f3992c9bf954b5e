// Chooses what to practice next and stores results. Pure except for the given store; results stay in the browser.

const KEPT = "streamsign.practice";
const RECENT = 0.7; // weight of what was known before; the rest is the newest try
const SLOW_MS = 4000;

export class Drill {
  /**
   * @param {{letters: string[], hard_pairs: string[][], words: string[]}} plan
   * @param {Storage} store
   * @param {() => number} random in [0, 1)
   */
  constructor(plan, store, random = Math.random) {
    Object.assign(this, { plan, store, random });
    this.last = "";
    try {
      this.known = JSON.parse(store.getItem(KEPT)) ?? {};
    } catch {
      this.known = {};
    }
  }

  /** Difficulty for this person, 0 to 2: what was never tried counts as hard, more so in a hard pair. */
  difficulty(letter) {
    const known = this.known[letter];
    const pair = this.plan.hard_pairs.findIndex((each) => each.includes(letter));
    const early = pair < 0 ? 0 : 0.5 * (1 - pair / this.plan.hard_pairs.length);
    if (!known) return 1.2 + early;
    return 1 - known.share + Math.min(0.4, (0.4 * known.ms) / SLOW_MS) + 0.3 * early + 0.05;
  }

  /** The next letter or word: mostly the hardest, never the same twice in a row. */
  next(words) {
    const all = words && this.plan.words.length ? this.plan.words : this.plan.letters;
    const others = all.filter((each) => each !== this.last);
    const weights = others.map((each) => {
      const hard = [...each].reduce((sum, letter) => sum + this.difficulty(letter), 0) / each.length;
      return hard ** 4;
    });
    let place = this.random() * weights.reduce((sum, weight) => sum + weight, 0);
    const chosen = others.findIndex((_, number) => (place -= weights[number]) < 0);
    this.last = others[Math.max(0, chosen)] ?? all[0];
    return this.last;
  }

  /** A letter was tried: whether the first letter read was the right one, and after how long the right one was. */
  tried(letter, right, ms) {
    const known = this.known[letter] ?? { tries: 0, share: right ? 1 : 0, ms };
    known.tries += 1;
    known.share = RECENT * known.share + (1 - RECENT) * (right ? 1 : 0);
    known.ms = RECENT * known.ms + (1 - RECENT) * ms;
    this.known[letter] = known;
    this.#keep();
  }

  forget() {
    this.known = {};
    this.#keep();
  }

  #keep() {
    try {
      this.store.setItem(KEPT, JSON.stringify(this.known));
    } catch { /* storage is off: the progress lasts as long as the page */ }
  }
}
