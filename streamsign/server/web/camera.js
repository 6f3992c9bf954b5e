// The camera of this device: opened by a tap, switched, and opened again after the system stopped it.

const WISH = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30, max: 30 } };
/** Pause between two attempts while another app uses the camera. */
const RETAKE_MS = 1000;
/** A camera may be mute for a moment while the phone is turned or its lens changes. */
const MUTE_MS = 1500;

/** An error that the user can fix: what is wrong and the next step. `passing`: a retry may succeed without the user. */
export class Trouble extends Error {
  constructor(problem, nextStep, { lasting = true, passing = false } = {}) {
    super(problem);
    Object.assign(this, { nextStep, lasting, passing });
  }
}

/** Throws a Trouble when this browser has no camera access; asks for no permission. */
export function checkBrowser() {
  if (!window.isSecureContext) {
    throw new Trouble(
      "Browsers allow the camera only on secure pages, and this address starts with http://.",
      "Scan the QR code again: its link starts with https://. Accept the certificate warning once.",
    );
  }
  if (!navigator.mediaDevices?.getUserMedia || !window.RTCPeerConnection) {
    throw new Trouble(
      "This browser cannot send video: it is too old, or it is the built-in browser of another app.",
      "Open the link in a recent version of Safari, Chrome, Firefox or Edge.",
    );
  }
}

export class Camera {
  /** `onTrack(track)` is called with every new track, also after the camera was opened again. */
  constructor(video, onTrack, onTrouble) {
    this.video = video;
    this.onTrack = onTrack;
    this.onTrouble = onTrouble;
    this.facing = "user";
    this.deviceId = ""; // of one camera among several; empty for the one that faces as wished
    this.track = null;
    this.opening = null;
    this.retaking = false;
    this.wanted = true;
    this.returned = () => this.#retake(); // hidden pages are given no camera
    document.addEventListener("visibilitychange", this.returned);
  }

  /** Open the camera, or replace the open one. Only one request is under way at a time. */
  open() {
    this.opening ??= this.#open().finally(() => (this.opening = null));
    return this.opening;
  }

  async #open() {
    checkBrowser();
    this.#drop(); // iOS and many Androids cannot open the second camera while the first is held
    const which = this.deviceId ? { deviceId: this.deviceId } : { facingMode: this.facing };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WISH, ...which } });
    } catch (error) {
      throw inWords(error);
    }
    const [track] = stream.getVideoTracks();
    this.track = track;
    track.contentHint = "detail"; // finger outlines matter more than smooth motion
    track.addEventListener("ended", () => this.track === track && this.#retake());
    track.addEventListener("mute", () => setTimeout(() => this.track === track && this.#retake(), MUTE_MS));
    this.video.srcObject = stream;
    await this.video.play().catch(() => {}); // a blocked preview does not stop the sending
    this.onTrack(track);
    return track;
  }

  /** True when pictures should be mirrored: a hand on the right shows on the right, as in a mirror. */
  get mirrored() {
    return (this.track?.getSettings().facingMode ?? this.facing) === "user";
  }

  get hasTorch() {
    return Boolean(this.track?.getCapabilities?.().torch);
  }

  /** Switch the phone's light; returns whether it succeeded. */
  async light(on) {
    return this.track.applyConstraints({ advanced: [{ torch: on }] }).then(() => true, () => false);
  }

  async switch() {
    this.facing = this.facing === "user" ? "environment" : "user";
    await this.open();
  }

  get #sees() {
    return this.track?.readyState === "live" && !this.track.muted;
  }

  /** Open the camera again after the system stopped it, as soon as it is free. */
  async #retake() {
    if (this.retaking) return;
    this.retaking = true;
    let reported = false;
    try {
      await this.opening?.catch(() => {}); // a track can end while its preview is still starting
      while (this.wanted && !this.#sees && document.visibilityState === "visible") {
        try {
          await this.open();
        } catch (error) {
          if (!error.passing) throw error;
          reported = true;
          this.onTrouble(new Trouble(
            "Another app is using the camera.", "Close that app or end its call. The picture returns automatically.", { lasting: false },
          ));
        }
        if (!this.#sees) await new Promise((later) => setTimeout(later, RETAKE_MS));
      }
      if (reported && this.#sees) this.onTrouble(null);
    } catch (error) {
      if (this.wanted) this.onTrouble(error);
    } finally {
      this.retaking = false;
    }
  }

  close() {
    this.wanted = false;
    document.removeEventListener("visibilitychange", this.returned);
    this.#drop();
  }

  #drop() {
    const old = this.track;
    this.track = null;
    old?.stop();
    this.video.srcObject = null;
  }
}

function inWords(error) {
  switch (error.name) {
    case "NotAllowedError":
      return new Trouble(
        "The browser was not allowed to use the camera.",
        "Allow the camera for this page in the browser's settings (the icon beside the address), then try again.",
      );
    case "NotFoundError":
    case "OverconstrainedError":
      return new Trouble("No camera was found.", "Connect a camera, or open this page on a device that has one.");
    case "NotReadableError":
    case "AbortError":
      return new Trouble(
        "The camera delivers no picture. Another app may be using it.",
        "Close other apps that use the camera, then try again.",
        { passing: true },
      );
    default:
      return new Trouble(`The camera could not be opened (${error.name}).`, "Reload the page and try again.");
  }
}

/** Keep the screen on while the returned function has not been called. */
export function keepAwake() {
  let lock = null;
  let wanted = true;
  async function ask() {
    if (!wanted || !("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    try {
      lock = await navigator.wakeLock.request("screen");
      if (!wanted) lock.release();
    } catch { /* low battery: the screen may go dark, nothing else breaks */ }
  }
  document.addEventListener("visibilitychange", ask);
  ask();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", ask);
    lock?.release();
  };
}
