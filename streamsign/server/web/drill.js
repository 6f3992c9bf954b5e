// Chooses what to practice next and stores results. Pure except for the given store; results stay in the browser.

const KEPT = "practice";
const RECENT = 0.7; // weight of what was known before; the rest is the newest try
const SLOW_MS = 4000;
const DAY_MS = 86_400_000;
/** A mix-up counts less after each time that one of its letters was right, and is dropped below this. */
const FADES = 0.7;
const FADED = 0.4;
const MOST_PAIRS = 4;
const NOTHING = () => ({ letters: {}, mixups: {}, streak: 0, best: 0, days: 0, day: 0, minute: 0 });

export class Drill {
  /**
   * @param {{letters: string[], hard_pairs: string[][], words: string[]}} plan
   * @param {{getItem: (name: string) => string, setItem: (name: string, value: string) => void}} store
   * @param {() => number} random in [0, 1)
   * @param {() => number} today number of the day
   */
  constructor(plan, store, random = Math.random, today = localDay) {
    Object.assign(this, { plan, store, random, today });
    this.last = "";
    this.kept = NOTHING();
    try {
      const kept = JSON.parse(store.getItem(KEPT));
      if (kept?.letters) Object.assign(this.kept, kept);
      // Before letters of several characters, pairs were kept without a space.
      const pairs = Object.entries(this.kept.mixups).map(([pair, times]) => [pair.includes(" ") ? pair : [...pair].join(" "), times]);
      this.kept.mixups = Object.fromEntries(pairs);
    } catch { /* damaged, or nothing is kept: starts again */ }
  }

  get known() {
    return this.kept.letters;
  }

  /** Days in a row up to today; 0 when yesterday had none. */
  get days() {
    return this.today() - this.kept.day <= 1 ? this.kept.days : 0;
  }

  /** The pairs that this person mixes up, most often first. */
  get pairs() {
    const pairs = Object.entries(this.kept.mixups).filter(([pair]) => pair.split(" ").every((one) => this.plan.letters.includes(one)));
    return pairs.sort(([, one], [, other]) => other - one).slice(0, MOST_PAIRS).map(([pair]) => pair);
  }

  /** Difficulty for this person, 0 to 3: what was never tried counts as hard, more so in a hard pair or after a mix-up. */
  difficulty(letter) {
    const known = this.known[letter];
    const pair = this.plan.hard_pairs.findIndex((each) => each.includes(letter));
    const early = pair < 0 ? 0 : 0.5 * (1 - pair / this.plan.hard_pairs.length);
    const mixed = Math.max(0, ...Object.entries(this.kept.mixups).map(([each, times]) => (has(each, letter) ? times : 0)));
    if (!known) return 1.2 + early;
    return 1 - known.share + Math.min(0.4, (0.4 * known.ms) / SLOW_MS) + 0.3 * early + Math.min(0.6, 0.3 * mixed) + 0.05;
  }

  /** The letters of a word. A letter may have several characters; the longest that fits is taken. */
  spelled(word) {
    const found = [];
    for (let at = 0; at < word.length; at += found.at(-1).length) {
      const fits = this.plan.letters.filter((letter) => word.startsWith(letter, at));
      found.push(fits.reduce((longest, letter) => (letter.length > longest.length ? letter : longest), word[at]));
    }
    return found;
  }

  /** The next of these letters or words: mostly the hardest, never the same twice in a row. */
  next(all = this.plan.letters) {
    const others = all.filter((each) => each !== this.last);
    const weights = others.map((each) => {
      const letters = this.spelled(each);
      const hard = letters.reduce((sum, letter) => sum + this.difficulty(letter), 0) / letters.length;
      return hard ** 4;
    });
    let place = this.random() * weights.reduce((sum, weight) => sum + weight, 0);
    const chosen = others.findIndex((_, number) => (place -= weights[number]) < 0);
    this.last = others[Math.max(0, chosen)] ?? all[0];
    return this.last;
  }

  /**
   * A letter was read right after `ms`. `mistakes` are the letters read before: the first one never counts, nor does any
   * the first time that a letter is practiced. With `helped` the hand was shown on request.
   */
  tried(letter, mistakes, ms, helped = false) {
    const known = this.known[letter];
    const right = mistakes.length < 2 || !known;
    const { tries, share, ms: before } = known ?? { tries: 0, share: 1, ms };
    this.known[letter] = {
      tries: tries + 1,
      share: RECENT * share + (1 - RECENT) * (right ? 1 : 0),
      ms: RECENT * before + (1 - RECENT) * ms,
    };
    if (right) this.#fade(letter);
    else for (const read of mistakes.slice(1)) this.#mixed(letter, read);
    if (!right) this.kept.streak = 0;
    else if (!helped) this.kept.streak += 1;
    this.kept.best = Math.max(this.kept.best, this.kept.streak);
    const today = this.today();
    this.kept.days = today === this.kept.day ? this.kept.days : this.days + 1;
    this.kept.day = today;
    this.#keep();
  }

  /** A minute ended with so many letters; returns whether it is the best one. */
  minuteEnded(letters) {
    const best = letters > this.kept.minute;
    if (best) this.kept.minute = letters;
    this.#keep();
    return best;
  }

  forget() {
    this.kept = NOTHING();
    this.#keep();
  }

  #mixed(...letters) {
    const pair = letters.sort().join(" ");
    this.kept.mixups[pair] = (this.kept.mixups[pair] ?? 0) + 1;
  }

  #fade(letter) {
    for (const pair of Object.keys(this.kept.mixups).filter((each) => has(each, letter))) {
      this.kept.mixups[pair] *= FADES;
      if (this.kept.mixups[pair] < FADED) delete this.kept.mixups[pair];
    }
  }

  #keep() {
    this.store.setItem(KEPT, JSON.stringify(this.kept));
  }
}

/** Whether a pair, two letters with a space between them, has a letter. */
const has = (pair, letter) => pair.split(" ").includes(letter);

/** The number of the day where the person is. */
function localDay() {
  const now = new Date();
  return Math.floor((now.getTime() - 60_000 * now.getTimezoneOffset()) / DAY_MS);
}
