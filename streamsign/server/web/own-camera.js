// This computer's camera, sent by the host page itself.

import { Camera } from "./camera.js";
import { Guide } from "./guide.js";
import { Occupied } from "./occupied.js";
import { prefer, preference } from "./preferences.js";
import { Publisher } from "./whip.js";

const KEPT = "camera";
const CONNECTING = { connecting: "connecting", stalled: "no picture", reconnecting: "reconnecting" };

/**
 * `button` starts and stops it, `names` chooses among several cameras; `onChange(on)`: it was switched on or off;
 * `onSession(name)`: what the room's events call it.
 */
export class OwnCamera {
  constructor({ host, button, names, stage, video, outline, hint, occupied, notice, onChange, onSession }) {
    Object.assign(this, { host, button, names, stage, video, notice, onChange, onSession });
    this.guide = new Guide({ stage, video, outline, hint });
    this.camera = null;
    this.publisher = null;
    this.occupied = new Occupied(occupied, (others) => others && this.start(others));
    button.addEventListener("click", () => (this.camera ? this.stop() : this.start()));
    names.addEventListener("change", () => this.#choose(names.value));
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.#list());
    this.#list();
    button.disabled = false;
  }

  /** `others`: what becomes of another camera in the room; without, the person is asked. */
  async start(others) {
    this.notice("");
    this.occupied.element.hidden = true;
    const trouble = (error) => this.#trouble(error);
    this.publisher = new Publisher({
      room: this.host.room,
      token: this.host.publish_token,
      others,
      onEvent: (event) => this.guide.show(event),
      onTrouble: trouble,
      onState: (state) => {
        this.onSession(this.publisher?.session ?? "");
        if (state !== "closed") this.button.textContent = state === "live" ? "Stop this camera" : `Stop (${CONNECTING[state]})`;
      },
    });
    this.camera = new Camera(this.video, (track) => this.#show(track), trouble);
    this.camera.deviceId = this.names.value;
    this.button.classList.remove("main");
    this.button.disabled = true;
    try {
      this.publisher.start(await this.camera.open());
      this.onChange(true);
      this.#list(); // names are known from the first permission on
    } catch (error) {
      this.#trouble(error);
      this.stop();
    } finally {
      this.button.disabled = false;
    }
  }

  stop() {
    this.publisher?.stop();
    this.camera?.close();
    this.publisher = this.camera = null;
    this.stage.hidden = true;
    this.button.textContent = "Use this computer's camera";
    this.button.classList.add("main");
    this.onChange(false);
  }

  #show(track) {
    this.stage.hidden = false;
    this.stage.classList.toggle("mirrored", this.camera?.mirrored ?? true);
    this.guide.reset();
    if (this.publisher?.wanted) this.publisher.replace(track);
  }

  #trouble(error) {
    if (error?.occupied) {
      this.stop();
      return this.occupied.show(error);
    }
    this.notice(error?.message ?? "", error?.nextStep ?? "");
    if (error?.lasting) this.stop();
  }

  async #choose(id) {
    prefer(KEPT, id);
    if (!this.camera) return;
    this.camera.deviceId = id;
    await this.camera.open().catch((error) => this.#trouble(error));
  }

  /** The cameras by their names; a choice only where there are several. */
  async #list() {
    const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const named = devices.filter(({ kind, label, deviceId }) => kind === "videoinput" && label && deviceId);
    const chosen = this.camera?.track?.getSettings().deviceId || preference(KEPT);
    this.names.replaceChildren(...named.map(({ label, deviceId }) => new Option(label, deviceId, false, deviceId === chosen)));
    this.names.hidden = named.length < 2;
  }
}
