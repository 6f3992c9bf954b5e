// Recording hands: consent first, then a countdown and a take for each letter, then a review of what is stored.

import { read as keptAccess } from "./access.js";
import { HandAdaptation } from "./adapt-hand.js";
import { watchServer } from "./away.js";
import { Camera, keepAwake } from "./camera.js";
import { forgetCheck, offerCheck } from "./check-hands.js";
import { counted } from "./counted.js";
import { Guide } from "./guide.js";
import { HandPictures } from "./hands.js";
import { load } from "./i18n.js";
import { signIn } from "./login.js";
import { notice, refused } from "./notice.js";
import { prefer, preference } from "./preferences.js";
import { StoredHands } from "./stored-hands.js";
import { Publisher } from "./whip.js";

const TAKE_S = 3;
const COUNTDOWN_S = 3;
const SIGNER = "collect.signer";
const STATES = { connecting: "Connecting", live: "Live", stalled: "No picture", reconnecting: "Reconnecting", closed: "Stopped" };
/** What is asked for, one round of all letters each. */
const PROMPTS = {
  "": "Hold the letter as usual.", near: "Hold the hand nearer to the camera.", far: "Hold the hand farther from the camera.",
  left: "Hold the hand at the left of the picture.", right: "Hold the hand at the right of the picture.",
  light: "Change the light: turn to a window, or away from it.", side: "Turn the hand a little to the side.",
};
const REASONS = {
  no_hand: "No hand was found. Hold it up and in view.", cut_off: "The hand is at the edge. Move it to the middle.",
  blurred: "The hand is blurred. Hold it still, or add light.", repeated: "The pictures repeat earlier ones. Move the hand a little.",
};

const $ = (id) => document.getElementById(id);
const guide = new Guide({ stage: $("stage"), video: $("preview"), outline: $("guide"), hint: $("hint") });
const phone = keptAccess("streamsign.phone");
let byPhone = location.hash === "#phone" && Boolean(phone); // else the owner's cookie is tried first
const own = () => (byPhone ? { Authorization: `Bearer ${phone.token}` } : {});
let adaptation = null;
const stored = new StoredHands({
  headers: own, list: $("pictures"), status: $("stored"), how: $("how"), more: $("more"), save: $("export"), everything: $("delete-all"),
  onSigners: (signers) => adaptation?.draw(signers),
  onDeleted() {
    consented = null; // the server has ended it
    prefer(SIGNER, "");
    stop();
    notice();
    forgetCheck();
    $("result").textContent = "";
  },
});

const room = new URLSearchParams(location.search).get("room") ?? "main";
let pictures = null;
const LABEL = new RegExp(`^${$("letters").dataset.label}$`, "u"); // the server's rule
let reads = []; // letters of the model
let letters = [];
let tasks = []; // [letter, prompt] to come; the first is shown
let camera = null;
let publisher = null;
let made = null; // the room of this page's camera, and the token for it
let consented = null; // the camera's session that the signer agreed for
let recording = false;
let running = 0; // number of the run of takes; a later one ends an earlier one
let sleep = () => {};

/** What the server answers the owner's browser, or this phone with its token; null where it refuses. */
async function ours(url, method = "GET", as = "json") {
  const response = await fetch(url, { method, headers: own() }).catch(() => null);
  if (response?.status === 403 && phone && !byPhone) {
    byPhone = true;
    return ours(url, method, as);
  }
  return response?.ok ? response[as]() : null;
}

/** The part of the interface that belongs to this page's camera; its session's address is the secret. */
function ofCamera(part, method, body) {
  return fetch(`/api/collect/${publisher?.key}/${part}`, {
    method,
    headers: { Authorization: `Bearer ${made.publish_token}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    keepalive: method === "DELETE",
  }).catch(() => null);
}

/** The letters that are typed, as the model names those it knows; null, and the reason is shown, if one cannot be a label. */
function typed() {
  const known = (each) => reads.find((letter) => letter.toLowerCase() === each.toLowerCase()) ?? each;
  const given = $("letters").letters.value.split(/\s+/).filter(Boolean).map(known);
  const wrong = given.find((each) => !LABEL.test(each));
  const again = given.find((each, place) => given.indexOf(each) < place);
  if (wrong) notice(`'${[...wrong].slice(0, 40).join("")}' cannot be a letter.`, $("rule").textContent);
  else if (again) notice(`'${again}' is listed twice.`, "List each letter once.");
  else notice();
  return wrong || again ? null : given;
}

function plan(named) {
  letters = named;
  tasks = Object.keys(PROMPTS).flatMap((prompt) => letters.map((letter) => [letter, prompt]));
  show();
}

function show() {
  const [letter, prompt] = tasks[0] ?? ["", ""];
  $("target").textContent = letter;
  $("prompt").textContent = letter ? PROMPTS[prompt] : "All letters are recorded. Look at the pictures below, or record them all again.";
  $("go").disabled = !consented;
  $("clock").textContent = letter ? `Takes left: ${tasks.length}` : "";
  $("drawn").hidden = true;
  const drawn = pictures.drawn.includes(letter);
  $("not-drawn").hidden = drawn || !letter;
  if (drawn) pictures.show($("drawn"), letter, () => tasks[0]?.[0] === letter);
}

async function seconds(count, said, run) {
  for (let left = count; left > 0 && run === running; left -= 1) {
    $("clock").textContent = said(left);
    await new Promise((later) => setTimeout(later, 1000));
  }
}

/** Record letter after letter until the person pauses, or there is none left. */
async function record() {
  if (!tasks.length) plan(letters);
  const run = ++running;
  recording = true;
  $("go").textContent = "Pause";
  while (run === running && tasks.length && consented) {
    show();
    await seconds(COUNTDOWN_S, (left) => `${left}`, run);
    if (run !== running) return;
    const task = tasks[0];
    const [letter, prompt] = task;
    $("stage").classList.add("recording");
    const [response] = await Promise.all([
      ofCamera("takes", "POST", { letter, prompt, seconds: TAKE_S }),
      seconds(TAKE_S, (left) => `● ${left} s`, run),
    ]);
    $("stage").classList.remove("recording");
    if (!(await result(response, letter))) break;
    tasks = tasks.filter((each) => each !== task); // the tasks may have changed during the take
  }
  if (run === running) pause();
}

/** Show what was stored of a take; returns whether recording may continue. */
async function result(response, letter) {
  const answer = await response?.json().catch(() => null);
  if (!response?.ok) {
    if (consented) refused(answer);
    return false;
  }
  const count = answer.pictures.length;
  const worst = Object.entries(answer.dropped).sort(([, one], [, other]) => other - one)[0]?.[0];
  $("result").textContent = count ? `${counted(count, "picture")} of ${letter} stored.` : REASONS[worst] ?? "No picture was stored.";
  notice("");
  await stored.draw();
  return true;
}

function pause() {
  running += 1;
  recording = false;
  $("go").textContent = "Record";
  show();
}

async function stop() {
  if (consented) ofCamera("consent", "DELETE");
  consented = null;
  pause();
  publisher?.stop();
  camera?.close();
  sleep();
  camera = publisher = null;
  sleep = () => {};
  $("record").hidden = true;
  $("consent").hidden = false;
  $("agreed").checked = false;
  $("agree").disabled = true;
  $("same-person").hidden = !preference(SIGNER);
}

function trouble(error) {
  notice(error?.message ?? "", error?.nextStep ?? "");
  if (error?.lasting) stop();
}

/** The camera sends: tell the server that its signer agreed. A camera that was connected again is another session. */
async function consent() {
  if (consented === publisher.session) return;
  if (consented) return stop(); // who is before the camera now has not agreed
  const signer = $("same").checked && preference(SIGNER);
  const response = await ofCamera("consent", "POST", { agreed: true, room, ...(signer && { signer }) });
  const answer = await response?.json().catch(() => null);
  if (!response?.ok) {
    refused(answer);
    return stop();
  }
  prefer(SIGNER, answer.signer);
  consented = publisher?.session ?? null;
  show();
}

async function agree() {
  notice("");
  $("agree").disabled = true;
  made = await ours("/practice/room", "POST");
  if (!made) {
    $("agree").disabled = false;
    return notice("The computer does not respond.", "Check that streamsign is running, then start the camera again.");
  }
  $("consent").hidden = true;
  $("record").hidden = false;
  publisher = new Publisher({
    room: made.room, token: made.publish_token, onEvent: (event) => guide.show(event), onTrouble: trouble,
    onState(state) {
      $("connection").dataset.state = state;
      $("connection").textContent = STATES[state];
      if (state === "live") consent();
    },
  });
  camera = new Camera($("preview"), (track) => {
    $("stage").classList.toggle("mirrored", camera?.mirrored ?? true);
    $("drawn").classList.toggle("turned", camera?.mirrored ?? true);
    guide.reset();
    if (publisher?.wanted) publisher.replace(track);
  }, trouble);
  try {
    publisher.start(await camera.open());
    sleep = keepAwake();
  } catch (error) {
    trouble(error);
    stop();
  }
}

await load("hand");
watchServer(() => !publisher); // a camera that sends has its own connection
await signIn().catch(() => {});
const known = await ours("/practice/plan");
if (!known) {
  notice("This browser is not paired.", "Scan the QR code on the computer's screen, or open the link that the terminal shows.");
} else {
  if (byPhone) Object.assign($("back"), { href: "/phone", textContent: "Camera" });
  else offerCheck(stored);
  adaptation = new HandAdaptation({ room: byPhone ? phone.room : room, headers: own });
  pictures = new HandPictures((letter) => ours(`/practice/hand/${letter}.webp`, "GET", "blob"), known.drawn);
  const held = known.letters.filter((letter) => !(letter in known.starts)); // a drawn letter has more than one shape
  reads = known.letters;
  $("letters").letters.value = held.join(" ");
  plan(held);
  $("agreed").addEventListener("change", () => ($("agree").disabled = !$("agreed").checked));
  $("agree").addEventListener("click", agree);
  $("go").addEventListener("click", () => (recording ? pause() : record()));
  $("skip").addEventListener("click", () => {
    tasks.push(...tasks.splice(0, 1));
    show();
  });
  $("stop").addEventListener("click", stop);
  $("letters").addEventListener("submit", (event) => {
    event.preventDefault();
    const named = typed();
    if (!named?.length) return;
    pause();
    $("letters").letters.value = named.join(" ");
    plan(named);
  });
  addEventListener("pagehide", () => consented && ofCamera("consent", "DELETE"));
  $("same-person").hidden = !preference(SIGNER);
  stored.draw();
}
