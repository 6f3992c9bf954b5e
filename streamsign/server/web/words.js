// Word help: words the present letters could mean, as buttons. Nothing changes until one is tapped.

import { language } from "./i18n.js";

const WAIT_MS = 150;
const MOST = 3;

/** Ask after every change of the text, show what comes, and put a tapped word and a space in place of the letters. */
export class WordHelp {
  /** `camera()`: the key of this page's camera, empty without one. */
  constructor(editor, element, camera) {
    this.editor = editor;
    this.camera = camera;
    this.learning = null;
    this.element = element; // always in its place, so that the page does not move
    this.asked = 0;
    this.timer = 0;
  }

  /** The text has changed: what no longer fits goes at once. */
  changed() {
    const asked = ++this.asked;
    clearTimeout(this.timer);
    const typed = this.editor.word;
    for (const button of this.element.children) {
      if (!typed || !button.textContent.startsWith(typed)) button.disabled = true;
    }
    if (!typed) return this.element.replaceChildren();
    this.timer = setTimeout(() => this.#ask(asked), WAIT_MS);
  }

  async #choose(word, instead) {
    const chosen = await this.editor.edit({ action: "replace", word, instead, space: true });
    if (!chosen || !this.camera()) return;
    const { Learning } = await import("./learning.js");
    this.learning ??= new Learning(this.editor, this.element, this.camera);
    this.learning.chosen();
  }

  async #ask(asked) {
    const response = await this.editor.get(`words?lang=${language}`);
    if (asked !== this.asked) return;
    const { read, words, uncertain } = response?.ok ? await response.json() : { read: "", words: [] };
    if (asked !== this.asked) return;
    const offered = read ? [read, ...words.map(({ word }) => word)].slice(0, MOST) : []; // as it was read, then others
    this.element.replaceChildren(...offered.map((word) => {
      const button = document.createElement("button");
      button.type = "button";
      button.translate = false;
      button.textContent = word;
      if (uncertain && word === read) {
        button.className = "unsure";
        button.title = "Uncertain word";
      }
      button.addEventListener("click", () => this.#choose(word, read));
      return button;
    }));
  }
}
