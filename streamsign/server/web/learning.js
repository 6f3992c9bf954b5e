// Adapts to the signer's hand from the words that they choose, with consent. Loaded when the first word is chosen.

import { counted } from "./counted.js";
import { load } from "./i18n.js";
import { notice, refused } from "./notice.js";
import { ON_PHONE } from "./phone-key.js";
import { prefer, preference } from "./preferences.js";

const CHOICE = "learn";

await load("hand");

export class Learning {
  /** `editor`: of the room; `place`: what it is shown below; `camera()`: the key of this page's camera, empty without. */
  constructor(editor, place, camera) {
    Object.assign(this, { editor, camera, key: "", secret: null });
    this.element = Object.assign(document.createElement("div"), { id: "learning", className: "unknown", hidden: true });
    this.element.setAttribute("role", "status");
    place.after(this.element);
  }

  /** A suggested word was chosen. */
  async chosen() {
    // The key of a camera that a worker reads has a dot; workers do not adapt.
    if (!/^[^.]+$/.test(this.camera()) || preference(CHOICE) === "no") return;
    if (this.camera() === ON_PHONE) return this.#cannot();
    if (!this.secret) return this.#ask();
    if (await this.connected()) this.#show(await this.#send("GET", ""));
  }

  /** The camera sends, perhaps in another session than before: what was kept counts on. Resolves to whether it does. */
  async connected() {
    const key = this.camera();
    if (!key || !this.secret) return false;
    if (key === this.key) return true;
    this.key = key;
    const kept = await this.#send("POST", "/consent", { agreed: true, secret: this.secret });
    this.secret = kept?.secret ?? null;
    return Boolean(kept);
  }

  /** The camera was switched off: nothing is kept. */
  stop() {
    if (this.secret) this.#send("DELETE", "/consent");
    this.secret = null;
    this.key = "";
    this.element.hidden = true;
  }

  #ask() {
    this.#offer("Adapt to your hand? If you agree, the computer keeps pictures of your letters and uses those of the words that you choose. They are in memory, never on the disk, and at most two minutes longer than this camera sends.", {
      "I agree": () => this.#agree(),
    });
  }

  /** The computer adapts, and this phone sends it no pictures. */
  #cannot() {
    this.#offer("Adapt to your hand? This phone reads the letters itself and sends no pictures, so that the words that you choose do not adapt it. Record your hand once instead.", {
      "Record your hand": () => location.assign("/collect#phone"),
    });
  }

  #offer(text, choices) {
    this.#say(text, {
      ...choices, "Not now": () => (this.element.hidden = true),
      "Never ask": () => {
        prefer(CHOICE, "no");
        this.element.hidden = true;
      },
    });
  }

  async #agree() {
    this.key = this.camera();
    const kept = await this.#send("POST", "/consent", { agreed: true });
    this.secret = kept?.secret ?? null;
    this.#show(kept);
  }

  #show(kept) {
    if (!kept) return;
    const count = Object.values(kept.letters).reduce((sum, each) => sum + each, 0);
    const words = count ? `${counted(count, "picture")} of chosen words in memory.` : "Choose suggested words: their letters are kept in memory.";
    this.#say(words, { ...(kept.ready && { "Adapt to my hand": () => this.#adapt() }), "Delete them": () => this.stop() });
  }

  async #adapt() {
    for (const button of this.element.querySelectorAll("button")) button.disabled = true;
    const made = await this.#send("PUT", "/adaptation");
    if (!made) return this.#show(await this.#send("GET", ""));
    const { pictures, wrong_before: before, wrong_after: after } = made.held_out;
    this.#say(`Adapted. Held-out pictures read wrong: ${before} of ${pictures} before, ${after} now.`, {
      "Read as before": () => this.#revert(), OK: () => (this.element.hidden = true),
    });
  }

  async #revert() {
    const response = await fetch(`/api${this.editor.path}/adaptation`, { method: "DELETE", headers: this.editor.headers }).catch(() => null);
    if (response?.ok) this.element.hidden = true;
    else notice("The adaptation could not be deleted.", "Check that streamsign is running.");
  }

  /** What the server answers; null where it refuses, which is shown. */
  async #send(method, path, body) {
    const response = await fetch(`/api/confirmed/${this.key}${path}`, {
      method, headers: { "Content-Type": "application/json", ...this.editor.headers }, body: body && JSON.stringify(body),
      keepalive: method === "DELETE",
    }).catch(() => null);
    if (response?.status === 204) return null;
    const answer = await response?.json().catch(() => null);
    if (response?.ok) return answer;
    if (method !== "DELETE") refused(answer);
    return null;
  }

  #say(text, choices) {
    const keys = Object.assign(document.createElement("div"), { className: "keys" });
    keys.append(...Object.entries(choices).map(([textContent, act], place) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent, className: place ? "" : "main" });
      button.addEventListener("click", act);
      return button;
    }));
    this.element.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }), keys);
    this.element.hidden = false;
  }
}
