// The cameras of a room and the phones paired with this computer: which of them send, and how to disconnect one.

/** The server's text for a camera without a problem. */
const NORMAL = "The camera is on.";
const STATES = { connecting: "Connecting", live: "Live", stalled: "No picture" };

/**
 * A list of cameras that send, and of paired devices; `none` is shown while it is empty. `onCameras(count)`: how many
 * send now.
 */
export class DeviceList {
  constructor({ room, list, none, onTrouble, onCameras }) {
    Object.assign(this, { room, list, none, onTrouble, onCameras });
    this.statuses = new Map();
    this.devices = [];
    this.own = ""; // session of this computer's camera
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
    this.devices = (await response.json()).filter((device) => device.room === this.room);
    this.#draw();
  }

  #draw() {
    const left = new Map(this.statuses);
    const items = this.devices.map((device) => {
      const sending = device.sessions.map((session) => left.get(session)).filter(Boolean);
      for (const { session } of sending) left.delete(session);
      return this.#item(device.kind, sending.at(-1), device);
    });
    for (const status of left.values()) items.push(this.#item(status.session === this.own ? "This computer's camera" : "Unpaired camera", status));
    this.list.replaceChildren(...items);
    this.none.hidden = items.length > 0;
    this.onCameras(this.statuses.size);
  }

  #item(name, status, device) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    label.append(name);
    if (device?.browser) {
      const browser = document.createElement("small");
      browser.className = "soft";
      browser.translate = false;
      browser.textContent = device.browser;
      label.append(" ", browser);
    }
    const mark = document.createElement("span");
    mark.className = "pill";
    mark.dataset.state = status?.state ?? "idle";
    mark.textContent = STATES[status?.state] ?? "Not sending";
    item.append(label, mark);
    if (status?.detail && status.detail !== NORMAL) {
      const detail = document.createElement("small");
      detail.className = "soft";
      detail.textContent = status.detail;
      label.append(document.createElement("br"), detail);
    }
    if (device) item.append(this.#disconnect(device));
    return item;
  }

  #disconnect(device) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Disconnect" });
    button.title = "The device must scan a new code to send again.";
    button.addEventListener("click", async () => {
      button.disabled = true;
      const response = await fetch(`/api/devices/${encodeURIComponent(device.id)}`, { method: "DELETE" }).catch(() => null);
      if (!response?.ok && response?.status !== 404) {
        button.disabled = false;
        return this.onTrouble("The device could not be disconnected.", "Check that streamsign is running.");
      }
      this.refresh();
    });
    return button;
  }
}
