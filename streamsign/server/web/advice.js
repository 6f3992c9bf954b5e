// What to change in a hand that is read as another letter, where the difference of the two shapes is known.

/** By the letter that is wanted and the one that is read. */
const ADVICE = {
  AE: "Close the fingers to a fist, with the thumb at its side.",
  AS: "Move the thumb from the front of the fist to its side.",
  AT: "Take the thumb out from under the index finger.",
  AY: "Fold the little finger in.",
  BE: "Straighten the four fingers.",
  BF: "Raise the index finger beside the others.",
  BW: "Raise the little finger, and keep the four together.",
  CE: "Open the hand to a round C.",
  CL: "Bend all four fingers to a curve.",
  CO: "Leave a gap between the fingertips and the thumb.",
  DF: "Raise the index finger, and fold the other three.",
  DL: "Touch the middle finger with the thumb.",
  DO: "Raise the index finger.",
  DX: "Straighten the index finger.",
  EA: "Bend the fingertips down to the thumb below them.",
  EC: "Bend the fingertips down to the thumb.",
  EM: "Move the thumb below the fingertips, not under the fingers.",
  EO: "Turn the palm to the camera, and bend the fingertips down.",
  ES: "Open the fist a little: the fingertips rest above the thumb.",
  FB: "Touch the tip of the index finger with the thumb.",
  FD: "Raise the middle, ring and little finger.",
  GH: "Fold the middle finger in.",
  GL: "Point the index finger to the side, and the thumb along it.",
  GQ: "Point to the side, not down.",
  HG: "Point the middle finger as well, beside the index finger.",
  HU: "Point the two fingers to the side.",
  IY: "Fold the thumb over the fingers.",
  KP: "Point the index finger up.",
  KV: "Put the thumb between the two fingers.",
  LD: "Lift the thumb out to the side.",
  LG: "Point the index finger up.",
  LX: "Straighten the index finger, and lift the thumb out.",
  MN: "Lay three fingers over the thumb.",
  MS: "Put the thumb under three fingers.",
  MT: "Lay three fingers over the thumb.",
  NM: "Lay two fingers over the thumb, not three.",
  NS: "Put the thumb under two fingers.",
  NT: "Lay two fingers over the thumb.",
  OC: "Close the gap: the fingertips touch the thumb.",
  OD: "Bend the index finger to the thumb.",
  OE: "Round the hand, with its side to the camera.",
  OS: "Open the fist to a round O.",
  PK: "Tip the hand so that the fingers point down.",
  QG: "Point the index finger and the thumb down.",
  QP: "Fold the middle finger in.",
  RU: "Cross the two fingers.",
  RV: "Cross the two fingers.",
  SA: "Lay the thumb across the front of the fist.",
  SE: "Close the fist, and lay the thumb across it.",
  SM: "Take the thumb out, and lay it across the fist.",
  SN: "Take the thumb out, and lay it across the fist.",
  ST: "Take the thumb out, and lay it across the fist.",
  TA: "Put the thumb between the index and the middle finger.",
  TN: "Lay only the index finger over the thumb.",
  TS: "Put the thumb between the index and the middle finger.",
  UH: "Point the two fingers up.",
  UR: "Uncross the two fingers, and hold them together.",
  UV: "Hold the two fingers together.",
  VK: "Fold the thumb over the ring finger.",
  VL: "Raise the middle finger as well, and fold the thumb in.",
  VU: "Spread the two fingers.",
  VW: "Fold the ring finger in.",
  WB: "Fold the little finger in, and spread the other three.",
  WV: "Raise the ring finger as well.",
  XD: "Bend the index finger to a hook.",
  XS: "Raise the index finger as a hook.",
  XT: "Raise the index finger as a hook.",
  YA: "Stretch out the thumb and the little finger.",
  YI: "Stretch the thumb out to the side.",
};

/** How letters that are drawn are made. */
const DRAWN = {
  J: "Make an I, and draw a J with the little finger.",
  Z: "Point the index finger, and draw a Z with it.",
};

/** What to change when `read` is read instead of `wanted`; empty where nothing better than the picture is known. */
export function adviceFor(wanted, read) {
  return ADVICE[wanted + read] ?? DRAWN[wanted] ?? "";
}

/** How a letter without a picture is made. */
export function howDrawn(letter) {
  return DRAWN[letter] ?? "This letter has no picture.";
}
