// A room's events over its websocket: comes back by itself after a break, asks only for what it missed, and tells the
// server when letters were painted here.

import { answerPing, reportPainted } from "./clock.js";

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 3000;
/** The server pings every other second at least. On a network that loses everything no connection ever ends by itself. */
const SILENT_MS = 5000;
// Close codes after which coming back would end the same way: no such token, no such room.
const REFUSED = [4401, 4404];

/**
 * Room and token from the page's fragment (`#room=main&token=…`). They move to this browser's storage and leave the
 * address bar, so that a screenshot or a shared screen does not give the token away; whoever was let in once may come
 * back by the bare address, as from a bookmark.
 */
export function takeAccess(key, fallbackRoom = "main") {
  const given = new URLSearchParams(location.hash.slice(1));
  const kept = read(key);
  const access = {
    room: given.get("room") || (given.has("token") ? null : kept.room) || fallbackRoom,
    token: given.get("token") || kept.token || "",
  };
  if (given.has("token") || given.has("room")) {
    try {
      localStorage.setItem(key, JSON.stringify(access));
      history.replaceState(null, "", location.pathname + location.search);
    } catch { /* storage is off: the address stays as it is and still works after a reload */ }
  }
  return access;
}

/** The token is refused: the next visit asks without it. */
export function forgetAccess(key) {
  try {
    localStorage.removeItem(key);
  } catch { /* storage is off: nothing is kept */ }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) || {};
  } catch {
    return {};
  }
}

/**
 * Watch a room until `close()`.
 * @param {{room: string, token?: string, onEvent: (event: object) => void,
 *          onConnection: (state: "connecting"|"live"|"reconnecting"|"refused", detail: string) => void}} wish
 */
export function watchCaptions({ room, token = "", onEvent, onConnection }) {
  let socket = null;
  let logId = null;
  let lastSeq = null;
  let retryMs = FIRST_RETRY_MS;
  let timer = 0;
  let silence = 0;
  let ended = false;

  function open() {
    clearTimeout(timer);
    const url = new URL(`/captions/${encodeURIComponent(room)}`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("reports", "1");
    if (logId !== null) {
      url.searchParams.set("after", String(lastSeq));
      url.searchParams.set("log_id", logId);
    }
    const opened = token ? new WebSocket(url, ["streamsign.v2", `token.${token}`]) : new WebSocket(url);
    const send = (text) => opened.readyState === WebSocket.OPEN && opened.send(text);
    let replayUntil = 0;
    const left = (code, reason) => {
      if (ended || socket !== opened) return;
      clearTimeout(silence);
      if (REFUSED.includes(code)) {
        ended = true;
        onConnection("refused", reason);
        return;
      }
      socket = null;
      onConnection("reconnecting", reason);
      // Half of the wait is random: viewers of a restarted server do not all come back at once.
      timer = setTimeout(open, retryMs * (0.5 + Math.random() / 2));
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
    };
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        left(0, "");
        opened.close(); // ends at once for us; the browser may wait long for the other side
      }, SILENT_MS);
    };
    socket = opened;
    // Without a token only the owner's cookie may let this page in. An empty one is answered at once either way.
    opened.onopen = () => token || send(JSON.stringify({ type: "auth", token: "" }));
    listen();
    opened.onmessage = (message) => {
      if (socket !== opened) return;
      listen();
      const event = JSON.parse(message.data);
      if (answerPing(event, send)) return;
      if (event.type === "hello") {
        replayUntil = event.last_seq;
        retryMs = FIRST_RETRY_MS;
        if (event.replay !== "resume") lastSeq = 0;
        logId = event.log_id;
        onConnection("live", "");
      } else if (event.seq !== undefined) {
        if (event.seq <= lastSeq) return;
        lastSeq = event.seq;
      }
      onEvent(event);
      if (event.type === "letter" && event.seq > replayUntil) reportPainted(event.seq, send);
    };
    opened.onclose = ({ code, reason }) => left(code, reason);
  }

  function hurry() {
    if (!ended && socket === null) {
      retryMs = FIRST_RETRY_MS;
      open();
    }
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  onConnection("connecting", "");
  open();
  return {
    close() {
      ended = true;
      clearTimeout(timer);
      clearTimeout(silence);
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      socket?.close();
    },
  };
}
