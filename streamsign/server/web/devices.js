// The cameras of a room and the devices paired with this computer: which of them send, their names, and how to
// disconnect one.

import { interrupted } from "./away.js";
import { language } from "./i18n.js";

/** The server's text for a camera without a problem. */
const NORMAL = "The camera is on.";
const STATES = { connecting: "Connecting", live: "Live", stalled: "No picture" };
const EVERY_MS = 10_000;
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

/**
 * A list of cameras that send, and of paired devices; `none` is shown while it is empty. `onCameras(count, other)`: how
 * many send now, and the newest that is not this computer's.
 */
export class DeviceList {
  constructor({ room, list, none, onTrouble, onCameras }) {
    Object.assign(this, { room, list, none, onTrouble, onCameras });
    this.statuses = new Map();
    this.devices = [];
    this.own = ""; // session of this computer's camera
    this.renaming = false;
    setInterval(() => document.hidden || this.refresh(), EVERY_MS); // devices of other rooms send no events here
  }

  /** A camera came, stalled or went. */
  show(status) {
    const known = this.statuses.has(status.session);
    if (status.state === "closed") this.statuses.delete(status.session);
    else this.statuses.set(status.session, status);
    this.#draw();
    if (!known || status.state === "closed") this.refresh();
  }

  /** The server restarted: earlier cameras are gone. */
  forget() {
    this.statuses.clear();
    this.#draw();
  }

  /** Fetch the paired devices. */
  async refresh() {
    const response = await fetch("/api/devices").catch(() => null);
    if (!response?.ok) return;
    const devices = await response.json();
    if (JSON.stringify(devices) === JSON.stringify(this.devices)) return; // who is at a button stays there
    this.devices = devices;
    this.#draw();
  }

  #draw() {
    this.onCameras(this.statuses.size, [...this.statuses.keys()].findLast((session) => session !== this.own) ?? "");
    if (this.renaming) return;
    const left = new Map(this.statuses);
    const items = this.devices.map((device) => {
      const sending = device.sessions.map((session) => left.get(session)).filter(Boolean);
      for (const { session } of sending) left.delete(session);
      return this.#item(device.name || device.kind, sending.at(-1), device);
    });
    for (const status of left.values()) items.push(this.#item(status.session === this.own ? "This computer's camera" : "Unpaired camera", status));
    this.list.replaceChildren(...items);
    this.none.hidden = items.length > 0;
  }

  #item(name, status, device) {
    const item = document.createElement("li");
    const label = element("span", "", element("b", "", name));
    label.firstChild.translate = !device?.name;
    if (device?.browser && !device.name) label.append(" ", literal(element("small", "soft", device.browser)));
    const elsewhere = device?.sessions.length && !status; // it sends into another room
    const state = status?.state ?? (elsewhere ? "live" : "idle");
    const mark = element("span", "pill", status && interrupted(status) ? "Interrupted" : (STATES[state] ?? (device?.valid === false ? "Disconnected" : "Not sending")));
    mark.dataset.state = state;
    const note = element("small", "soft");
    if (device && device.room !== this.room) {
      const link = literal(element("a", "", device.room_title));
      link.href = device.room === "main" ? "/" : `/?room=${encodeURIComponent(device.room)}`;
      note.append(element("span", "", "In room"), " ", link);
    } else if (status?.detail && status.detail !== NORMAL) {
      note.append(status.detail);
    } else if (device && !status) {
      note.append(`Last seen ${ago(device.seen_s)}`);
    }
    if (note.hasChildNodes()) label.append(document.createElement("br"), note);
    item.append(label, mark);
    if (device) item.append(this.#keys(device, label, Boolean(status || elsewhere)));
    return item;
  }

  #keys(device, label, sending) {
    const keys = element("span", "row");
    const path = `/api/devices/${encodeURIComponent(device.id)}`;
    const rename = this.#button("Rename", () => this.#rename(device, path, label));
    const end = sending
      ? this.#button("Disconnect", () => this.#change(`${path}/disconnect`, { method: "POST" }, end))
      : this.#button("Forget", () => this.#change(path, { method: "DELETE" }, end));
    end.title = "The device must scan a new code to send again.";
    keys.append(rename, end);
    return keys;
  }

  #button(text, act) {
    const button = Object.assign(element("button", "", text), { type: "button" });
    button.addEventListener("click", act);
    return button;
  }

  /** A form in place of the name, until it is saved or left. */
  #rename(device, path, label) {
    this.renaming = true;
    const field = Object.assign(document.createElement("input"), { value: device.name, maxLength: 40, placeholder: device.kind });
    field.setAttribute("aria-label", "Name of the device");
    const save = element("button", "main", "Save");
    const form = element("form", "link", field, save);
    const close = () => {
      this.renaming = false;
      this.#draw();
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const headers = { "Content-Type": "application/json" };
      await this.#change(path, { method: "PATCH", headers, body: JSON.stringify({ name: field.value }) }, save);
      close();
    });
    field.addEventListener("keydown", ({ key }) => key === "Escape" && close());
    label.parentElement.replaceChildren(form);
    field.focus();
  }

  async #change(path, request, button) {
    button.disabled = true;
    const response = await fetch(path, request).catch(() => null);
    button.disabled = false;
    if (response?.ok || response?.status === 404) this.onTrouble("");
    else this.onTrouble("The device could not be changed.", "Check that streamsign is running.");
    await this.refresh();
  }
}

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

function literal(made) {
  made.translate = false;
  return made;
}

/** "5 minutes ago", in the page's language. */
function ago(seconds) {
  const past = Date.now() / 1000 - seconds;
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, size] = UNITS.find(([, size]) => past >= size) ?? ["minute", Infinity];
  return words.format(size === Infinity ? 0 : -Math.floor(past / size), unit);
}
