// Practice: shows a letter or a word beside the own picture, says what is read and how to change it, and scores.

import { read as keptAccess } from "./access.js";
import { adviceFor, howDrawn } from "./advice.js";
import { watchServer } from "./away.js";
import { Camera, keepAwake } from "./camera.js";
import { Drill } from "./drill.js";
import { Feedback } from "./feedback.js";
import { Guide } from "./guide.js";
import { HandPictures } from "./hands.js";
import { language, say as translated } from "./i18n.js";
import { signIn } from "./login.js";
import { notice } from "./notice.js";
import { prefer, preference } from "./preferences.js";
import { showProgress } from "./progress.js";
import { Replay } from "./replay.js";
import { Publisher } from "./whip.js";

const PAUSE_MS = 900;
const CHEER_MS = 2200;
const MINUTE_MS = 60_000;
const CONFETTI = 14;
const LEFT = "practice.left";
const STATES = { connecting: "Connecting", live: "Live", stalled: "No picture", reconnecting: "Reconnecting", closed: "Stopped" };

const $ = (id) => document.getElementById(id);
const modes = [...document.querySelectorAll("[data-mode]")];
const guide = new Guide({ stage: $("stage"), video: $("preview"), outline: $("guide"), hint: $("hint") });
const feedback = new Feedback();
const replay = new Replay();
const phone = keptAccess("streamsign.phone");
let byPhone = location.hash === "#phone" && Boolean(phone); // else the owner's cookie is tried first

let reached = true; // whether the last request was answered
let drill = null;
let plan = null;
let pictures = null;
let camera = null;
let publisher = null;
let sleep = () => {};

let mode = "letters";
let pair = ""; // the two letters that are practiced alone, with a space between them
let target = []; // letters
let done = 0; // letters of the target that were read right
let mistakes = []; // read instead of the present letter
let helped = false; // the hand was shown on request
let shownMs = 0;
let beganMs = 0; // the word
let resting = false; // a moment between two tasks
let pausing = 0;
let round = null; // the minute that runs: { endMs, right, timer }

function say(text, kind = "", advice = "") {
  $("verdict").dataset.right = kind;
  $("verdict").textContent = text;
  $("advice").textContent = advice;
}

function ask() {
  clearTimeout(pausing);
  const words = plan.words.length ? plan.words : plan.letters;
  target = drill.spelled(drill.next(mode === "words" ? words : pair ? pair.split(" ") : plan.letters));
  done = 0;
  resting = false;
  beganMs = performance.now();
  $("target").classList.remove("cheer");
  pictures.fetch(target);
  begin();
}

function begin() {
  mistakes = [];
  helped = false;
  shownMs = performance.now();
  $("target").replaceChildren(...target.map((letter, place) => {
    const kind = place < done ? "done" : place === done ? "now" : "";
    return Object.assign(document.createElement("span"), { textContent: letter, className: kind });
  }));
  $("target").setAttribute("aria-label", target.join(""));
  showHand();
}

function showHand() {
  const letter = target[done];
  const known = plan.drawn.includes(letter);
  const recall = $("memory").getAttribute("aria-pressed") === "true" && !helped;
  $("show").hidden = !recall;
  $("not-drawn").hidden = recall || known;
  $("not-drawn").textContent = known ? "" : howDrawn(letter);
  $("drawn").hidden = true;
  if (recall || !known) return;
  pictures.show($("drawn"), letter, () => letter === target[done] && $("show").hidden);
}

/** The picture of a right hand is turned for a left one, and for a preview that shows the own hand as a mirror does. */
function turnHand() {
  const left = $("left").getAttribute("aria-pressed") === "true";
  const mirror = camera?.track ? camera.mirrored : true;
  $("drawn").classList.toggle("turned", left !== mirror);
}

function read(letter) {
  if (resting) return;
  const wanted = target[done];
  if (plan.starts[wanted]?.includes(letter)) return; // the first shape of a letter that is drawn
  if (letter !== wanted) {
    mistakes.push(letter);
    const other = $("show").hidden ? "Compare your hand with the picture." : "Press Show the hand if you need it.";
    return say(`That reads as ${letter}.`, "false", adviceFor(wanted, letter) || other);
  }
  const ms = Math.round(performance.now() - shownMs);
  drill.tried(wanted, mistakes, ms, helped);
  feedback.letter();
  if (round) round.right += 1;
  score();
  say(`${wanted} after ${(ms / 1000).toFixed(1)} s.`, "true");
  done += 1;
  if (done < target.length) return begin();
  $("target").replaceChildren(...target.map((each) => (
    Object.assign(document.createElement("span"), { textContent: each, className: "done" }))));
  if (target.length > 1) {
    say(`${target.join("")} spelled in ${((performance.now() - beganMs) / 1000).toFixed(1)} s.`, "true");
    return rest(cheer());
  }
  rest(round ? 300 : PAUSE_MS);
}

function rest(ms) {
  resting = true;
  pausing = setTimeout(ask, ms);
}

/** Letters hop and paper flies; a person who wants less motion sees the word in color. */
function cheer() {
  $("target").classList.add("cheer");
  [...$("target").children].forEach((each, place) => each.style.setProperty("--place", place));
  for (let piece = 0; piece < CONFETTI; piece += 1) {
    const paper = document.createElement("i");
    paper.style.setProperty("--turn", `${(360 * piece) / CONFETTI}deg`);
    $("target").append(paper);
  }
  return CHEER_MS;
}

function choose(next) {
  endRound();
  mode = next;
  pair = "";
  for (const each of modes) each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
  score();
  if (mode === "minute") {
    if ($("connection").dataset.state !== "live") say("Start the camera. The minute begins with the picture.");
    else beginRound();
  }
  ask();
}

function beginRound() {
  round = { endMs: performance.now() + MINUTE_MS, right: 0, timer: setInterval(tick, 250) };
  say("Sign as many letters as you can in one minute.");
  tick();
}

function tick() {
  const seconds = Math.max(0, Math.ceil((round.endMs - performance.now()) / 1000));
  $("clock").hidden = false;
  $("clock").textContent = `${seconds} s · ✓ ${round.right}`;
  if (seconds > 0) return;
  const { right } = round;
  const best = drill.minuteEnded(right);
  choose("letters");
  say(`One minute: ${right}.`, "true", best ? "That is your best." : "Press One minute to try again.");
  clearTimeout(pausing);
  $("target").replaceChildren(Object.assign(document.createElement("span"), { textContent: String(right), className: "done" }));
  if (best) cheer();
  rest(CHEER_MS);
}

function endRound() {
  clearInterval(round?.timer);
  round = null;
  $("clock").hidden = true;
}

function score() {
  showProgress(drill, pair, (wanted) => {
    choose("letters");
    pair = wanted;
    score();
    ask();
  });
}

function hear(event) {
  guide.show(event);
  if (!replay.repeats(event) && event.type === "letter") read(event.letter);
}

function trouble(error) {
  notice(error?.message ?? "", error?.nextStep ?? "");
  if (error?.lasting) stop();
}

function stop() {
  publisher?.stop();
  camera?.close();
  sleep();
  camera = publisher = null;
  sleep = () => {};
  if (round) choose("letters");
  $("stage").hidden = $("stop").hidden = true;
  $("start").hidden = false;
}

async function start() {
  feedback.wake();
  notice("");
  $("start").disabled = true;
  const made = await ours("/practice/room", "POST");
  if (!made) {
    $("start").disabled = false;
    return notice("The computer does not respond.", "Check that streamsign is running, then start the camera again.");
  }
  publisher = new Publisher({
    room: made.room, token: made.publish_token, onEvent: hear, onTrouble: trouble,
    onState(state) {
      $("connection").dataset.state = state;
      $("connection").textContent = STATES[state];
      if (state === "live" && mode === "minute" && !round) choose("minute");
    },
  });
  camera = new Camera($("preview"), (track) => {
    $("stage").hidden = $("stop").hidden = false;
    $("start").hidden = true;
    $("stage").classList.toggle("mirrored", camera?.mirrored ?? true);
    guide.reset();
    turnHand();
    if (publisher?.wanted) publisher.replace(track);
  }, trouble);
  try {
    publisher.start(await camera.open());
    sleep = keepAwake();
    if (mode !== "minute") say("Sign the letter.");
    begin();
  } catch (error) {
    trouble(error);
    stop();
  } finally {
    $("start").disabled = false;
  }
}

/** What the server answers the owner's browser, or this phone with its token; null where it refuses. */
async function ours(url, method = "GET", as = "json") {
  const headers = byPhone ? { Authorization: `Bearer ${phone.token}` } : {};
  const response = await fetch(url, { method, headers }).catch(() => null);
  reached = Boolean(response);
  if (response?.status === 403 && phone && !byPhone) {
    byPhone = true;
    return ours(url, method, as);
  }
  return response?.ok ? response[as]() : null;
}

function switchOf(button, changed) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    changed();
  });
}

watchServer(() => !publisher); // a camera that sends has its own connection
await signIn().catch(() => {});
plan = await ours(`/practice/plan?lang=${language}`);
if (!plan && !reached) {
  notice("The computer does not respond.", "Check that streamsign is running, then reload the page.");
} else if (!plan) {
  notice("This browser is not paired.", "Scan the QR code on the computer's screen, or open the link that the terminal shows.");
} else {
  if (byPhone) Object.assign($("back"), { href: "/phone", textContent: "Camera" });
  drill = new Drill(plan, { getItem: preference, setItem: prefer });
  pictures = new HandPictures((letter) => ours(`/practice/hand/${letter}.webp`, "GET", "blob"), plan.drawn);
  $("start").addEventListener("click", start);
  $("stop").addEventListener("click", stop);
  $("skip").addEventListener("click", ask);
  $("show").addEventListener("click", () => {
    helped = true;
    showHand();
  });
  for (const each of modes) each.addEventListener("click", () => choose(each.dataset.mode));
  modes[1].hidden = plan.words.length === 0;
  switchOf($("memory"), begin);
  $("left").setAttribute("aria-pressed", preference(LEFT, "false"));
  switchOf($("left"), () => {
    prefer(LEFT, $("left").getAttribute("aria-pressed"));
    turnHand();
  });
  $("forget").addEventListener("click", () => {
    if (!confirm(translated("Delete all progress in this browser? This cannot be undone."))) return;
    drill.forget();
    score();
  });
  for (const button of document.querySelectorAll("main button")) button.disabled = false;
  turnHand();
  score();
  ask();
  pictures.fetchAll();
}
