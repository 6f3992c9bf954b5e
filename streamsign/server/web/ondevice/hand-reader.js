// Follows one hand and classifies its shape: the port of streamsign/recognition/hand_reader.py.

import { iou } from "./geometry.js";
import { CORNERS, HandSearch } from "./hand-search.js";
import { isMisframed } from "./patch-reader.js";
import { HandTracker } from "./tracker.js";

const TRACKING_PRESENCE = 0.5;
const DOUBT_TIMEOUT_S = 0.4;
const NOTHING = { square: null, patch: null, probabilities: null, track: null };

export class HandReader {
  constructor(reader, locator, threshold) {
    Object.assign(this, { reader, threshold, search: new HandSearch(reader, locator, threshold), tracker: new HandTracker() });
    this.reset();
  }

  reset() {
    this.tracker.reset();
    this.search.reset();
    Object.assign(this, { corner: 0, certainS: 0, certainBox: null, anywhere: false });
  }

  /** Go on in a picture of another size: `scale` new pixels an old one, null if the hand may be anywhere. */
  reframe(scale) {
    if (scale === null) {
      this.reset();
      this.anywhere = true;
      return;
    }
    this.search.reset();
    this.tracker.rescale(scale);
    if (this.certainBox) for (const side of Object.keys(this.certainBox)) this.certainBox[side] *= scale;
  }

  /** Search one corner a frame again. */
  settle() {
    this.anywhere = false;
  }

  /** Find, follow and classify the hand of the next frame: `{ square, patch, probabilities, track }`. */
  async read(luma, atS) {
    const expected = this.tracker.track(atS);
    let followed = null;
    if (expected) followed = await this.reader.readHand(luma, expected.box, Math.min(this.threshold, TRACKING_PRESENCE));
    const hands = await this.#hands(luma, atS, followed);
    if (followed && hands.every((each) => iou(followed.hand.box, each.hand.box) === 0)) {
      this.tracker.reset();
      followed = null;
    }
    this.tracker.update(hands.map(({ hand }) => hand), atS);
    const track = this.tracker.track(atS);
    if (!track) return NOTHING;
    if (this.certainS === atS) this.certainBox = { ...track.box };
    const square = this.reader.squareAround(track.box);
    if (followed && !isMisframed(followed.square, square)) return { ...followed, track };
    return { ...(await this.reader.read(luma, square)), track };
  }

  /** The followed hand, or the found ones if there is none or it has been doubted for too long. */
  async #hands(luma, atS, followed) {
    if (followed) {
      if (followed.hand.score < this.threshold && atS - this.certainS <= DOUBT_TIMEOUT_S && this.certainBox) {
        followed = (await this.search.reacquire(luma, followed.hand.box, this.certainBox)) ?? followed;
      }
      if (followed.hand.score >= this.threshold) this.certainS = atS;
      if (atS - this.certainS <= DOUBT_TIMEOUT_S) return [followed];
    }
    const corners = this.anywhere ? [...Array(CORNERS).keys()] : [(this.corner = (this.corner + 1) % CORNERS)];
    const found = await this.search.search(luma, followed ? [] : corners, atS);
    if (found.length) {
      this.certainS = atS;
      this.anywhere = false;
    }
    return found.length || !followed ? found : [followed];
  }
}
