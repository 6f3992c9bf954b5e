// Letters on their way to the room: kept until the computer has confirmed them, also when the page is closed.

import { unixSeconds } from "../clock.js";

const SEND_MS = 1000; // also without letters: the computer shows that this phone reads
const SOON_MS = 60;
const TIMEOUT_MS = 5000;
const MOST = 64; // events in one request, as the server allows
/** Events that wait for the computer at most; beyond it the oldest are given up. It is a day of signing. */
const MOST_KEPT = 5000;
const APART_S = 0.001; // events have times of their own: session and time identify an event, so none counts twice

const randomName = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function ownStorage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/**
 * `onRoom({ text })`: what the computer answered. `onRefused(problem)`: problem details, or null while there is no answer;
 * false as long as it accepts.
 */
export class Outbox {
  constructor({ room, token, others, onRoom, onRefused, storage = ownStorage() }) {
    Object.assign(this, { room, token, others, onRoom, onRefused, storage, key: `streamsign-letters-${room}` });
    const kept = this.#kept();
    // Events that were confirmed are gone; those that were not keep their session, so that the computer knows them.
    this.state = kept?.events.length ? kept : { session: randomName(), offsetS: null, newestS: 0, events: [] };
    this.reading = null;
    this.timer = 0;
    this.sending = false;
    this.closed = false;
  }

  get session() {
    return this.state.session;
  }

  get waiting() {
    return this.state.events.length;
  }

  start() {
    this.#later(0);
  }

  /** Queue a letter or a pause, timed on this phone's clock. */
  add(type, event) {
    const { state } = this;
    state.newestS = Math.max(event.captured_s, state.newestS + APART_S);
    state.events.push({ type, ...event, captured_s: state.newestS });
    if (state.events.length > MOST_KEPT) state.events.shift();
    this.#keep();
    this.#later(SOON_MS);
  }

  /** The present reading, which is sent with the next request and not kept. */
  show(reading) {
    this.reading = reading;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    if (!this.sending) this.#send({ ended: true, keepalive: true }).catch(() => {});
  }

  #kept() {
    try {
      return JSON.parse(this.storage.getItem(this.key));
    } catch {
      return null;
    }
  }

  #keep() {
    try {
      this.storage.setItem(this.key, JSON.stringify(this.state));
    } catch { /* storage is off: the letters are kept while the page is open */ }
  }

  #later(ms) {
    if (this.closed || this.sending) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#turn(), ms);
  }

  async #turn() {
    this.sending = true;
    try {
      await this.#send();
    } catch {
      this.onRefused(null);
    }
    this.sending = false;
    this.#later(this.waiting && this.answered ? SOON_MS : SEND_MS);
  }

  async #send({ ended = false, keepalive = false } = {}) {
    const { state } = this;
    const moved = (event) => ({
      ...event, captured_s: event.captured_s + state.offsetS,
      ...("started_s" in event && { started_s: Math.min(event.started_s, event.captured_s) + state.offsetS }),
    });
    // Before the first answer nothing is known of the computer's clock.
    const sent = state.offsetS === null ? [] : state.events.slice(0, MOST);
    const reading = this.reading && state.offsetS !== null ? moved(this.reading) : null;
    const askedS = unixSeconds();
    this.answered = false;
    const query = new URLSearchParams({ room: this.room, others: this.others });
    const response = await fetch(`/on-device/letters?${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ session: state.session, events: sent.map(moved), reading, ended }),
      keepalive,
      signal: AbortSignal.timeout?.(TIMEOUT_MS),
    });
    const body = await response.json();
    if (!response.ok) {
      if (response.status >= 500) throw new Error(body.detail); // a proxy in front of a server that is away
      return this.onRefused(body);
    }
    this.answered = true;
    if (this.others !== "allow") this.others = "refuse";
    state.offsetS ??= body.now_s - (askedS + unixSeconds()) / 2;
    const confirmedS = sent.at(-1)?.captured_s ?? -Infinity;
    state.events = state.events.filter((event) => event.captured_s > confirmedS);
    this.#keep();
    this.onRefused(false);
    this.onRoom(body);
  }
}
