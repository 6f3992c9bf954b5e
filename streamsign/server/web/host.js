// The host page: pairs phones, shows what is read and how fast, and can be a camera itself.

import { Board } from "./board.js";
import { watchCaptions } from "./captions.js";
import { copy, offerLink } from "./copying.js";
import { counted } from "./counted.js";
import { DeviceList } from "./devices.js";
import { Editor } from "./editing.js";
import { offerFullScreen } from "./full-screen.js";
import { say } from "./i18n.js";
import { Latency } from "./latency.js";
import { listLinks } from "./links.js";
import { signIn } from "./login.js";
import { PhonePicture } from "./look.js";
import { ModelChoice } from "./models.js";
import { notice } from "./notice.js";
import { OwnCamera } from "./own-camera.js";
import { watchPairing } from "./pairing.js";
import { listRooms } from "./rooms.js";
import { UnknownShape } from "./unknown.js";
import { WordHelp } from "./words.js";

const ASK = `/api/host${location.search}`; // ?room=NAME; main without
/** The page does not change while a camera reconnects. */
const GONE_MS = 1500;

const $ = (id) => document.getElementById(id);
const board = new Board({
  text: $("text"), said: $("said"), glyph: $("glyph"), sure: $("sure"), meter: $("meter"), others: $("others"),
  sharp: $("sharp"), guide: $("guide"), hints: true,
});

function pill(element, state, words) {
  element.dataset.state = state;
  element.textContent = words;
}

/** The page's two states: nothing sends, with two choices; or live, with both choices folded away. */
const desk = {
  cameras: 0,
  own: false,
  timer: 0,
  update(change) {
    Object.assign(this, change);
    clearTimeout(this.timer);
    if (this.cameras || this.own) this.become("live");
    else this.timer = setTimeout(() => this.become("idle"), $("desk").dataset.state === "idle" ? 0 : GONE_MS);
  },
  become(state) {
    const idle = state === "idle";
    $("desk").dataset.state = state;
    $("choices").hidden = !idle;
    $("add-phone").hidden = idle;
    move($("pairing"), $(idle ? "choice-phone" : "add-phone"));
    move($("own"), idle ? $("choice-camera") : this.own ? $("reading") : $("more-camera"));
  },
};

/** Put an element elsewhere; who was in it with the keyboard stays there. */
function move(element, parent) {
  if (element.parentElement === parent) return;
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  parent.append(element);
  focused?.focus();
}

function watch(room, devices, editor, help) {
  const models = new ModelChoice($("model"), notice);
  const unknown = new UnknownShape($("unknown"), models);
  let away = false;
  watchCaptions({
    room,
    onEvent(event) {
      if (event.type === "hello") {
        devices.forget();
        devices.refresh();
      }
      if (event.type === "hello" || event.type === "model") models.show(event.model);
      if (event.type === "status") devices.show(event);
      unknown.show(event);
      board.show(event);
      if ("text" in event) {
        editor.text = event.text;
        help.changed();
      }
    },
    onConnection(state, detail) {
      const words = { connecting: "Connecting", live: "Connected", reconnecting: "Reconnecting", refused: "Rejected" };
      pill($("connection"), state === "refused" ? "error" : state, words[state]);
      if (state === "refused") {
        devices.forget(); // this page may no longer show the phone's picture
        notice("The server rejected the connection.", detail);
      }
      if (state === "reconnecting") notice("streamsign does not respond.", "Check that it is running. This page reconnects automatically.");
      else if (state === "live" && away) notice("");
      away = state === "reconnecting";
    },
  });
}

function edits(room) {
  const editor = new Editor({
    room,
    onTrouble(problem, nextStep) {
      notice(problem, nextStep);
      if (problem) $("notice").scrollIntoView({ block: "nearest" }); // on a small screen the keys are below it
    },
  });
  editor.offer(document.querySelectorAll("[data-edit]"));
  editor.offerTyping($("type-text"), $("typing"), $("text"));
  editor.listen();
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
  return editor;
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
  if (host.room !== "main") $("studio").href += `?room=${encodeURIComponent(host.room)}`;
  offerLink($("view-address"), $("copy-view"));
  offerLink($("overlay-link"), $("copy-overlay"));
  listLinks({ fold: $("links").closest("details"), list: $("links"), room: host.room, onTrouble: notice });
  $("kept").hidden = false;
  $("kept").textContent = host.kept_days === null
    ? "The text is in memory only and is gone when streamsign ends."
    : host.kept_days === 0
      ? "The text is kept on this computer until you delete it."
      : `The text is kept on this computer for ${counted(host.kept_days, "day")}.`;
}

/** This computer's camera, and help with its words. */
function ownCamera(host, devices, editor) {
  const help = new WordHelp(editor, $("words"), () => own.publisher?.key ?? "");
  const own = new OwnCamera({
    host, notice, button: $("own-camera"), names: $("camera-name"), stage: $("stage"), video: $("preview"),
    outline: $("guide"), hint: $("hint"), occupied: $("occupied"),
    onChange(on) {
      desk.update({ own: on });
      if (!on) help.learning?.stop();
    },
    onSession(session) {
      devices.own = session || devices.own;
      help.learning?.connected();
    },
  });
  return help;
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
    for (const part of ["choices", "view-link"]) $(part).hidden = true;
    for (const section of document.querySelectorAll(".work, .tools")) section.hidden = true;
    if (!stranger) {
      return notice("No room has that name.", "A room's name is 1 to 64 letters, digits, - or _.");
    }
    return notice(
      "Only the owner of this server can open this page.",
      "Open the link that the terminal shows, or run `streamsign link` for a new one. To use this device as the camera, scan the QR code shown there.",
    );
  }
  const host = await response.json();
  $("view-link").href = `/view/${encodeURIComponent(host.room)}`;
  const picture = new PhonePicture({ button: $("look"), stage: $("looked"), notice });
  const devices = new DeviceList({
    room: host.room, list: $("cameras"), none: $("no-cameras"), onTrouble: notice,
    onCameras(cameras, other) {
      picture.offer(other);
      desk.update({ cameras });
    },
  });
  pair(host, devices);
  takeaway(host);
  const editor = edits(host.room);
  offerFullScreen($("fullscreen"));
  watch(host.room, devices, editor, ownCamera(host, devices, editor));
  listRooms({
    host, fold: $("rooms"), list: $("room-list"), form: $("room-title"),
    onTitle(title) {
      $("room").textContent = title;
      document.title = title ? `${title} · streamsign` : "streamsign";
    },
  });
  const latency = { way: $("way"), rows: $("latency"), words: $("latency-words"), missing: $("latency-missing") };
  new Latency({ now: $("delay-now"), ...latency }).watch();
}

start();
