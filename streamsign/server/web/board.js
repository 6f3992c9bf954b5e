// Puts a room's events on the page: the current letter with its certainty, and the text so far.

const SILENT_MS = 1500;

/** Parts are elements; every one but `text` may be missing. */
export class Board {
  constructor({ text, said, glyph, sure, meter, others, sharp, guide }) {
    Object.assign(this, { text, said, glyph, sure, meter, others, sharp, guide });
    this.shown = "";
    this.timer = 0;
    this.rest("");
  }

  show(event) {
    if (event.type === "hello") {
      // A replay from the start repeats what the hello's text says already: its events only confirm it.
      this.replayUntil = event.replay === "resume" ? 0 : event.last_seq;
      if (event.replay !== "resume") this.write(event.text, false);
    } else if (event.type === "letter" || event.type === "edit") {
      if (this.replaying(event)) return;
      this.write(event.text, event.type === "letter");
      if (this.said) this.said.textContent = event.type === "letter" ? event.letter : edited(event);
    } else if (event.type === "partial") {
      this.read(event);
    } else if (event.type === "status" && event.state !== "live") {
      this.rest("");
    }
  }

  /** Whether a letter or edit was there before this page. */
  replaying(event) {
    return event.seq <= this.replayUntil;
  }

  write(text, fresh) {
    if (!this.text) return;
    this.text.replaceChildren();
    if (fresh && text) {
      const last = document.createElement("span");
      last.className = "fresh";
      last.textContent = text.slice(-1);
      this.text.append(text.slice(0, -1), last);
    } else {
      this.text.append(text);
    }
    this.text.scrollTop = this.text.scrollHeight;
    this.shown = text;
  }

  read(partial) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(""), SILENT_MS);
    const blurred = sharpnessInWords(partial.sharpness);
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
    if (this.sure) this.sure.textContent = "No letter right now";
    if (this.meter) this.meter.style.transform = "scaleX(0)";
    if (this.others) this.others.replaceChildren();
    if (this.sharp) this.sharp.textContent = blurred;
  }
}

function edited(event) {
  return { clear: "Text cleared", backspace: "Last letter removed", space: "Space", undo: "Undone" }[event.action];
}

function certaintyInWords(confidence) {
  const percent = `${Math.round(100 * confidence)} %`;
  if (confidence >= 0.9) return `Certain · ${percent}`;
  return confidence >= 0.6 ? `Likely · ${percent}` : `Unsure · ${percent}`;
}

function sharpnessInWords(sharpness) {
  if (sharpness >= 0.6) return "The picture is sharp.";
  return sharpness >= 0.3 ? "A little blurred: hold the hand still." : "Blurred: hold the hand still, or add light.";
}
