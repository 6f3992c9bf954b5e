// The caption page: one room's text, large, for anybody who watches.

import { Board } from "./board.js";
import { takeAccess, watchCaptions } from "./captions.js";

const ZOOM = { least: 0.4, most: 1.8, step: 0.2 };

const $ = (id) => document.getElementById(id);
const room = decodeURIComponent(location.pathname.split("/").pop());
const { token } = takeAccess(`streamsign.view.${room}`, room);
const board = new Board({ text: $("text"), said: $("said"), glyph: $("glyph"), sure: $("sure") });
const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", refused: "Rejected" };

$("room").textContent = `Captions · ${room}`;
document.title = `${room} · streamsign captions`;

let zoom = 1;
try {
  zoom = Number(localStorage.getItem("streamsign.zoom")) || 1;
} catch { /* storage is off: the size is not kept */ }
function magnify(by) {
  zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, zoom + by));
  document.body.style.setProperty("--zoom", String(zoom));
  try {
    localStorage.setItem("streamsign.zoom", String(zoom));
  } catch { /* not kept */ }
}
magnify(0);
$("smaller").addEventListener("click", () => magnify(-ZOOM.step));
$("larger").addEventListener("click", () => magnify(ZOOM.step));

watchCaptions({
  room,
  token,
  onEvent: (event) => board.show(event),
  onConnection(state, detail) {
    $("connection").dataset.state = state === "refused" ? "error" : state;
    $("connection").textContent = WORDS[state];
    if (state !== "refused") return;
    $("notice").hidden = false;
    $("notice").querySelector("strong").textContent = "This link does not open the captions.";
    $("notice").querySelector("span").textContent = `${detail} Ask the person who runs streamsign for the viewer link.`;
  },
});
