// The phone page: the camera goes out by WHIP, the letters come back on the same connection.

import { Board } from "./board.js";
import { Camera, checkBrowser, keepAwake } from "./camera.js";
import { Guide } from "./guide.js";
import { takeSession } from "./pairing.js";
import { Publisher } from "./whip.js";

const STATES = {
  connecting: "Connecting", live: "Live", stalled: "No picture arrives", reconnecting: "Reconnecting", closed: "Stopped",
};

const $ = (id) => document.getElementById(id);
let access = null;
const board = new Board({
  text: $("text"), said: $("said"), glyph: $("glyph"), sure: $("sure"), meter: $("meter"), sharp: $("sharp"),
  guide: $("guide"),
});
const guide = new Guide({ stage: $("stage"), video: $("preview"), outline: $("guide"), hint: $("hint") });
let camera = null;
let publisher = null;
let sleep = () => {};

function pill(state, words) {
  $("connection").dataset.state = state;
  $("connection").textContent = words;
}

function trouble(error) {
  $("notice").hidden = !error;
  if (!error) return;
  $("notice").querySelector("strong").textContent = error.message;
  $("notice").querySelector("span").textContent = error.nextStep ?? "";
  if (error.lasting ?? true) {
    stop();
    pill("error", "Stopped");
  }
}

function newTrack(track) {
  $("stage").classList.toggle("mirrored", camera.mirrored);
  guide.reset();
  if (publisher?.wanted) publisher.replace(track);
}

async function start() {
  trouble(null);
  $("start").disabled = true;
  pill("connecting", "Asking for the camera");
  publisher = new Publisher({
    ...access,
    onTrouble: trouble,
    onEvent(event) {
      board.show(event);
      guide.show(event);
    },
    onState: (state) => pill(state, STATES[state]),
  });
  camera = new Camera($("preview"), newTrack, trouble);
  try {
    const track = await camera.open();
    $("welcome").hidden = true;
    $("live").hidden = false;
    sleep = keepAwake();
    publisher.start(track);
  } catch (error) {
    trouble(error);
  } finally {
    $("start").disabled = false;
  }
}

function stop() {
  publisher?.stop();
  camera?.close();
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

$("start").addEventListener("click", start);
$("stop").addEventListener("click", stop);
$("switch").addEventListener("click", switchCamera);
try {
  checkBrowser();
  access = await takeSession();
  $("start").disabled = false;
} catch (error) {
  trouble(error);
  pill("error", "Not ready");
}
