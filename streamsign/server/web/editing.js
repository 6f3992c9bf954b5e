// Changes of a room's text: by buttons, keys and suggested words. The owner's browser has its cookie; a phone
// shows its token.

/** Sends edits to a room, one after another: keys pressed quickly arrive in order. */
export class Editor {
  constructor({ room, token = "", onTrouble }) {
    this.enter({ room, token });
    this.onTrouble = onTrouble;
    this.text = ""; // of the room's last event
    this.before = Promise.resolve();
  }

  /** Edit another room from now on. */
  enter({ room, token = "" }) {
    this.path = `/rooms/${encodeURIComponent(room)}`;
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** The newest word, which a space may follow. */
  get word() {
    return this.text.trimEnd().split(/\s/).at(-1);
  }

  get(what) {
    return fetch(`${this.path}/${what}`, { headers: this.headers }).catch(() => null);
  }

  /** Send an edit, or the one that a function makes when its turn comes; resolves to whether it was accepted. */
  edit(body) {
    this.before = this.before.then(() => this.#send(typeof body === "function" ? body() : body));
    return this.before;
  }

  async #send(body) {
    const response = await fetch(`${this.path}/edits`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...this.headers },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (!response) this.onTrouble("The text could not be changed.", "Check that streamsign is running.");
    // 409: a letter came just now and changed the text. The suggestions for the new word are on their way.
    else if (response.ok || (response.status === 409 && body.action !== "write")) this.onTrouble("");
    else if (response.status === 409) this.onTrouble("The text changed meanwhile and was not saved.", "Save again.");
    else this.onTrouble("The text could not be changed.", `The server answered ${response.status}.`);
    return response?.ok ?? false;
  }

  /** A form in which the whole text is typed, instead of the text, from the tap of a button until it is saved. */
  offerTyping(button, form, shown) {
    const field = form.querySelector("textarea");
    const open = (typing) => {
      form.hidden = !typing;
      shown.hidden = button.disabled = typing;
    };
    const saving = (busy) => {
      field.readOnly = busy;
      for (const each of form.querySelectorAll("button")) each.disabled = busy;
    };
    let before = "";
    button.addEventListener("click", () => {
      before = field.value = this.text;
      open(true);
      field.focus();
    });
    form.querySelector("[type=button]").addEventListener("click", () => open(false));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      saving(true);
      const saved = await this.edit(() => {
        // Letters that were signed meanwhile are kept: they follow what was typed.
        const since = this.text.startsWith(before) ? this.text.slice(before.length) : "";
        return { action: "write", text: field.value + since, before: this.text };
      });
      saving(false);
      if (saved) open(false);
    });
  }

  /** Buttons with `data-edit`. */
  offer(buttons) {
    for (const button of buttons) button.addEventListener("click", () => this.edit({ action: button.dataset.edit }));
  }

  /** Space, Backspace and Ctrl+Z are what they are everywhere, except in a field or on a button. */
  listen() {
    addEventListener("keydown", (event) => {
      const action = { " ": "space", Backspace: "backspace", z: event.ctrlKey || event.metaKey ? "undo" : "" }[event.key];
      if (!action || event.target.closest("button, input, textarea, select, a, summary, video")) return;
      event.preventDefault();
      this.edit({ action });
    });
  }
}
