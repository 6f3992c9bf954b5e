// Signals each letter to the signer without the screen: a short tone, and a vibration where the phone supports it.

import { preference } from "./preferences.js";

const TONE_HZ = 880;
const TONE_S = 0.06;
const TAP_MS = 25;

/** Sound and vibration; the settings menu switches them off. */
export class Feedback {
  constructor() {
    this.audio = null;
  }

  /** Call it from a tap: browsers play no sound before one. */
  wake() {
    this.audio ??= window.AudioContext ? new AudioContext() : null;
    this.audio?.resume().catch(() => {});
  }

  letter() {
    if (preference("feedback", "on") === "off") return;
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
}
