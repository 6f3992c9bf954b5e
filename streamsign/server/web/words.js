// Word help: words the present letters could mean, as buttons. Nothing changes until one is tapped.

import { language } from "./i18n.js";

const WAIT_MS = 150;

/** Ask after every change of the text, show what comes, and put a tapped word in place of the letters. */
export class WordHelp {
  constructor(room, element, onTrouble) {
    this.room = encodeURIComponent(room);
    this.element = element;
    this.onTrouble = onTrouble;
    this.asked = 0;
    this.timer = 0;
  }

  /** The text has changed: what was shown may be wrong now. */
  changed() {
    const asked = ++this.asked;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(asked), WAIT_MS);
  }

  async #ask(asked) {
    const response = await fetch(`/rooms/${this.room}/words?lang=${language}`).catch(() => null);
    if (!response?.ok || asked !== this.asked) return;
    const { read, words } = await response.json();
    if (asked !== this.asked) return;
    this.element.hidden = words.length === 0;
    this.element.replaceChildren(...words.map(({ word, probability }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.translate = false;
      button.textContent = word;
      button.title = `${Math.round(100 * probability)} %`;
      button.addEventListener("click", () => this.#take(word, read));
      return button;
    }));
  }

  async #take(word, instead) {
    const response = await fetch(`/rooms/${this.room}/edits`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ action: "replace", word, instead }),
    }).catch(() => null);
    // A letter that came just now changed the word: the new suggestions are on their way.
    if (!response?.ok && response?.status !== 409) this.onTrouble("The text could not be changed.", "Check that streamsign is running.");
  }
}
