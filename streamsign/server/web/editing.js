// Changes of a room's text: by buttons, keys and suggested words. The owner's browser has its cookie; a phone
// shows its token.

/** Sends edits to a room, one after another: keys pressed quickly arrive in order. */
export class Editor {
  constructor({ room, token = "", onTrouble }) {
    this.path = `/rooms/${encodeURIComponent(room)}`;
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
    this.onTrouble = onTrouble;
    this.text = ""; // as the room's last event said
    this.before = Promise.resolve();
  }

  /** The newest word, which a space may follow. */
  get word() {
    return this.text.trimEnd().split(/\s/).at(-1);
  }

  get(what) {
    return fetch(`${this.path}/${what}`, { headers: this.headers }).catch(() => null);
  }

  edit(body) {
    this.before = this.before.then(() => this.#send(body));
    return this.before;
  }

  async #send(body) {
    try {
      const response = await fetch(`${this.path}/edits`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...this.headers },
        body: JSON.stringify(body),
      });
      // 409: a letter came just now and changed the word; the new suggestions are on their way.
      const refused = !response.ok && response.status !== 409;
      this.onTrouble(refused ? "The text could not be changed." : "", refused ? `The server answered ${response.status}.` : "");
    } catch {
      this.onTrouble("The text could not be changed.", "Check that streamsign is running.");
    }
  }

  /** Buttons with `data-edit`. */
  offer(buttons) {
    for (const button of buttons) button.addEventListener("click", () => this.edit({ action: button.dataset.edit }));
  }

  /** Space, Backspace and Ctrl+Z are what they are everywhere, except in a field or on a button. */
  listen() {
    addEventListener("keydown", (event) => {
      const action = { " ": "space", Backspace: "backspace", z: event.ctrlKey || event.metaKey ? "undo" : "" }[event.key];
      if (!action || event.target.closest("button, input, select, a, summary, video")) return;
      event.preventDefault();
      this.edit({ action });
    });
  }
}
