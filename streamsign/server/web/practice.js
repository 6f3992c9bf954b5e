// Practice: shows a letter or a word, tells which letter it sees, times and scores.

import { Camera } from "./camera.js";
import { Drill } from "./drill.js";
import { Guide } from "./guide.js";
import { language } from "./i18n.js";
import { signIn } from "./login.js";
import { Publisher } from "./whip.js";

const PAUSE_MS = 900;
const STATES = { connecting: "Connecting", live: "Live", stalled: "No picture", reconnecting: "Reconnecting", closed: "Stopped" };

const $ = (id) => document.getElementById(id);
const guide = new Guide({ stage: $("stage"), video: $("preview"), outline: $("guide"), hint: $("hint") });
let drill = null;
let plan = null;
/** A room of this page alone: practice changes no other room's text. */
const ROOM = `practice-${crypto.getRandomValues(new Uint32Array(1))[0].toString(16)}`;

let host = null;
let camera = null;
let publisher = null;
let target = "";
let done = 0; // letters of the target that were read right
let missed = false;
let shownMs = 0;
let resting = false; // a moment between two tasks

function notice(problem, nextStep = "") {
  $("notice").hidden = !problem;
  $("notice").querySelector("strong").textContent = problem || "";
  $("notice").querySelector("span").textContent = nextStep;
}

function ask() {
  target = drill.next($("words").getAttribute("aria-pressed") === "true");
  done = 0;
  resting = false;
  begin();
}

function begin() {
  missed = false;
  shownMs = performance.now();
  const mark = (text, kind) => Object.assign(document.createElement("span"), { textContent: text, className: kind });
  $("target").replaceChildren(mark(target.slice(0, done), "done"), mark(target[done], "now"), mark(target.slice(done + 1), ""));
  $("target").setAttribute("aria-label", target);
  const drawn = plan.drawn.includes(target[done]);
  $("drawn").hidden = !drawn;
  $("not-drawn").hidden = drawn;
  if (!drawn) return;
  $("drawn").src = `/practice/hand/${target[done]}.png`;
  $("drawn").alt = `A rendered hand that makes the letter ${target[done]}`;
}

function read(letter) {
  if (resting) return;
  const wanted = target[done];
  if (plan.starts[wanted]?.includes(letter)) return; // the first shape of a letter that is drawn
  if (letter !== wanted) {
    missed = true;
    $("verdict").dataset.right = "false";
    $("verdict").textContent = `streamsign reads ${letter}. Compare your hand with the picture.`;
    return;
  }
  const ms = Math.round(performance.now() - shownMs);
  drill.tried(wanted, !missed, ms);
  score();
  $("verdict").dataset.right = "true";
  $("verdict").textContent = `${wanted} after ${(ms / 1000).toFixed(1)} s${missed ? "" : ", first try"}.`;
  done += 1;
  if (done < target.length) return begin();
  resting = true;
  setTimeout(ask, PAUSE_MS);
}

function score() {
  const known = Object.entries(drill.known).sort(([, one], [, other]) => one.share - other.share);
  const tries = known.reduce((sum, [, each]) => sum + each.tries, 0);
  let told = "No letters yet. Letters that are easily confused come first.";
  if (tries) told = tries === 1 ? "1 letter practiced." : `${tries} letters practiced.`;
  $("score").textContent = told;
  $("progress").replaceChildren(...known.map(([letter, each]) => {
    const item = document.createElement("li");
    const bar = document.createElement("i");
    bar.style.transform = `scaleX(${each.share.toFixed(2)})`;
    const words = `${letter} ${Math.round(100 * each.share)} % · ${(each.ms / 1000).toFixed(1)} s`;
    item.append(Object.assign(document.createElement("span"), { textContent: words }), bar);
    return item;
  }));
}

function hear(event) {
  guide.show(event);
  if (event.type === "letter" && !(event.seq <= hear.known)) read(event.letter);
  if (event.type === "hello") hear.known = event.replay === "resume" ? 0 : event.last_seq;
  if (event.type === "partial") {
    $("seen").textContent = event.letter ? `Read: ${event.letter}, ${Math.round(100 * event.confidence)} %` : "No letter is read.";
  }
}

function trouble(error) {
  notice(error?.message ?? "", error?.nextStep ?? "");
  if (error?.lasting) stop();
}

function stop() {
  publisher?.stop();
  camera?.close();
  camera = publisher = null;
  $("stage").hidden = true;
  $("start").textContent = "Start the camera";
}

async function start() {
  if (camera) return stop();
  notice("");
  publisher = new Publisher({
    room: ROOM, token: host.publish_token, onEvent: hear, onTrouble: trouble,
    onState(state) {
      $("connection").dataset.state = state;
      $("connection").textContent = STATES[state];
    },
  });
  camera = new Camera($("preview"), (track) => {
    $("stage").hidden = false;
    $("stage").classList.toggle("mirrored", camera?.mirrored ?? true);
    guide.reset();
    if (publisher?.wanted) publisher.replace(track);
  }, trouble);
  $("start").textContent = "Stop the camera";
  try {
    publisher.start(await camera.open());
    $("verdict").textContent = "Sign the letter.";
    begin();
  } catch (error) {
    trouble(error);
    stop();
  }
}

async function json(url) {
  const response = await fetch(url).catch(() => null);
  return response?.ok ? response.json() : null;
}

await signIn().catch(() => {});
host = await json(`/api/host?room=${ROOM}`); // its token opens this room alone
plan = await json(`/practice/plan?lang=${language}`);
if (!host || !plan) {
  $("start").disabled = true;
  notice("Only the owner of this server can practice.", "Open the link that the terminal shows, then press Practice.");
} else {
  drill = new Drill(plan, localStorage);
  $("start").addEventListener("click", start);
  $("skip").addEventListener("click", ask);
  $("skip").disabled = false;
  $("words").hidden = plan.words.length === 0;
  $("words").addEventListener("click", () => {
    $("words").setAttribute("aria-pressed", String($("words").getAttribute("aria-pressed") !== "true"));
    ask();
  });
  $("forget").addEventListener("click", () => {
    drill.forget();
    score();
  });
  score();
  ask();
}
