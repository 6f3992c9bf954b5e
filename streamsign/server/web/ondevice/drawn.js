// Letters that are drawn in the air: the port of drawn.py and drawn_text.py in streamsign/recognition.

import { center, distance, height, longerSide, width } from "./geometry.js";
import { pathFeatures, shapesSeen } from "./path-features.js";

const SPANS_S = [0.4, 0.55, 0.75, 1, 1.35, 1.8];
const EVERY_S = 0.03;
const CONFIRM_S = 0.1;
const FALLEN = 1;
const LOST_S = 0.25;
const EARLY_S = 0.05;
const MOVED_S = 0.3;
const MOVED = 0.1;
const MOST_ODDS = 30;

const MOST_REPLACED = 3;
const MOST_OTHERS = 1;
const HELD_END_S = 1.2;
const AWAY = 0.35;
const KEPT_S = 3;

/** Log-odds of a letter by a rule of paths.json; -Infinity where a feature is out of limits. */
function scoreOf({ weights, bias, minimum, maximum }, features) {
  if (Object.entries(minimum).some(([name, least]) => features[name] < least)) return -Infinity;
  if (Object.entries(maximum).some(([name, most]) => features[name] > most)) return -Infinity;
  return Object.entries(weights).reduce((score, [name, weight]) => score + weight * features[name], bias);
}

/** Recognizes drawn letters from a hand's path. */
class PathRecognizer {
  constructor(rules, moving, letters) {
    const places = (chosen) => chosen.filter((letter) => letters.includes(letter)).map((letter) => 1 + letters.indexOf(letter));
    this.rules = Object.entries(rules).map(([letter, rule]) => (
      { letter, rule, starts: places(moving[letter]), passes: places(rule.passes) }
    ));
    this.reset();
  }

  reset() {
    Object.assign(this, { past: [], judgedS: -Infinity, freeFromS: -Infinity, best: null });
  }

  /** `{ letter, probability, startedS, endedS }` of a drawing that this frame completes, or null. */
  update(box, evidence, atS) {
    if (this.past.length && atS - this.past.at(-1).atS > LOST_S) {
      this.past = [];
      this.best = null;
    }
    if (!box) return null;
    const [x, y] = center(box);
    this.past.push({ atS, x, y, width: width(box), height: height(box), evidence });
    while (atS - this.past[0].atS > SPANS_S.at(-1) + LOST_S) this.past.shift();
    if (atS - this.judgedS < EVERY_S - 1e-3 || (!this.best && !this.#moves())) return null;
    this.judgedS = atS;
    return this.#judge(atS);
  }

  #moves() {
    const now = this.past.at(-1);
    const past = this.past.findLast((each) => now.atS - each.atS >= MOVED_S);
    const reach = MOVED * Math.max(now.width, now.height);
    return past !== undefined && (Math.abs(now.x - past.x) > reach || Math.abs(now.y - past.y) > reach);
  }

  #judge(atS) {
    const firstS = Math.max(this.past[0].atS - EARLY_S, this.freeFromS);
    const spans = SPANS_S.filter((spanS) => atS - spanS >= firstS);
    let [score, found] = [-Infinity, null];
    if (spans.length) {
      const column = (value) => this.past.map(value);
      const path = {
        at_s: column((each) => each.atS), x: column((each) => each.x), y: column((each) => each.y),
        width: column((each) => each.width), height: column((each) => each.height), none: column((each) => each.evidence[0]),
      };
      for (const one of this.rules) {
        const seen = shapesSeen(column((each) => each.evidence), one.starts, one.passes);
        const scores = spans.map((spanS) => scoreOf(one.rule, pathFeatures(path, seen, atS, spanS)) - one.rule.threshold);
        const best = scores.indexOf(Math.max(...scores));
        if (!(scores[best] >= Math.max(0, score))) continue;
        score = scores[best];
        const probability = 1 / (1 + Math.exp(-Math.min(score + one.rule.threshold, MOST_ODDS)));
        found = { one, letter: one.letter, probability, startedS: atS - spans[best], endedS: atS };
      }
    }
    if (found && (!this.best || score > this.best.score)) {
      this.best = { score, found };
      return null;
    }
    if (!this.best) return null;
    const { found: drawn, score: bestScore } = this.best;
    if (atS - drawn.endedS < (score > bestScore - FALLEN ? CONFIRM_S : CONFIRM_S / 2)) return null;
    this.best = null;
    const since = this.past.filter((each) => each.atS >= drawn.endedS).map((each) => each.evidence);
    if (shapesSeen(since, drawn.one.starts, drawn.one.passes).sure.includes(true)) return null;
    this.freeFromS = drawn.endedS;
    return drawn;
  }
}

/** Recognizes drawn letters and takes back what was read while they were drawn. */
export class DrawnLetters {
  /** `rules`: of paths.json; `moving`: the letters that each starts from; `letters`: of the classifier. */
  constructor(rules, moving, letters) {
    Object.assign(this, { rules, moving, paths: new PathRecognizer(rules, moving, letters) });
    this.reset();
  }

  reset() {
    this.paths.reset();
    Object.assign(this, { commits: [], leaders: [], ended: null });
  }

  /** The commit of a frame: a drawn letter with `replaces`, the speller's `commit`, or null. */
  update(box, evidence, leader, atS, commit) {
    this.leaders.push({ atS, letter: leader });
    while (atS - this.leaders[0].atS > KEPT_S) this.leaders.shift();
    const drawn = this.paths.update(box, evidence, atS);
    if (drawn && box && this.#others(drawn) <= MOST_OTHERS) {
      this.ended = { atS, box };
      return this.#commit(drawn, atS);
    }
    if (!commit || this.#holdsEnd(box, atS)) return null;
    this.#keep(commit);
    return commit;
  }

  #keep(commit) {
    this.commits = [...this.commits, commit].slice(-MOST_REPLACED);
  }

  #commit({ letter, probability, startedS }, atS) {
    let replaces = 0;
    while (this.commits.length && this.#belongs(this.commits.at(-1), letter, startedS)) {
      this.commits.pop();
      replaces += 1;
    }
    const commit = {
      letter, confidence: probability, started_s: startedS, captured_s: atS,
      alternatives: [{ letter, confidence: probability }], replaces,
    };
    this.#keep(commit);
    return commit;
  }

  #others({ letter, startedS }) {
    return this.commits.filter((each) => each.captured_s >= startedS && !this.moving[letter].includes(each.letter)).length;
  }

  #belongs(commit, letter, startedS) {
    if (commit.letter in this.rules) return false;
    if (commit.captured_s >= startedS) return true;
    if (!this.moving[letter].includes(commit.letter)) return false;
    const between = this.leaders.filter(({ atS }) => commit.captured_s <= atS && atS <= startedS);
    return between.every((leader) => leader.letter === commit.letter || leader.letter === null);
  }

  #holdsEnd(box, atS) {
    if (!this.ended) return false;
    const end = this.ended.box;
    if (box && atS - this.ended.atS < HELD_END_S) {
      const moved = distance(center(box), center(end)) / longerSide(end);
      const turned = [width, height].map((side) => Math.abs(Math.log(side(box) / side(end))));
      if (Math.max(moved, ...turned) < AWAY) return true;
    }
    this.ended = null;
    return false;
  }
}
