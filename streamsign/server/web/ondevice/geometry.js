// Boxes `{ x0, y0, x1, y1 }` and squares `{ x, y, side }` of a frame in pixels, and what several views say of one hand.

import { clamped, mean } from "./numbers.js";

export const width = (box) => box.x1 - box.x0;
export const height = (box) => box.y1 - box.y0;
export const longerSide = (box) => Math.max(width(box), height(box));
export const center = (box) => [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2];
export const moved = (box, x, y) => ({ x0: box.x0 + x, y0: box.y0 + y, x1: box.x1 + x, y1: box.y1 + y });

/** Distance of two points. */
export const distance = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);

/** Box around a point. */
export function boxAround([x, y], halfWidth, halfHeight) {
  return { x0: x - halfWidth, y0: y - halfHeight, x1: x + halfWidth, y1: y + halfHeight };
}

/** Intersection over union. */
export function iou(one, other) {
  const w = Math.min(one.x1, other.x1) - Math.max(one.x0, other.x0);
  const h = Math.min(one.y1, other.y1) - Math.max(one.y0, other.y0);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / (width(one) * height(one) + width(other) * height(other) - w * h);
}

/** The square that frames a hand as in training. */
export function squareAround(box, margin) {
  const [x, y] = center(box);
  return { x, y, side: margin * longerSide(box) };
}

const MIN_PROBABILITY = 1e-6;
const MAX_LOG_ODDS = 7;
const MIN_SIDE_PX = 1e-3;

export function odds(probability) {
  const within = clamped(probability, MIN_PROBABILITY, 1 - MIN_PROBABILITY);
  return within / (1 - within);
}

export const probability = (oddsFor) => oddsFor / (1 + oddsFor);

/** The box with the mean center and the geometric mean of the sides. */
export function meanBox(boxes) {
  const middle = [mean(boxes.map((box) => box.x0 + box.x1)) / 2, mean(boxes.map((box) => box.y0 + box.y1)) / 2];
  const half = [width, height].map((side) => Math.exp(mean(boxes.map((box) => Math.log(Math.max(side(box), MIN_SIDE_PX))))) / 2);
  return boxAround(middle, ...half);
}

/** Of hands `{ box, score }`: the mean box with the score of the mean log odds. */
export function meanHand(hands) {
  const logs = hands.map((hand) => clamped(Math.log(odds(hand.score)), -MAX_LOG_ODDS, MAX_LOG_ODDS));
  return { box: meanBox(hands.map((hand) => hand.box)), score: probability(Math.exp(mean(logs))) };
}
