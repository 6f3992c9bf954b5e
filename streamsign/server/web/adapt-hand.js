// The adaptation of a room to a signer: its state, making it from stored pictures, and reverting it.

import { notice, refused } from "./notice.js";

const $ = (id) => document.getElementById(id);

export class HandAdaptation {
  /** `room`: its name; `headers()`: those that permit it. */
  constructor({ room, headers }) {
    Object.assign(this, { path: `/api/rooms/${encodeURIComponent(room)}/adaptation`, headers });
    $("adapt-now").addEventListener("click", () => this.#change("PUT", { signer: $("adapt-signer").value }));
    $("revert").addEventListener("click", () => this.#change("DELETE"));
    $("adapt").hidden = false;
  }

  /** Show the state. `signers`: number of stored pictures by signer. */
  async draw(signers = null) {
    if (signers) {
      const { value } = $("adapt-signer");
      $("adapt-signer").replaceChildren(...Object.entries(signers).map(([name, count]) => new Option(`${name} (${count})`, name, false, name === value)));
      const count = Object.keys(signers).length;
      $("adapt-signer").hidden = count < 2;
      $("adapt-now").hidden = $("adapt-now").disabled = !count;
    }
    const response = await this.#send("GET");
    if (response?.ok) this.#show(await response.json());
  }

  async #change(method, body) {
    $("adapt-now").disabled = $("revert").disabled = true;
    const response = await this.#send(method, body);
    $("adapt-now").disabled = !$("adapt-signer").value;
    $("revert").disabled = false;
    const answer = response?.status === 204 ? null : await response?.json().catch(() => null);
    if (!response?.ok) return refused(answer);
    notice("");
    this.#show(answer);
  }

  #send(method, body) {
    const headers = { "Content-Type": "application/json", ...this.headers() };
    return fetch(this.path, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
  }

  #show(made) {
    $("revert").hidden = !made;
    if (!made) $("adapted").textContent = "This room is read with the model as it is.";
    else if (!made.in_use) $("adapted").textContent = "The adaptation of this room was made for another model and is not in use.";
    else {
      const { pictures, wrong_before: before, wrong_after: after } = made.held_out;
      $("adapted").textContent = `This room is adapted. Held-out pictures read wrong: ${before} of ${pictures} before, ${after} now.`;
    }
  }
}
