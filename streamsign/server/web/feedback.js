// Signals each letter to the signer without the screen: a short tone, and a vibration where the phone supports it.

const KEPT = "streamsign.feedback";
const TONE_HZ = 880;
const TONE_S = 0.06;
const TAP_MS = 25;

export class Feedback {
  /** `button` switches it on and off; the choice is kept. */
  constructor(button) {
    this.button = button;
    this.audio = null;
    try {
      this.on = localStorage.getItem(KEPT) !== "off";
    } catch {
      this.on = true;
    }
    button.addEventListener("click", () => this.#turn(!this.on));
    this.#turn(this.on);
  }

  /** Call it from a tap: browsers play no sound before one. */
  wake() {
    this.audio ??= window.AudioContext ? new AudioContext() : null;
    this.audio?.resume().catch(() => {});
  }

  letter() {
    if (!this.on) return;
    navigator.vibrate?.(TAP_MS);
    if (this.audio?.state !== "running") return;
    const tone = this.audio.createOscillator();
    const loudness = this.audio.createGain();
    tone.frequency.value = TONE_HZ;
    loudness.gain.setValueAtTime(0.12, this.audio.currentTime);
    loudness.gain.exponentialRampToValueAtTime(0.001, this.audio.currentTime + TONE_S);
    tone.connect(loudness).connect(this.audio.destination);
    tone.start();
    tone.stop(this.audio.currentTime + TONE_S);
  }

  #turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    try {
      localStorage.setItem(KEPT, on ? "on" : "off");
    } catch { /* not kept */ }
  }
}
