// A room's events over its websocket: reconnects, resumes after the last event, and reports to the server when letters
// were painted.

import { keep, read } from "./access.js";
import { answerPing, reportPainted } from "./clock.js";

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 3000;
/** The server pings every other second at least. Without packets from the network a connection never ends. */
const SILENT_MS = 5000;
// Close codes after which reconnecting cannot succeed: unknown token, unknown room.
const REFUSED = [4401, 4404];

/** How long this browser keeps a token that does not expire: as long as a link is valid. */
const TOKEN_KEPT_MS = 30 * 24 * 3600 * 1000;

/**
 * Room and token from the page's fragment (`#room=main&token=…`). They move to this browser's storage and leave the
 * address bar, so that a screenshot or a shared screen does not show the token; an admitted browser can return by the
 * bare address, as from a bookmark, until the token ends. A token that can edit is kept for this tab only.
 */
export function takeAccess(key, fallbackRoom = "main") {
  const given = new URLSearchParams(location.hash.slice(1));
  const kept = read(key);
  const access = {
    room: given.get("room") || (given.has("token") ? null : kept?.room) || fallbackRoom,
    token: given.get("token") || kept?.token || "",
  };
  if (given.has("token") || given.has("room")) {
    const { until, viewsOnly } = terms(access.token);
    // Where storage is off the address stays as it is and still works after a reload.
    if (keep(key, { ...access, until }, { tabOnly: !viewsOnly })) {
      history.replaceState(null, "", location.pathname + location.search);
    }
  }
  return access;
}

/** End and rights of a token `g1.<rights>.<room>.<holder>.<expires>.<mac>`; the view token of the settings has no end. */
function terms(token) {
  const [version, rights, , , expires] = token.split(".");
  if (version !== "g1") return { until: Date.now() + TOKEN_KEPT_MS, viewsOnly: true };
  return { until: 1000 * Number(expires), viewsOnly: rights === "v" };
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
      // Half of the wait is random: viewers of a restarted server do not all reconnect at once.
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
