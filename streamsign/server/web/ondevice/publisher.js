// Reads the letters on this phone: no video leaves it. Used like the Publisher of whip.js.

import { Trouble } from "../camera.js";
import { ON_PHONE } from "../phone-key.js";
import { Outbox } from "./outbox.js";

const LETTERS_EVERY_MS = 125;
const FRAMES_IN_MEAN = 20;

/** The cache of offline.js, what is kept in it, and what of that no script loads. */
const CACHE = "streamsign-phone-1";
const KEPT = /^\/(phone$|phone\/|static\/|on-device$|on-device\/(graphs|runtime)\/)/;
const OTHERS = ["/phone", "/phone/reader.js", "/phone/app.webmanifest", "/static/favicon.svg"];

/**
 * Options as of whip.js's Publisher, and `video`, the element that shows the camera.
 * `onFrame(ms)`: how long a frame takes to be read, the mean of the last ones.
 */
export class OnDevicePublisher {
  constructor(options) {
    Object.assign(this, options, {
      wanted: false, key: ON_PHONE, hand: null, worker: null, busy: false, changing: false,
      seq: 0, text: "", ms: null, frames: 0, shownMs: 0, lastS: 0,
    });
    this.leave = () => this.outbox?.close();
    this.back = (event) => event.persisted && this.#openOutbox();
  }

  /** Load everything, from the computer or from what was kept of an earlier visit. */
  async open() {
    const headers = { Authorization: `Bearer ${this.token}` };
    const response = await fetch(`/on-device?${new URLSearchParams({ room: this.room })}`, { headers }).catch(() => null);
    const body = await response?.json().catch(() => null);
    if (!response?.ok) {
      throw new Trouble(
        body?.detail ?? "The files for reading on this phone cannot be loaded.",
        body?.next_step ?? "Check the connection to the computer.", { lasting: false },
      );
    }
    this.info = body;
    this.worker = new Worker("/phone/reader.js");
    await new Promise((ready, failed) => {
      const fail = (problem) => {
        this.worker.terminate(); // it holds the networks that it has loaded
        failed(new Trouble(
          "This browser cannot read the letters itself.", problem || "Use a recent version of Chrome, Firefox, Edge or Safari.",
          { lasting: false },
        ));
      };
      this.worker.onerror = (event) => fail(event.message);
      this.worker.onmessage = ({ data }) => {
        if (data.type !== "ready") return fail(data.problem);
        keepOffline([...data.loaded, response.url], headers);
        ready();
      };
      this.worker.postMessage({ type: "open", info: body, room: this.room, token: this.token });
    });
    this.worker.onmessage = ({ data }) => this.#take(data);
    return this;
  }

  start() {
    if (this.wanted) return;
    this.wanted = true;
    addEventListener("pagehide", this.leave);
    addEventListener("pageshow", this.back);
    const { letters, model } = this.info;
    this.onEvent({ type: "hello", model, letters, log_id: "phone", last_seq: 0, replay: "start", text: "" });
    this.onState("live", "");
    this.#openOutbox();
    if (this.hand) this.choose(this.hand);
    this.#next();
  }

  choose(hand) {
    this.hand = hand;
    this.worker?.postMessage({ type: "choose", hand });
  }

  /** The video element shows the new track already. */
  replace() {}

  stop() {
    this.wanted = false;
    removeEventListener("pagehide", this.leave);
    removeEventListener("pageshow", this.back);
    this.outbox?.close();
    this.worker?.terminate();
    this.worker = null;
    this.onState("closed", "");
  }

  #openOutbox() {
    this.outbox = new Outbox({
      room: this.room, token: this.token, others: this.others ?? "refuse",
      onRoom: ({ text, model, adapted }) => {
        this.#room(text);
        if (model !== this.info.model || adapted !== this.info.adapted) this.#changeModel();
      },
      onRefused: (problem) => this.#refused(problem),
    });
    this.outbox.start();
  }

  /** Another model was chosen, or the room was adapted to its signer: read so. */
  async #changeModel() {
    if (this.changing) return;
    this.changing = true;
    this.worker.terminate();
    try {
      await this.open();
      const { letters, model } = this.info;
      this.onEvent({ type: "model", model, letters });
      if (this.hand) this.choose(this.hand);
    } catch (error) {
      this.onTrouble(error);
    }
    this.changing = this.busy = false;
  }

  #next() {
    const frame = (now, metadata) => this.wanted && this.#frame(metadata?.captureTime ?? now);
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(frame);
    else requestAnimationFrame(frame);
  }

  /** Give the worker this frame if it has read the one before: only the newest frame is read. */
  async #frame(at) {
    this.#next();
    if (this.busy || this.changing || !this.video.videoWidth) return;
    this.busy = true;
    this.lastS = Math.max(this.lastS, (performance.timeOrigin + at) / 1000);
    try {
      const image = await createImageBitmap(this.video);
      this.worker?.postMessage({ type: "frame", image, at_s: this.lastS }, [image]);
    } catch {
      this.busy = false; // the camera is being changed
    }
  }

  #take(message) {
    this.busy = false;
    if (!this.wanted) return;
    if (message.type === "failed") {
      this.onTrouble(new Trouble("Reading on this phone has failed.", message.problem));
      return;
    }
    const { reading, commit, pause, ms } = message;
    this.ms = this.ms === null ? ms : this.ms + (ms - this.ms) / FRAMES_IN_MEAN;
    this.onEvent({ type: "hand", framing: "auto", box: reading.box, hint: reading.hint, captured_s: reading.captured_s });
    this.frames += 1;
    if (this.frames % FRAMES_IN_MEAN === 1) this.onFrame(Math.round(this.ms));
    if (performance.now() - this.shownMs >= LETTERS_EVERY_MS) {
      this.shownMs = performance.now();
      this.onEvent({ type: "partial", session: this.outbox.session, ...reading });
    }
    const { box, ...shown } = reading;
    this.outbox.show(shown);
    const ended = [commit && ["letter", commit], pause && ["pause", pause]].filter(Boolean);
    for (const [type, event] of ended.sort((one, other) => one[1].started_s - other[1].started_s)) {
      this.outbox.add(type, event);
      if (type === "letter") {
        const text = event.replaces ? this.text.trimEnd().slice(0, -event.replaces) : this.text;
        this.#write(text + event.letter, event);
      } else if (this.text && !/\s$/.test(this.text)) this.#write(this.text + (event.ends === "word" ? " " : "\n"));
    }
  }

  #write(text, letter = null) {
    this.text = text;
    const event = { seq: (this.seq += 1), session: this.outbox.session, text };
    if (letter) this.onEvent({ type: "letter", ...event, ...letter });
    else this.onEvent({ type: "edit", ...event, action: "write" });
  }

  /** The room's text, which others may have changed, once it holds all letters of this phone. */
  #room(text) {
    if (!this.outbox.waiting && text !== this.text) this.#write(text);
  }

  #refused(problem) {
    if (problem === false) return this.onState("live", "");
    if (problem === null) return this.onState("live", "The computer does not respond. The letters are kept and sent later.");
    if (problem.reason === "occupied" || problem.reason === "occupied_by_source") {
      return this.onTrouble(Object.assign(new Trouble(problem.detail, problem.next_step), { occupied: problem.reason }));
    }
    this.onTrouble(new Trouble(problem.detail, problem.next_step, { lasting: problem.status === 401 }));
  }
}

/** Keep the page and what it has loaded in this browser, so that it reads letters without the computer as well. */
async function keepOffline(loaded, headers) {
  if (!navigator.serviceWorker || !self.caches) return;
  try {
    await navigator.serviceWorker.register("/phone/offline.js", { scope: "/phone" });
    const cache = await caches.open(CACHE);
    const resources = performance.getEntriesByType("resource").map(({ name }) => name);
    const own = (url) => url.origin === location.origin && KEPT.test(url.pathname);
    const urls = [...OTHERS, ...loaded, ...resources].map((name) => new URL(name, location.origin)).filter(own);
    const places = new Set(urls.map((url) => url.pathname + (url.pathname.startsWith("/on-device") ? url.search : "")));
    for (const place of places) {
      const forever = /^\/on-device\/(graphs|runtime)\//.test(place);
      if (forever && (await cache.match(place))) continue;
      const response = await fetch(place, { headers });
      if (response.ok) await cache.put(place, response);
    }
    for (const request of await cache.keys()) { // graphs of an earlier model, files of an earlier version
      const { pathname, search } = new URL(request.url);
      if (!places.has(pathname) && !places.has(pathname + search)) await cache.delete(request);
    }
    dispatchEvent(new Event("kept"));
  } catch { /* a certificate that this phone does not trust, or no space: it reads with the computer only */ }
}
