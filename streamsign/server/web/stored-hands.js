// The pictures of hands that are stored: a grid to delete from, export, and delete everything.

import { say as translated } from "./i18n.js";
import { refused } from "./notice.js";

const SHOWN = 60;

export class StoredHands {
  /**
   * `headers()`: those that permit it; `list`, `status`: elements; `more` and `everything`: buttons that export and delete
   * all; `onSigners(signers)`: number of stored pictures by signer.
   */
  constructor({ headers, list, status, more, everything, onSigners = () => {} }) {
    Object.assign(this, { headers, list, status, more, everything, onSigners });
    more.addEventListener("click", () => this.#export());
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
    const response = await this.ask(`pictures?limit=${SHOWN}`);
    if (!response) return;
    const { total, letters, signers, pictures } = await response.json();
    this.onSigners(signers);
    const counts = Object.entries(letters).map(([letter, count]) => `${letter} ${count}`).join(" · ");
    this.status.textContent = total ? `${total} pictures are stored: ${counts}` : "No pictures are stored.";
    this.more.disabled = this.everything.disabled = !total;
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
        item.remove();
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
    if (!confirm(translated("Delete all stored pictures? This cannot be undone."))) return;
    if (!(await this.ask("pictures", { method: "DELETE" }))) return;
    await this.draw();
  }
}
