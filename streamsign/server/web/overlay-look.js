// What the overlay shows and how it looks, by the query of its address: font, size, lines, align, position, color,
// background, fade, by. The overlay's page and the studio's preview use it.

import { rowsOf } from "./rows.js";

const MOST_LINES = 10;
const PLACES = ["bottom", "middle", "top"];
const SIDES = ["center", "left", "right"];

export class OverlayLook {
  /** `element` shows the text inside `frame`. */
  constructor(frame, element) {
    Object.assign(this, { frame, element, text: "", timer: 0 });
  }

  /**
   * Take the look from an address's query. Without a field the usual value holds. The browser ignores values that are
   * not a color, size or font, so an address can only change the appearance. `vh`: the unit that stands for it here.
   */
  apply(asked, vh = "vh") {
    const pick = (name, allowed) => (allowed.includes(asked.get(name)) ? asked.get(name) : allowed[0]);
    const { style } = this.element;
    this.frame.dataset.position = pick("position", PLACES);
    style.textAlign = pick("align", SIDES);
    style.fontFamily = asked.get("font") ?? "";
    style.fontSize = (asked.get("size") ?? "").replace("vh", vh);
    style.color = asked.get("color") ?? "";
    this.background = asked.get("background") ?? "";
    this.rows = Math.min(MOST_LINES, Math.max(1, Number(asked.get("lines")) || 2));
    this.fadeMs = 1000 * (asked.has("fade") ? Math.max(0, Number(asked.get("fade")) || 0) : 5);
    this.wholeWords = asked.get("by") === "word";
  }

  /** Show the room's text; `fresh`: it has just changed. By word, the letters after the last space are held back. */
  show(text, fresh) {
    const shown = this.wholeWords ? text.replace(/\S+$/, "") : text;
    if (fresh && this.wholeWords && shown === this.text) return;
    this.text = shown;
    const line = document.createElement("span");
    line.textContent = rowsOf(shown).slice(-this.rows).join("\n");
    line.style.background = this.background;
    this.element.replaceChildren(...(line.textContent ? [line] : []));
    this.element.classList.toggle("gone", !fresh);
    clearTimeout(this.timer);
    if (fresh && this.fadeMs) this.timer = setTimeout(() => this.element.classList.add("gone"), this.fadeMs);
  }
}
