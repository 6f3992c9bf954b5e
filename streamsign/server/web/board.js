// Puts a room's events on the page: the current letter with its certainty, and the text so far.

import { HINTS } from "./guide.js";
import { Replay } from "./replay.js";

const SILENT_MS = 1500;
/** Probability from which a letter counts as certain. */
const CERTAIN = 0.9;

/** Parts are elements; every one but `text` may be missing. `hints`: `sharp` says what else keeps a hand from being read. */
export class Board {
  constructor({ text, said, glyph, sure, meter, others, sharp, guide, hints = false }) {
    Object.assign(this, { text, said, glyph, sure, meter, others, sharp, guide, hints });
    this.replay = new Replay();
    this.shown = "";
    this.logId = null;
    this.certainties = []; // of the text's characters; undefined where not known
    this.noted = "";
    this.before = ""; // text of a log that ended with its server
    this.timer = 0;
    this.rest("");
  }

  show(event) {
    const old = this.replaying(event);
    if (event.type === "hello") {
      this.join(event);
      if (event.replay !== "resume") this.write(event.text, false);
    } else if (event.type === "letter" || event.type === "edit") {
      this.note(event);
      if (old) {
        if (event.seq === this.replay.until) this.write(event.text, false);
        return;
      }
      if (event.action === "clear") this.before = "";
      this.write(event.text, event.type === "letter");
      const said = event.type === "letter" ? event.letter : edited(event);
      if (this.said && said) this.said.textContent = said;
    } else if (event.type === "partial") {
      this.read(event);
    } else if (event.type === "status" && event.state !== "live") {
      this.rest("");
    }
  }

  /** Another log means that the server restarted without the earlier text, so the page keeps it. */
  join({ log_id }) {
    if (this.logId !== null && this.logId !== log_id) {
      if (this.shown.trim()) this.before = `${this.shown.trimEnd()}\n`;
      if (this.said) this.said.textContent = "streamsign was restarted. The captions continue.";
    }
    this.logId = log_id;
  }

  /** Store the probability of each letter. */
  note({ type, text, confidence }) {
    let same = 0;
    while (same < text.length && text[same] === this.noted[same]) same += 1;
    this.certainties.length = Math.min(same, this.certainties.length);
    if (type === "letter") this.certainties[text.length - 1] = confidence;
    this.noted = text;
  }

  /** The text as nodes: uncertain letters are marked, with their probability. */
  marked(text) {
    const nodes = [];
    let plain = "";
    for (let at = 0; at < text.length; at += 1) {
      const confidence = text === this.noted ? this.certainties[at] : undefined;
      if (confidence === undefined || confidence >= CERTAIN) plain += text[at];
      else {
        const unsure = document.createElement("span");
        unsure.className = "unsure";
        unsure.textContent = text[at];
        unsure.title = certaintyInWords(confidence);
        nodes.push(plain, unsure);
        plain = "";
      }
    }
    return [...nodes, plain];
  }

  /** Whether a letter or edit was there before this page. */
  replaying(event) {
    return this.replay.repeats(event);
  }

  write(text, fresh) {
    if (!this.text) return;
    this.text.replaceChildren();
    if (this.before) {
      const before = document.createElement("span");
      before.className = "before";
      before.textContent = this.before;
      this.text.append(before);
    }
    const nodes = this.marked(text);
    if (fresh && text) {
      const last = document.createElement("span");
      last.className = "fresh";
      const end = nodes.pop() || nodes.pop(); // a marked letter, or the end of the plain text
      last.append(typeof end === "string" ? end.slice(-1) : end);
      nodes.push(typeof end === "string" ? end.slice(0, -1) : "", last);
    }
    this.text.append(...nodes);
    this.text.scrollTop = this.text.scrollHeight;
    this.shown = this.before + text;
  }

  read(partial) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(""), SILENT_MS);
    const blurred = (this.hints && HINTS[partial.hint]) || sharpnessInWords(partial.sharpness);
    if (this.sharp) this.sharp.textContent = blurred;
    if (partial.letter === null) {
      this.rest(blurred);
      return;
    }
    if (this.glyph) {
      this.glyph.textContent = partial.letter;
      this.glyph.classList.remove("rest");
      this.glyph.style.setProperty("--sure", partial.confidence.toFixed(3));
    }
    if (this.guide) this.guide.dataset.seen = "true";
    if (this.sure) this.sure.textContent = certaintyInWords(partial.confidence);
    if (this.meter) this.meter.style.transform = `scaleX(${partial.confidence.toFixed(3)})`;
    if (this.others) {
      const rest = partial.alternatives.filter((other) => other.letter !== partial.letter && other.confidence >= 0.01);
      this.others.replaceChildren(...rest.slice(0, 3).map((other) => {
        const item = document.createElement("li");
        item.textContent = `${other.letter} ${Math.round(100 * other.confidence)} %`;
        return item;
      }));
    }
  }

  rest(blurred) {
    if (this.glyph) {
      this.glyph.textContent = "";
      this.glyph.classList.add("rest");
      this.glyph.style.setProperty("--sure", "0");
    }
    if (this.guide) this.guide.dataset.seen = "false";
    if (this.sure) this.sure.textContent = "No letter";
    if (this.meter) this.meter.style.transform = "scaleX(0)";
    if (this.others) this.others.replaceChildren();
    if (this.sharp) this.sharp.textContent = blurred;
  }
}

/** What an edit did; empty where a drawn letter replaces the removed one, and is announced itself. */
function edited(event) {
  if (event.action === "backspace" && event.session) return "";
  return { clear: "Text cleared", backspace: "Last letter removed", space: "Space", line: "New line", undo: "Change undone", replace: "Word replaced", write: "Text changed" }[event.action];
}

/** A label for uncertain letters only. */
function certaintyInWords(confidence) {
  const percent = `${Math.round(100 * confidence)} %`;
  if (confidence >= CERTAIN) return "";
  return confidence >= 0.6 ? `Medium confidence · ${percent}` : `Low confidence · ${percent}`;
}

function sharpnessInWords(sharpness) {
  if (sharpness >= 0.6) return "";
  return sharpness >= 0.3 ? "Slightly blurred: hold the hand still." : "Blurred: hold the hand still, or add light.";
}
