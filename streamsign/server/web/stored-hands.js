// The pictures of hands that are stored: a grid to delete from, export, and delete everything.

import { counted } from "./counted.js";
import { say as translated } from "./i18n.js";
import { refused } from "./notice.js";

const SHOWN = 60;
const MOST_SHOWN = 500; // as the server allows

export class StoredHands {
  /**
   * `headers()`: those that permit it; `list`, `status`, `how`: elements; `more`, `save` and `everything`: buttons that show
   * older pictures, export and delete all; `onSigners(signers)`: number of stored pictures by signer; `onDeleted()`: nothing
   * is stored, and consents have ended.
   */
  constructor(given) {
    Object.assign(this, given, { shown: SHOWN });
    const { more, save, everything } = given;
    more.addEventListener("click", () => {
      this.shown = Math.min(this.shown + SHOWN, MOST_SHOWN);
      this.draw();
    });
    save.addEventListener("click", () => this.#export());
    everything.addEventListener("click", () => this.#deleteAll());
  }

  /** Ask the server; problems are shown. Returns the response, or null. */
  async ask(path, options = {}) {
    const response = await fetch(`/api/collect/${path}`, { ...options, headers: { ...this.headers(), ...options.headers } }).catch(() => null);
    if (response?.ok) return response;
    refused(await response?.json().catch(() => null));
    return null;
  }

  async draw() {
    const response = await this.ask(`pictures?limit=${this.shown}`);
    if (!response) return;
    const { total, letters, signers, pictures } = await response.json();
    this.onSigners(signers);
    const counts = Object.entries(letters).map(([letter, count]) => `${letter} ${count}`).join(" · ");
    this.status.textContent = total ? `${counted(total, "picture")} stored: ${counts}` : "No pictures are stored.";
    this.save.disabled = this.everything.disabled = this.how.hidden = !total;
    this.more.hidden = total <= pictures.length || this.shown === MOST_SHOWN;
    const here = new Map([...this.list.children].map((item) => [item.dataset.id, item]));
    this.list.replaceChildren(...pictures.map((picture) => here.get(picture.id) ?? this.item(picture)));
  }

  /** A picture that a press deletes. `reason`: why it is doubtful. */
  item({ id, letter, reason = "" }) {
    const item = document.createElement("li");
    item.dataset.id = id;
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.setAttribute("aria-label", `Delete this picture of ${letter}`);
    const image = Object.assign(document.createElement("img"), { alt: "" });
    const label = Object.assign(document.createElement("b"), { textContent: letter });
    label.setAttribute("translate", "no");
    button.title = reason;
    button.append(image, label);
    button.addEventListener("click", async () => {
      button.disabled = true;
      if (await this.ask(`pictures/${id}`, { method: "DELETE" })) {
        for (const each of document.querySelectorAll(`[data-id="${id}"]`)) each.remove();
        await this.draw();
      } else button.disabled = false;
    });
    item.append(button);
    fetch(`/api/collect/pictures/${id}.webp`, { headers: this.headers() })
      .then((response) => (response.ok ? response.blob() : null), () => null)
      .then((blob) => {
        if (!blob) return;
        image.src = URL.createObjectURL(blob);
        image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
      });
    return item;
  }

  async #export() {
    const response = await this.ask("archive");
    if (!response) return;
    const url = URL.createObjectURL(await response.blob());
    Object.assign(document.createElement("a"), { href: url, download: "hands.zip" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async #deleteAll() {
    if (!confirm(translated("Delete all stored pictures and what was adapted to them? This cannot be undone."))) return;
    const response = await this.ask("pictures", { method: "DELETE" });
    if (!response) return;
    const { pictures, adaptations } = await response.json();
    this.shown = SHOWN;
    this.onDeleted();
    await this.draw();
    const gone = [counted(pictures, "picture"), ...(adaptations ? [counted(adaptations, "adaptation")] : [])];
    this.status.textContent = `Deleted: ${gone.join(", ")}. ${this.status.textContent}`;
  }
}
