// The overlay studio: builds the address of a room's overlay and shows it live.

import { AwayBanner } from "./away.js";
import { watchCaptions } from "./captions.js";
import { offerLink } from "./copying.js";
import { signIn } from "./login.js";
import { notice } from "./notice.js";
import { OverlayLook } from "./overlay-look.js";
import { Replay } from "./replay.js";

const SAMPLE = "HELLO HOW ARE YOU ";
const LETTER_MS = 350;
const PAUSE_MS = 4000;

const $ = (id) => document.getElementById(id);
const form = $("look");
const look = new OverlayLook($("overlay"), $("lines"));
const replay = new Replay();
let host = null;
let typing = 0; // the sample's timer, until a letter comes
let typed = 0;

/** The query of the overlay's address: what differs from the usual look. */
function query() {
  const asked = new URLSearchParams();
  const put = (name, value) => asked.set(name, value);
  for (const name of ["font", "size", "lines", "fade", "position", "align", "color"]) {
    const field = form.elements[name];
    if (field.value && field.value !== usual(field)) put(name, name === "size" ? `${field.value}vh` : field.value);
  }
  const { ground, solid, by } = form.elements;
  if (ground.value !== usual(ground) || solid.value !== usual(solid)) {
    const parts = ground.value.match(/[^#]{2}/g).map((part) => parseInt(part, 16));
    put("background", `rgb(${parts.join(" ")} / ${solid.value}%)`);
  }
  if (by.checked) put("by", "word");
  return asked;
}

function usual(field) {
  return field.options ? field.options[0].value : field.defaultValue;
}

/** Fill the form from a query, such as that of an address which was made before. */
function fill(asked) {
  for (const [name, value] of asked) {
    const field = form.elements[name];
    if (name === "by") field.checked = value === "word";
    else if (name === "background") {
      const parts = value.match(/[\d.]+/g) ?? [];
      if (parts.length !== 4) continue;
      form.elements.ground.value = `#${parts.slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
      form.elements.solid.value = parts[3];
    } else if (field) field.value = name === "size" ? parseFloat(value) : value;
  }
}

function draw() {
  const asked = query();
  const { size, lines, fade, solid } = form.elements;
  const words = [
    [size, `${size.value} % of the height`],
    [lines, lines.value],
    [fade, fade.value === "0" ? "Never" : `After ${fade.value} s`],
    [solid, solid.value === "0" ? "Transparent" : `${solid.value} %`],
  ];
  for (const [field, text] of words) field.parentElement.querySelector("output").textContent = text;
  look.apply(asked, "cqh");
  look.text = null;
  look.show(typing ? SAMPLE.slice(0, typed) : $("overlay").dataset.text ?? "", true);
  if (!host) return;
  const address = new URL(`/overlay/${encodeURIComponent(host.room)}`, location.href);
  address.search = asked;
  $("address").value = `${address.href}#token=${host.view_token}`;
  if (host.room !== "main") asked.set("room", host.room);
  history.replaceState(null, "", String(asked) ? `?${asked}` : location.pathname);
}

/** Sign the sample letter by letter; all at once for who wants no motion. */
function sample() {
  const done = typed === SAMPLE.length;
  typed = done ? 1 : typed + 1;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) typed = SAMPLE.length;
  look.show(SAMPLE.slice(0, typed), true);
  typing = setTimeout(sample, typed === SAMPLE.length ? 1000 * Number(form.elements.fade.value) + PAUSE_MS : LETTER_MS);
}

function live(event) {
  if (replay.repeats(event) || (event.type !== "letter" && event.type !== "edit")) return;
  clearTimeout(typing);
  typing = 0;
  $("overlay").dataset.text = event.text;
  look.show(event.text, true);
}

const wish = new URLSearchParams(location.search);
const room = wish.get("room") ?? "main";
wish.delete("room");
fill(wish);
form.addEventListener("input", draw);
form.addEventListener("reset", () => setTimeout(draw));
$("behind").addEventListener("change", () => (document.querySelector(".frame").dataset.ground = $("behind").value));
sample();
draw();
await signIn().catch(() => {});
const response = await fetch(`/api/host?room=${encodeURIComponent(room)}`).catch(() => null);
if (response?.ok) {
  host = await response.json();
  $("room").textContent = host.room === "main" ? "" : host.room;
  $("host").href = host.room === "main" ? "/" : `/?room=${encodeURIComponent(host.room)}`;
  $("captions").href = `/view/${encodeURIComponent(host.room)}`;
  offerLink($("address"), $("copy"));
  draw();
  const banner = new AwayBanner();
  watchCaptions({
    room: host.room,
    onEvent: live,
    onConnection: (state) => banner.show(state === "reconnecting"),
  });
} else {
  $("copy").disabled = true;
  if (response?.status === 403) notice("Only the owner of this server can open this page.", "Open the link that the terminal shows, then Export and share.");
  else if (response) notice("No room has that name.", "A room's name is 1 to 64 letters, digits, - or _.");
  else notice("streamsign does not respond.", "Restart it on this computer and reload the page.");
}
