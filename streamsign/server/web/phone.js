// The phone page: sends the camera by WHIP and receives the letters on the same connection.

import { shownTitle, titleOf } from "./access.js";
import { interrupted, watchServer } from "./away.js";
import { Board } from "./board.js";
import { Camera, checkBrowser, keepAwake, Trouble } from "./camera.js";
import { Editor } from "./editing.js";
import { Feedback } from "./feedback.js";
import { Guide } from "./guide.js";
import { ALL, ModelChoice } from "./models.js";
import { notice } from "./notice.js";
import { Occupied } from "./occupied.js";
import { ownRoom, takeSession } from "./pairing.js";
import { prefer, preference } from "./preferences.js";
import { UnknownShape } from "./unknown.js";
import { Publisher } from "./whip.js";
import { WordHelp } from "./words.js";

/** The server's text for a camera without a problem. */
const NORMAL = "The camera is on.";
const STATES = {
  connecting: "Connecting", live: "Live", stalled: "No video arrives", reconnecting: "Reconnecting", closed: "Stopped",
};

// A signer faces the camera: their right hand is on the left of the picture.
const HANDS = [
  { choice: "left", words: "Right hand" }, { choice: "right", words: "Left hand" }, { choice: "raised", words: "Raised hand" },
];
const HAND = "hand";
const WHERE = "where";

const $ = (id) => document.getElementById(id);
let access = null;
const board = new Board({
  text: $("text"), said: $("said"), glyph: $("glyph"), sure: $("sure"), sharp: $("sharp"),
  guide: $("guide"),
});
const guide = new Guide({ stage: $("stage"), video: $("preview"), outline: $("guide"), hint: $("hint") });
const feedback = new Feedback();
let hand = HANDS.find(({ choice }) => choice === preference(HAND)) ?? null;
let mirrored = null; // as the person wished; null: as the camera faces
let camera = null;
let publisher = null;
let keys = () => {};
let help = null;
let enter = () => {}; // moves the keys to another room
const occupied = new Occupied($("occupied"), chooseRoom, () => access.canEdit);
let shown = null; // the connection that shows the picture on the computer
let sleep = () => {};
const where = $(WHERE);
let fellBack = null; // why the computer reads although the phone was to
let phoneMs = 0;
let computerMs = 0;

function pill(state, words) {
  $("connection").dataset.state = state;
  $("connection").textContent = words;
}

function trouble(error) {
  error ??= fellBack;
  if (error?.occupied) {
    stop();
    pill("closed", "Not started");
    $("welcome").hidden = true;
    return occupied.show(error);
  }
  notice(error?.message, error?.nextStep);
  if (error && (error.lasting ?? true)) {
    stop();
    pill("error", "Stopped");
  }
}

/** Which of two hands is read: the next one, or as chosen on this phone before. Until a choice the computer decides. */
function chooseHand({ next }) {
  if (next) hand = HANDS[(HANDS.indexOf(hand) + 1) % HANDS.length];
  if (!hand) return;
  prefer(HAND, hand.choice);
  $("hand").textContent = hand.words;
  publisher?.choose(hand.choice);
}

function newTrack(track) {
  mirror();
  $("torch").hidden = !camera.hasTorch;
  $("torch").setAttribute("aria-pressed", "false");
  guide.reset();
  if (publisher?.wanted) publisher.replace(track);
  shown?.getSenders()[0].replaceTrack(track);
}

/** The computer asks for the picture: it goes there from browser to browser. */
async function showPicture(look) {
  const { showTo } = await import("./look.js");
  hidePicture();
  const connection = shown = await showTo(look, publisher);
  connection.onconnectionstatechange = () => {
    if (connection === shown) $("shown").hidden = connection.connectionState !== "connected";
  };
}

function hidePicture() {
  shown?.close();
  shown = null;
  $("shown").hidden = true;
}

function mirror() {
  const on = mirrored ?? camera.mirrored;
  $("stage").classList.toggle("mirrored", on);
  $("mirror").setAttribute("aria-pressed", String(on));
}

/** How long the last letter took from the camera to being read, where the clocks of phone and computer are known. */
function delay(ledger) {
  if (ledger?.captured_s == null || ledger.published_s == null) return;
  const ms = Math.max(0, Math.round(1000 * (ledger.published_s - ledger.captured_s)));
  computerMs = ms;
  const words = ms < 600 ? "Some delay" : "High delay: the network is slow";
  if (phoneMs) $("delay").textContent = `The computer: ${ms} ms to the letter · this phone: ${phoneMs} ms a frame`;
  else $("delay").textContent = ms < 200 ? "" : `${words} · ${ms} ms from the camera to the letter`;
}

/** How long this phone takes to read a frame. */
function frameTook(ms) {
  phoneMs = ms;
  const other = computerMs ? `the computer: ${computerMs} ms to the letter` : "no video is sent";
  $("delay").textContent = `This phone: ${ms} ms a frame · ${other}`;
}

/** What reads the letters, as chosen; the computer where this phone cannot. */
async function publisherFor(options) {
  if (where.value !== "phone") return new Publisher(options);
  pill("connecting", "Loading");
  try {
    const { OnDevicePublisher } = await import("/static/ondevice/publisher.js");
    return await new OnDevicePublisher({ ...options, video: $("preview"), onFrame: frameTook }).open();
  } catch (error) {
    fellBack = error.nextStep
      ? error
      : new Trouble("The files for reading on this phone cannot be loaded.", "Check the connection to the computer.", { lasting: false });
    trouble();
    return new Publisher(options);
  }
}

/** A temporary problem with a key. The camera continues. */
function notDone(problem, nextStep) {
  trouble(problem ? { message: problem, nextStep, lasting: false } : null);
}

/** The signer's keys: only for a phone whose pairing allows them; the publish token alone only sends. */
function signersKeys() {
  $("signer").hidden = !access.canEdit;
  if (!access.canEdit) return () => {};
  const editor = new Editor({ ...access, onTrouble: notDone });
  help = new WordHelp(editor, $("words"), () => publisher?.key ?? "");
  const models = new ModelChoice($("model"), notDone, access.token);
  const unknown = new UnknownShape($("unknown"), models);
  enter = (other) => {
    editor.enter(other);
    models.enter(other.token);
  };
  editor.offer(document.querySelectorAll("[data-edit]"));
  return (event) => {
    if (event.type === "hello" || event.type === "model") models.show(event.model);
    unknown.show(event);
    if (!("text" in event)) return;
    editor.text = event.text;
    help.changed();
  };
}

/** Which letters this model knows. */
function showLetters({ letters }) {
  const few = letters.length < ALL;
  $("reads").textContent = few ? `This model reads ${letters.join(" ")}` : "";
}

/** The person's choice in a room in which another camera sends. */
async function chooseRoom(others) {
  $("welcome").hidden = false;
  if (!others) return;
  if (others !== "own") return start(others);
  try {
    access = await ownRoom(access);
  } catch (error) {
    return trouble(error);
  }
  enter(access);
  showRoom();
  start();
}

async function showRoom() {
  const title = access.canEdit ? await titleOf(access) : access.room;
  $("room").textContent = shownTitle({ room: access.room, title });
}

/** `others`: what becomes of another camera in the room; without, the person is asked. */
async function start(others) {
  feedback.wake();
  fellBack = null;
  trouble(null);
  $("occupied").hidden = true;
  $("start").disabled = true;
  pill("connecting", "Requesting the camera");
  const options = {
    ...access,
    others,
    onTrouble: trouble,
    onEvent(event) {
      if (event.type === "look") return showPicture(event);
      board.show(event);
      guide.show(event);
      keys(event);
      if (event.type === "hello" || event.type === "model") showLetters(event);
      if (event.type !== "letter" || board.replaying(event)) return;
      delay(event.ledger);
      feedback.letter();
    },
    onState(state, detail) {
      if (state === "live") help?.learning?.connected();
      pill(state, interrupted({ state, detail }) ? "Interrupted" : STATES[state]);
      $("detail").textContent = detail;
      $("detail").hidden = !detail || detail === NORMAL;
    },
  };
  const opened = camera = new Camera($("preview"), newTrack, trouble);
  try {
    const track = await camera.open();
    $("welcome").hidden = true;
    $("live").hidden = false;
    sleep = keepAwake();
    const chosen = await publisherFor(options);
    if (camera !== opened) return chosen.stop(); // stopped meanwhile
    publisher = chosen;
    chooseHand({ next: false });
    publisher.start(opened.track ?? track);
  } catch (error) {
    trouble(error);
  } finally {
    $("start").disabled = false;
  }
}

function stop() {
  help?.learning?.stop();
  publisher?.stop();
  camera?.close();
  hidePicture();
  sleep();
  publisher = camera = null;
  sleep = () => {};
  $("live").hidden = true;
  $("welcome").hidden = false;
}

async function switchCamera() {
  $("switch").disabled = true;
  try {
    await camera.switch();
  } catch (error) {
    trouble(error);
  } finally {
    $("switch").disabled = false;
  }
}

$("start").addEventListener("click", () => start());
$("stop").addEventListener("click", stop);
where.value = new URLSearchParams(location.search).get(WHERE) ?? preference(WHERE, where.dataset.usual);
if (where.selectedIndex < 0) where.value = "server";
where.addEventListener("change", () => {
  prefer(WHERE, where.value);
  if (!publisher) return;
  stop();
  start();
});
$("switch").addEventListener("click", switchCamera);
$("hand").addEventListener("click", () => chooseHand({ next: true }));
$("mirror").addEventListener("click", () => {
  mirrored = !(mirrored ?? camera.mirrored);
  mirror();
});
$("torch").addEventListener("click", async () => {
  const on = $("torch").getAttribute("aria-pressed") !== "true";
  if (await camera.light(on)) $("torch").setAttribute("aria-pressed", String(on));
});
watchServer(() => !publisher); // a camera that sends has its own connection
try {
  checkBrowser();
  access = await takeSession();
  keys = signersKeys();
  showRoom();
  $("start").disabled = false;
  $("collect").hidden = !access.canEdit;
  $("practice").hidden = !access.canEdit; // a token that only sends opens no practice
} catch (error) {
  trouble(error);
  $("welcome").hidden = true;
  pill("error", "Not ready");
}
