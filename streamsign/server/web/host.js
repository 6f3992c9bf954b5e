// The host page: pairs phones, shows what is read and how fast, and can be a camera itself.

import { Board } from "./board.js";
import { Camera } from "./camera.js";
import { watchCaptions } from "./captions.js";
import { DeviceList } from "./devices.js";
import { Guide } from "./guide.js";
import { say } from "./i18n.js";
import { Latency } from "./latency.js";
import { signIn } from "./login.js";
import { ModelChoice } from "./models.js";
import { watchPairing } from "./pairing.js";
import { Publisher } from "./whip.js";
import { WordHelp } from "./words.js";

const STATES = { connecting: "Connecting", live: "Live", stalled: "No picture", reconnecting: "Reconnecting", closed: "Disconnected" };

const ASK = `/api/host${location.search}`; // ?room=NAME; main without

const $ = (id) => document.getElementById(id);
const board = new Board({
  text: $("text"), said: $("said"), glyph: $("glyph"), sure: $("sure"), meter: $("meter"), others: $("others"),
  sharp: $("sharp"), guide: $("guide"), hints: true,
});

function notice(problem, nextStep = "") {
  $("notice").hidden = !problem;
  $("notice").querySelector("strong").textContent = problem || "";
  $("notice").querySelector("span").textContent = nextStep;
}

function pill(element, state, words) {
  element.dataset.state = state;
  element.textContent = words;
}

async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = label), 1500);
}

function offerLink(field, button) {
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", () => copy(field.value, button));
}

function watch(room, devices) {
  const models = new ModelChoice($("model"), notice);
  const help = new WordHelp(room, $("words"), notice);
  watchCaptions({
    room,
    onEvent(event) {
      if (event.type === "hello") {
        devices.forget();
        devices.refresh();
      }
      if (event.type === "hello" || event.type === "model") models.show(event.model);
      if (event.type === "status") devices.show(event);
      if ("text" in event) help.changed();
      board.show(event);
    },
    onConnection(state, detail) {
      const words = { connecting: "Connecting", live: "Connected", reconnecting: "Reconnecting", refused: "Rejected" };
      pill($("connection"), state === "refused" ? "error" : state, words[state]);
      if (state === "refused") notice("The server rejected the connection.", detail);
    },
  });
}

function edits(room) {
  for (const button of document.querySelectorAll("[data-edit]")) {
    button.addEventListener("click", async () => {
      try {
        const response = await fetch(`/rooms/${encodeURIComponent(room)}/edits`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ action: button.dataset.edit }),
        });
        notice(response.ok ? "" : "The text could not be changed.", `The server answered ${response.status}.`);
      } catch {
        notice("The text could not be changed.", "Check that streamsign is running.");
      }
    });
  }
  $("delete-text").addEventListener("click", async () => {
    if (!confirm(say("Delete everything that was written in this room, on the disk too? This cannot be undone."))) return;
    const response = await fetch(`/rooms/${encodeURIComponent(room)}/text`, { method: "DELETE" }).catch(() => null);
    notice(response?.ok ? "" : "The text could not be deleted.", "Check that streamsign is running.");
  });
  $("copy-text").addEventListener("click", () => copy(board.shown, $("copy-text")));
  $("speak").hidden = !("speechSynthesis" in window);
  $("speak").addEventListener("click", () => {
    speechSynthesis.cancel();
    speechSynthesis.speak(new SpeechSynthesisUtterance(board.shown.toLowerCase()));
  });
  addEventListener("keydown", (event) => {
    const action = { " ": "space", Backspace: "backspace", z: event.ctrlKey || event.metaKey ? "undo" : "" }[event.key];
    if (!action || event.target.closest("button, input, a, summary, video")) return;
    event.preventDefault();
    document.querySelector(`[data-edit=${action}]`).click();
  });
}

function showViewLink({ view_url: link }) {
  $("view").hidden = !link;
  $("view-address").value = link ?? "";
}

function takeaway(host) {
  for (const link of document.querySelectorAll("[data-transcript]")) {
    link.href = `/rooms/${encodeURIComponent(host.room)}/transcript.${link.dataset.transcript}`;
  }
  showViewLink(host);
  $("overlay-link").value = new URL(`/overlay/${encodeURIComponent(host.room)}#token=${host.view_token}`, location.href).href;
  offerLink($("view-address"), $("copy-view"));
  offerLink($("overlay-link"), $("copy-overlay"));
}

function ownCamera(host) {
  const button = $("own-camera");
  let camera = null;
  let publisher = null;
  const guide = new Guide({ stage: $("stage"), video: $("preview"), outline: $("guide"), hint: $("hint") });

  function stop() {
    publisher?.stop();
    camera?.close();
    publisher = camera = null;
    $("stage").hidden = true;
    button.textContent = "Use this computer's camera";
    button.classList.add("main");
  }
  function trouble(error) {
    notice(error?.message ?? "", error?.nextStep ?? "");
    if (error?.lasting) stop();
  }
  button.addEventListener("click", async () => {
    if (camera) return stop();
    notice("");
    publisher = new Publisher({
      room: host.room, token: host.publish_token, onEvent: (event) => guide.show(event), onTrouble: trouble,
      onState(state) {
        if (state !== "closed") button.textContent = state === "live" ? "Stop this camera" : `Stop (${STATES[state].toLowerCase()})`;
      },
    });
    camera = new Camera($("preview"), (track) => {
      $("stage").hidden = false;
      $("stage").classList.toggle("mirrored", camera?.mirrored ?? true);
      guide.reset();
      if (publisher?.wanted) publisher.replace(track);
    }, trouble);
    button.classList.remove("main");
    button.disabled = true;
    try {
      publisher.start(await camera.open());
    } catch (error) {
      trouble(error);
      stop();
    } finally {
      button.disabled = false;
    }
  });
  button.disabled = false;
}

function pair(host, devices) {
  if (!host.phones) {
    $("no-pair").hidden = false;
    $("no-pair").textContent = "Phones cannot reach this server because it was started with --no-lan. Restart it without --no-lan.";
    return;
  }
  watchPairing(
    host.room,
    (offered) => {
      devices.refresh(); // a new code is shown when a device has taken the last one,
      fetch(ASK).then((again) => again.json()).then(showViewLink, () => {}); // or the computer's address changed
      $("pair").hidden = false;
      $("no-pair").hidden = true;
      $("qr").src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(offered.qr_svg)}`;
      $("phone-link").value = offered.url;
    },
    notice,
  );
  offerLink($("phone-link"), $("copy-link"));
}

async function start() {
  let response;
  try {
    await signIn();
    response = await fetch(ASK);
  } catch {
    pill($("connection"), "error", "No response");
    return notice("streamsign does not respond.", "Restart it on this computer and reload the page.");
  }
  if (!response.ok) {
    const stranger = response.status === 403;
    pill($("connection"), "error", stranger ? "Not signed in" : "No such room");
    for (const section of document.querySelectorAll(".card")) section.hidden = true;
    $("view-link").hidden = true;
    if (!stranger) {
      return notice("There is no room of that name.", "A room's name is 1 to 64 letters, digits, - or _.");
    }
    return notice(
      "Only the owner of this server can open this page.",
      "Open the link that the terminal shows, or run `streamsign link` for a new one. To use this device as the camera, scan the QR code shown there.",
    );
  }
  const host = await response.json();
  if (host.room !== "main") {
    $("room").textContent = host.room;
    document.title = `${host.room} · streamsign`;
  }
  $("view-link").href = `/view/${encodeURIComponent(host.room)}`;
  const devices = new DeviceList({ room: host.room, list: $("cameras"), none: $("no-cameras"), onTrouble: notice });
  pair(host, devices);
  edits(host.room);
  takeaway(host);
  $("kept").hidden = false;
  $("kept").textContent = host.kept_days === null
    ? "The text is in memory only and is gone when streamsign ends."
    : host.kept_days === 0
      ? "The text is kept on this computer until you delete it."
      : `The text is kept on this computer for ${host.kept_days} days.`;
  ownCamera(host);
  watch(host.room, devices);
  new Latency({ way: $("way"), rows: $("latency"), words: $("latency-words"), missing: $("latency-missing") }).watch();
}

start();
