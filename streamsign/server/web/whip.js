// Sends a camera track to the server by WHIP (RFC 9725) and hears the letters on a data channel of the same connection.

import { Trouble } from "./camera.js";
import { openClockChannel } from "./clock.js";
import { answering, noVideo, unanswered } from "./reach.js";

const GATHER_MS = 500;
const CONNECT_MS = 10_000;
/** A connection that has not come up by then is reported; it may still come. */
const PATIENCE_MS = 4500;
const LOST_MS = 3000;
/** The computer pings twice a second. One that was killed says no goodbye, and ICE notices it late. */
const SILENT_MS = 1500;
/** After a shorter silence the server is asked for the session: it knows at once that the session's worker was killed. */
const ASK_MS = 750;
/** A connection that another one follows is closed by the computer once it reads that one. */
const LEAVE_MS = 5000;
/** An offer without an answer is given up. */
const ANSWER_MS = 4000;
const RETRY_MS = 1000;
const MAX_BITRATE = 1_500_000;
const MAX_FRAMERATE = 30;

/** What a camera wants if another device's sends into its room: see `others` of POST /whip. */
const ASK = "refuse";

/**
 * One camera's connection, renewed by itself with a new WHIP session whenever it breaks; the page is never reloaded.
 * `onState(state, detail)`: connecting, live, stalled, reconnecting, closed. `onTrouble(trouble)`: what needs a person.
 * `onEvent(event)`: what the room's websocket would say too.
 */
export class Publisher {
  constructor({ room, token, others = ASK, onState, onEvent, onTrouble }) {
    Object.assign(this, { room, token, others, onState, onEvent, onTrouble });
    this.track = null;
    this.wanted = false;
    this.attempt = 0;
    this.iceServers = [];
    this.letters = null;
    this.hand = null;
    this.connection = null;
    this.live = false;
    this.lost = false; // since it was live last
    this.former = null; // the connection that sends while this camera moves to another worker
    this.location = null;
    this.session = null; // what the room's events call this camera
    this.timers = new Set();
  }

  start(track) {
    this.track = track;
    if (this.wanted) return;
    this.wanted = true;
    this.ending = new AbortController();
    const { signal } = this.ending;
    const hurry = () => !this.live && document.visibilityState === "visible" && this.#restart();
    addEventListener("pagehide", () => this.#forget(true), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#restart(), { signal });
    addEventListener("online", hurry, { signal });
    document.addEventListener("visibilitychange", hurry, { signal });
    this.onState("connecting", "");
    this.#restart();
  }

  /** The last part of the session's address, which only this page knows; empty without a session. */
  get key() {
    return this.location?.split("/").pop() ?? "";
  }

  /** Which of two hands is read: "raised", or "left" or "right" as the camera sees them. */
  choose(hand) {
    this.hand = hand;
    if (this.letters?.readyState === "open") this.letters.send(JSON.stringify({ type: "choose", hand }));
  }

  /** Send another track instead, on the connection there is. */
  async replace(track) {
    this.track = track;
    const sender = this.connection?.getSenders().find((one) => one.track?.kind === "video" || one.track === null);
    if (sender) await sender.replaceTrack(track).catch(() => this.#broke(this.attempt, "The camera was replaced."));
  }

  stop() {
    this.wanted = false;
    this.ending?.abort();
    this.#forget(false);
    this.former?.connection.close();
    this.former = null;
    this.onState("closed", "");
  }

  #restart() {
    this.#forget(false);
    const attempt = ++this.attempt;
    this.#connect(attempt).catch((error) => {
      if (attempt !== this.attempt || !this.wanted) return;
      if (error instanceof Trouble) {
        this.onTrouble(error);
        if (error.lasting) return this.wanted && this.stop();
      }
      this.#broke(attempt, error.message);
    });
  }

  async #connect(attempt) {
    if (this.lost) await answering();
    if (attempt !== this.attempt) return;
    const connection = new RTCPeerConnection({ iceServers: this.iceServers, bundlePolicy: "max-bundle" });
    this.connection = connection;
    const current = () => attempt === this.attempt && this.wanted;
    const moving = this.former?.connection.connectionState === "connected";
    this.#listen(connection, attempt);
    const transceiver = connection.addTransceiver(this.track, {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: MAX_BITRATE, maxFramerate: MAX_FRAMERATE }],
    });
    preferH264OnApple(transceiver);
    await connection.setLocalDescription();
    await gathered(connection);
    if (!current()) return;

    const answer = await this.#post(connection.localDescription.sdp, moving);
    if (!current()) {
      remove(answer.location, this.token, true); // stopped meanwhile: nobody else knows this session
      return;
    }
    this.location = answer.location;
    this.session = answer.session;
    this.etag = answer.etag;
    const known = this.iceServers.length > 0;
    this.iceServers = answer.iceServers; // a relay's credentials end: the next session begins with the newest
    if (answer.iceServers.length && !known) return this.#restart(); // gathered without them: once more, with them
    await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await setQuality(transceiver.sender);
    const pending = () => current() && connection.connectionState !== "connected";
    this.#later(PATIENCE_MS, () => pending() && this.onTrouble(noVideo(this.iceServers.length > 0)));
    this.#later(CONNECT_MS, () => {
      if (!pending()) return;
      this.#broke(attempt, "No network path for the video was found.");
    });
  }

  #listen(connection, attempt) {
    const current = () => attempt === this.attempt && this.wanted;
    connection.onconnectionstatechange = () => {
      if (!current()) return;
      const state = connection.connectionState;
      if (state === "connected") {
        this.live = true;
        const { former } = this;
        this.former = null;
        setTimeout(() => former?.connection.close(), LEAVE_MS);
        this.lost = false;
        heard();
        this.onTrouble(null);
        this.onState("live", "");
      } else if (state === "failed" || state === "closed") {
        this.#broke(attempt, "The connection was lost.");
      } else if (state === "disconnected") {
        this.onState("stalled", "No response from the computer.");
        this.#later(LOST_MS, () => {
          if (current() && connection.connectionState !== "connected") this.#broke(attempt, "The connection was lost.");
        });
      }
    };
    let waits = [];
    const lost = () => this.#broke(attempt, "The connection was lost.");
    const heard = () => {
      for (const timer of waits) {
        clearTimeout(timer);
        this.timers.delete(timer);
      }
      if (!current() || !this.live) return;
      waits = [this.#later(SILENT_MS, lost), this.#later(ASK_MS, async () => (await this.#ended()) && lost())];
    };
    openClockChannel(connection).addEventListener("message", heard);
    const channel = connection.createDataChannel("letters");
    channel.addEventListener("message", heard);
    this.letters = channel;
    channel.onopen = () => current() && this.hand && this.choose(this.hand); // a new session knows of no wish
    channel.onmessage = (message) => {
      if (!current()) return;
      const event = JSON.parse(message.data);
      if (event.type === "quality") return setQuality(connection.getSenders()[0], event);
      if (event.type === "move") return this.#move();
      // Other cameras in the room have theirs: this one's own former session, too, until the computer gives it up.
      if (event.type === "status" && event.session === this.session && event.state !== "closed") {
        this.onState(event.state, event.detail);
      }
      this.onEvent(event);
    };
    channel.onclose = () => current() && this.#broke(attempt, "The computer closed the connection.");
  }

  async #post(sdp, moving) {
    let response;
    try {
      const query = new URLSearchParams({ room: this.room, others: this.others, former: (moving ? this.former : this).session ?? "", moving });
      response = await fetch(`/whip?${query}`, {
        method: "POST",
        headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${this.token}` },
        body: sdp,
        signal: AbortSignal.timeout?.(ANSWER_MS),
      });
    } catch {
      throw unanswered();
    }
    if (response.status === 201) {
      if (this.others !== "allow") this.others = ASK; // who takes over later is asked in turn
      return {
        sdp: await response.text(),
        location: new URL(response.headers.get("Location"), response.url).href,
        session: response.headers.get("Streamsign-Session"),
        etag: response.headers.get("ETag"),
        iceServers: iceServersOf(response.headers.get("Link") ?? ""),
      };
    }
    const problem = await response.json().catch(() => null); // problem details, RFC 9457
    if (response.status === 409) throw Object.assign(new Trouble(problem.detail, problem.next_step), { occupied: problem.reason });
    if (problem?.reason === "disconnected") throw new Trouble(problem.detail, problem.next_step);
    if (response.status === 401 || response.status === 403) {
      throw new Trouble(
        "The computer does not accept this phone's session. It has expired or was revoked.",
        "Scan the QR code on the computer's screen again.",
      );
    }
    if (response.status === 503) {
      const full = ["busy", "full"].includes(problem?.reason);
      throw new Trouble(
        full ? "The computer has reached its limit of cameras." : "The service takes no camera at present.",
        full ? "Stop another camera. This one connects automatically." : "Retrying automatically.",
        { lasting: false },
      );
    }
    throw new Trouble(
      String(problem?.detail ?? "").slice(0, 300) || `The computer rejected the video (${response.status}).`,
      response.status >= 500 ? "Retrying automatically." : "Update the browser, or use another one.",
      { lasting: response.status < 500 },
    );
  }

  /** Whether the server answers that it does not have the session. An empty list of candidates changes nothing. */
  async #ended() {
    if (!this.location) return false;
    const headers = { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": this.etag, Authorization: `Bearer ${this.token}` };
    const response = await fetch(this.location, { method: "PATCH", headers, body: "" }).catch(() => null);
    return response?.status === 404;
  }

  /** Connect to another worker. The present connection sends until the new one is read. */
  #move() {
    if (!this.live || this.former) return;
    this.former = { connection: this.connection, session: this.session };
    this.connection = this.location = null;
    this.#restart();
  }

  #broke(attempt, detail) {
    if (attempt !== this.attempt || !this.wanted) return;
    const wasLive = this.live; // at once: another worker may be there
    this.#forget(false);
    this.lost = true;
    this.onState("reconnecting", detail);
    this.#later(wasLive ? 0 : RETRY_MS, () => this.#restart());
  }

  /** Close what there is and tell the server. With the page on its way out only a keepalive request still leaves. */
  #forget(leaving) {
    this.attempt += 1;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    const { connection, location } = this;
    this.connection = this.location = null;
    this.live = false;
    if (location) remove(location, this.token, leaving);
    connection?.close();
  }

  #later(milliseconds, act) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, milliseconds);
    this.timers.add(timer);
    return timer;
  }
}

function remove(location, token, keepalive) {
  const headers = { Authorization: `Bearer ${token}` };
  fetch(location, { method: "DELETE", headers, keepalive }).catch(() => {}); // gone already, or noticed by its silence
}

export async function gathered(connection) {
  if (connection.iceGatheringState === "complete") return;
  await new Promise((done) => {
    setTimeout(done, GATHER_MS);
    connection.addEventListener("icegatheringstatechange", () => connection.iceGatheringState === "complete" && done());
  });
}

/** iPhones encode H264 in hardware; everywhere else the browser's own order is best. */
function preferH264OnApple(transceiver) {
  const apple = /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  const codecs = RTCRtpSender.getCapabilities?.("video")?.codecs;
  if (!apple || !codecs || !transceiver.setCodecPreferences) return;
  const isH264 = (codec) => /h264/i.test(codec.mimeType);
  transceiver.setCodecPreferences([...codecs.filter(isH264), ...codecs.filter((codec) => !isH264(codec))]);
}

/** What to send at most; the computer asks for less while it is busy, and for more when it no longer is. */
async function setQuality(sender, { max_framerate = MAX_FRAMERATE, scale_down = 1 } = {}) {
  const parameters = sender.getParameters();
  parameters.degradationPreference = "maintain-resolution"; // fewer pictures rather than mushy fingers
  for (const encoding of parameters.encodings ?? []) {
    encoding.maxBitrate = MAX_BITRATE;
    encoding.maxFramerate = max_framerate;
    encoding.scaleResolutionDownBy = scale_down;
  }
  await sender.setParameters(parameters).catch(() => {}); // a wish: browsers without it still send
}

/** ICE servers in a Link header as RFC 9725 writes them: `<turn:host>; rel="ice-server"; username="…"; credential="…"`. */
export function iceServersOf(header) {
  const servers = [];
  for (const [, urls, rest] of header.matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+=(?:"[^"]*"|[^,;]*))*)/g)) {
    const fields = Object.fromEntries([...rest.matchAll(/([\w-]+)=(?:"([^"]*)"|([^,;]*))/g)].map((f) => [f[1], f[2] ?? f[3]]));
    if (fields.rel !== "ice-server") continue;
    servers.push(fields.username ? { urls, username: fields.username, credential: fields.credential } : { urls });
  }
  return servers;
}
