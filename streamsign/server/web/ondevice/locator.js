// Finds hands in whole frames: the port of streamsign/recognition/locate.py.

import { boxAround, center, clamped, iou, longerSide, moved } from "./geometry.js";
import { letterbox, mirrored as mirrorImage, part } from "./pixels.js";
import { SIGNED_LEVELS } from "./networks.js";

const STRIDE = 8;
const CHANNELS = 5;
const ZOOM_SCORE = 0.25;
const ZOOM_MARGIN = 2.2;
const MIN_ZOOMED_SCORE = 0.1;
const SAME_IOU = 0.1;
const ONE_HAND_IOU = 0.3;
const MIN_VIEW_PX = 16;
const MAX_HANDS = 2;

/** Hands `{ box, score }` of a heat map, highest score first; `laid` is what letterbox gave. */
export function decode(cells, laid, minScore) {
  const side = Math.round(Math.sqrt(cells.length / CHANNELS));
  const scores = Float64Array.from({ length: side * side }, (_, cell) => 1 / (1 + Math.exp(-cells[cell * CHANNELS])));
  const peaks = [];
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const score = scores[row * side + column];
      if (score >= minScore && isPeak(scores, side, row, column)) peaks.push({ score, row, column });
    }
  }
  peaks.sort((one, other) => other.score - one.score);
  const hands = [];
  for (const { score, row, column } of peaks) {
    const [, right, down, logWidth, logHeight] = cells.subarray((row * side + column) * CHANNELS);
    const middle = [(column + 0.5 + right) * STRIDE, (row + 0.5 + down) * STRIDE];
    const half = [logWidth, logHeight].map((log) => (STRIDE * Math.exp(clamped(log, -3, 4))) / 2);
    const found = boxAround(middle, ...half);
    const box = {
      x0: (found.x0 - laid.x) / laid.zoom, y0: (found.y0 - laid.y) / laid.zoom,
      x1: (found.x1 - laid.x) / laid.zoom, y1: (found.y1 - laid.y) / laid.zoom,
    };
    if (hands.every((other) => iou(box, other.box) < ONE_HAND_IOU)) hands.push({ box, score });
    if (hands.length === MAX_HANDS) break;
  }
  return hands;
}

function isPeak(scores, side, row, column) {
  for (let y = Math.max(0, row - 1); y <= Math.min(side - 1, row + 1); y += 1) {
    for (let x = Math.max(0, column - 1); x <= Math.min(side - 1, column + 1); x += 1) {
      if (scores[y * side + x] > scores[row * side + column]) return false;
    }
  }
  return true;
}

export class Locator {
  constructor(graph) {
    this.graph = graph;
  }

  /** Candidates in a frame or a part of one, highest score first, two at most. */
  async propose(luma, minScore = ZOOM_SCORE) {
    const laid = letterbox(luma, this.graph.size);
    const [cells] = await this.graph.run(laid.square, SIGNED_LEVELS);
    return decode(cells, laid, minScore);
  }

  /** The hand near a box at the frame's full resolution, or null. */
  async zoom(luma, hand, mirrored) {
    const half = (ZOOM_MARGIN * longerSide(hand)) / 2;
    const [x, y] = center(hand);
    const [x0, y0] = [Math.max(0, Math.trunc(x - half)), Math.max(0, Math.trunc(y - half))];
    const [x1, y1] = [Math.min(luma.width, Math.trunc(x + half)), Math.min(luma.height, Math.trunc(y + half))];
    if (Math.min(x1 - x0, y1 - y0) < MIN_VIEW_PX) return null;
    const view = part(luma, x0, y0, x1, y1);
    let near = await this.propose(mirrored ? mirrorImage(view) : view, MIN_ZOOMED_SCORE);
    if (mirrored) near = near.map(({ box, score }) => ({ box: { ...box, x0: x1 - x0 - box.x1, x1: x1 - x0 - box.x0 }, score }));
    return near.map(({ box, score }) => ({ box: moved(box, x0, y0), score })).find(({ box }) => iou(box, hand) > SAME_IOU) ?? null;
  }
}
