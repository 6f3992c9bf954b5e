// The caption page: one room's text, large, for viewers and for a wall.

import { forget, titleOf } from "./access.js";
import { AwayBanner, interrupted } from "./away.js";
import { Board } from "./board.js";
import { keepAwake } from "./camera.js";
import { takeAccess, watchCaptions } from "./captions.js";
import { offerLink } from "./copying.js";
import { offerFullScreen } from "./full-screen.js";
import { prefer, preference } from "./preferences.js";

const ZOOM = { least: 0.4, most: 1.8, step: 0.2 };
/** Time without a touch after which a full screen shows the text alone. */
const IDLE_MS = 3000;
const LOOK = "view";

const $ = (id) => document.getElementById(id);
const room = decodeURIComponent(location.pathname.split("/").pop());
const KEY = `streamsign.view.${room}`;
const { token } = takeAccess(KEY, room);
const board = new Board({ text: $("text"), said: $("said"), glyph: $("glyph") });
const ASK = "Ask the person who runs streamsign for the viewer link.";
const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", refused: "Rejected" };

function call(title) {
  $("room").textContent = `Captions · ${title}`;
  document.title = `${title} · streamsign captions`;
}
call(room);

let look = { zoom: 1, contrast: "", font: "sans" };
try {
  look = { ...look, ...JSON.parse(preference(LOOK)) };
} catch { /* nothing is kept, or something else: the usual look */ }

/** However large the text becomes, its end stays in view. */
function showNewest() {
  $("text").scrollTop = $("text").scrollHeight;
}

function change(wish) {
  look = { ...look, ...wish };
  look.zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, look.zoom));
  document.body.style.setProperty("--zoom", String(look.zoom));
  document.body.dataset.contrast = look.contrast;
  document.body.dataset.font = look.font;
  $("contrast").setAttribute("aria-pressed", String(look.contrast === "high"));
  $("font").value = look.font;
  showNewest();
  prefer(LOOK, JSON.stringify(look));
}
change({});
$("smaller").addEventListener("click", () => change({ zoom: look.zoom - ZOOM.step }));
$("larger").addEventListener("click", () => change({ zoom: look.zoom + ZOOM.step }));
$("contrast").addEventListener("click", () => change({ contrast: look.contrast ? "" : "high" }));
$("font").addEventListener("change", () => change({ font: $("font").value }));
new ResizeObserver(showNewest).observe($("text"));

offerFullScreen($("fullscreen"));
let idle = 0;
function touched() {
  document.body.dataset.idle = "false";
  clearTimeout(idle);
  idle = setTimeout(() => (document.body.dataset.idle = "true"), IDLE_MS);
}
for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, touched);
touched();

/** The link that opens this page elsewhere; only for whoever may hand it on. */
async function offerSharing() {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(`/rooms/${encodeURIComponent(room)}/view-link`, { headers }).catch(() => null);
  if (!response?.ok) return;
  const { url, qr_svg } = await response.json();
  $("qr").src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(qr_svg)}`;
  $("address").value = url;
  $("share").hidden = false;
}
offerLink($("address"), $("copy-address"));
$("share").addEventListener("click", () => {
  $("link").hidden = !$("link").hidden;
  $("share").setAttribute("aria-expanded", String(!$("link").hidden));
});

let sleep = null;
const banner = new AwayBanner();
const paused = new AwayBanner("Captions are interrupted.", "They continue when the service recovers.");
watchCaptions({
  room,
  token,
  onEvent(event) {
    board.show(event);
    if (event.type === "status" && event.state !== "closed") paused.banner.hidden = !interrupted(event);
  },
  onConnection(state, detail) {
    $("connection").dataset.state = state === "refused" ? "error" : state;
    $("connection").textContent = WORDS[state];
    banner.show(state === "reconnecting");
    if (state !== "live") paused.banner.hidden = true;
    if (state === "live") {
      if (!sleep) offerSharing();
      titleOf({ room, token }).then(call); // it may have been renamed meanwhile
      sleep ??= keepAwake(); // a wall is not touched
    }
    if (state !== "refused") return;
    sleep?.();
    forget(KEY);
    for (const useless of [$("text"), $("link"), document.querySelector(".sizes")]) useless.hidden = true;
    $("notice").hidden = false;
    $("notice").querySelector("strong").textContent = "This link does not open the captions.";
    $("notice").querySelector("span").replaceChildren(detail, " ", ASK);
  },
});
