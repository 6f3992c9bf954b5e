// Captions over a stream's picture. Query: font, size, lines, align, position, color, background, fade; the view token, if
// one is needed, in the fragment: /overlay/main?size=5vh&lines=2#token=…

import { takeAccess, watchCaptions } from "./captions.js";
import { rowsOf } from "./rows.js";

const asked = new URLSearchParams(location.search);
const element = document.getElementById("lines");
const room = decodeURIComponent(location.pathname.split("/").pop());
const { token } = takeAccess(`streamsign.view.${room}`, room);
const rows = Math.min(10, Math.max(1, Number(asked.get("lines")) || 2));
const fadeMs = 1000 * (asked.has("fade") ? Math.max(0, Number(asked.get("fade")) || 0) : 5);
let timer = 0;
let shownUntil = 0;

const pick = (name, allowed, usual) => (allowed.includes(asked.get(name)) ? asked.get(name) : usual);
document.body.dataset.position = pick("position", ["top", "middle", "bottom"], "bottom");
element.style.textAlign = pick("align", ["left", "center", "right"], "center");
// The browser ignores values that are not a color, size or font, so an address can only change the appearance.
if (asked.has("font")) element.style.fontFamily = asked.get("font");
if (asked.has("size")) element.style.fontSize = asked.get("size");
if (asked.has("color")) element.style.color = asked.get("color");

function show(text, fresh) {
  const line = document.createElement("span");
  line.textContent = rowsOf(text).slice(-rows).join("\n");
  if (asked.has("background")) line.style.background = asked.get("background");
  element.replaceChildren(...(line.textContent ? [line] : []));
  element.classList.toggle("gone", !fresh);
  clearTimeout(timer);
  if (fresh && fadeMs) timer = setTimeout(() => element.classList.add("gone"), fadeMs);
}

watchCaptions({
  room,
  token,
  onEvent(event) {
    if (event.type === "hello") {
      shownUntil = event.replay === "resume" ? shownUntil : event.last_seq;
      if (event.replay !== "resume") show(event.text, fadeMs === 0);
    } else if ((event.type === "letter" || event.type === "edit") && event.seq > shownUntil) {
      shownUntil = event.seq;
      if (!event.session || event.type === "letter") show(event.text, true); // the end of a word shows nothing new
    }
  },
  onConnection(state, detail) {
    if (state === "refused") show(detail, true);
  },
});
