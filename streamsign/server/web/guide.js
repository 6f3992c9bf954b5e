// What is drawn over a preview: the outline of the hand that was found, or the guide box where none is looked for; and
// what keeps the hand from being read, in words.

/** Side of the square over the frame's shorter side; the same number as GUIDE_SHARE in streamsign/recognition/crop.py. */
export const GUIDE_SHARE = 0.7;

/** A problem is shown when it has lasted, and removed immediately. */
const PATIENCE_MS = 700;
/** Time without a frame after which the last outline is removed. */
const STALE_MS = 1000;

/** What keeps a hand from being read. */
export const HINTS = {
  no_hand: "No hand in the picture. Hold up a hand.",
  too_far: "The hand is too far away. Move closer.",
  too_dark: "Too dark. Turn on a light, or face the window.",
  too_blurred: "Blurred. Hold the hand still, or add light.",
};

/** Where the video's own pixels lie inside an element of `width` × `height` that shows it with `object-fit: contain`. */
function shown(width, height, videoWidth, videoHeight) {
  const scale = Math.min(width / videoWidth, height / videoHeight);
  const [w, h] = [videoWidth * scale, videoHeight * scale];
  return { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h };
}

/** The square the server reads without looking for a hand. */
export function guideRectangle(width, height, videoWidth, videoHeight) {
  const picture = shown(width, height, videoWidth, videoHeight);
  const side = GUIDE_SHARE * Math.min(picture.width, picture.height);
  return { left: (width - side) / 2, top: (height - side) / 2, width: side, height: side };
}

/** A hand's box, in shares of the picture, where a preview shows it. */
export function handRectangle(box, mirrored, width, height, videoWidth, videoHeight) {
  const picture = shown(width, height, videoWidth, videoHeight);
  const x0 = mirrored ? 1 - box.x1 : box.x0;
  return {
    left: picture.left + x0 * picture.width,
    top: picture.top + box.y0 * picture.height,
    width: (box.x1 - box.x0) * picture.width,
    height: (box.y1 - box.y0) * picture.height,
  };
}

export class Guide {
  /** `outline` and `hint` are elements inside `stage`, over `video`. */
  constructor({ stage, video, outline, hint }) {
    Object.assign(this, { stage, video, outline, hint });
    this.hand = null;
    this.trouble = null;
    this.waiting = 0;
    this.stale = 0;
    video.addEventListener("resize", () => this.reset()); // a turned phone swaps width and height
    video.addEventListener("loadedmetadata", () => this.reset());
    new ResizeObserver(() => this.place()).observe(stage);
    this.reset();
  }

  /** Process an event of the camera's channel; events other than the hand's are ignored. */
  show(event) {
    if (event.type !== "hand") return;
    clearTimeout(this.stale);
    this.stale = setTimeout(() => this.reset(), STALE_MS);
    this.hand = event;
    this.place();
    this.advise(event.hint);
  }

  /** Reset: another camera, a turned one, or none. */
  reset() {
    clearTimeout(this.stale);
    this.hand = null;
    this.advise(null);
    this.place();
  }

  advise(hint) {
    if (hint === this.trouble) return;
    clearTimeout(this.waiting);
    this.trouble = hint;
    const words = HINTS[hint];
    if (!words) this.hint.hidden = true;
    else if (!this.hint.hidden) this.hint.textContent = words;
    else {
      this.waiting = setTimeout(() => {
        this.hint.textContent = words;
        this.hint.hidden = false;
      }, PATIENCE_MS);
    }
  }

  place() {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth) this.stage.style.aspectRatio = `${videoWidth} / ${videoHeight}`;
    const size = [this.stage.clientWidth, this.stage.clientHeight, videoWidth, videoHeight];
    const rectangle = this.#rectangle(size);
    this.outline.hidden = !rectangle;
    if (!rectangle) return;
    this.outline.dataset.framing = this.hand.framing;
    for (const [side, pixels] of Object.entries(rectangle)) this.outline.style[side] = `${pixels}px`;
  }

  #rectangle(size) {
    if (!this.hand || !size[2]) return null;
    if (this.hand.framing === "box") return guideRectangle(...size);
    const { box } = this.hand;
    return box && handRectangle(box, this.stage.classList.contains("mirrored"), ...size);
  }
}
