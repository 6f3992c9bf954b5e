"""The main problem that keeps a hand from being read well."""

from __future__ import annotations

import math
from enum import StrEnum

import cv2

from streamsign.recognition.frame import Luma
from streamsign.recognition.hand_reader import HandReading
from streamsign.recognition.unknown_shape import UnknownShape

FAR_PX = 32
"""Longer side of the hand, pixels, below which its patch is enlarged to more than twice its size: fingers merge."""

DARK_LEVEL = 40
"""Mean level of a full-range patch or frame below which noise hides the fingers. Chosen by eye on rendered hands."""

BLURRED_WEIGHT = 0.35
"""Mean weight of the motion-blur gate below which almost no frame counts."""

BLUR_MEMORY_S = 0.5
"""Time constant of that mean: long enough to ignore the blur of one change of letters."""

_EVERY = 16  # rows and columns between the sampled pixels of a frame: under a hundredth of the work


class Hint(StrEnum):
    """A problem with the picture."""

    NO_HAND = "no_hand"
    TOO_FAR = "too_far"
    TOO_DARK = "too_dark"
    TOO_BLURRED = "too_blurred"
    UNKNOWN_SHAPE = "unknown_shape"
    """The hand is held still in a shape that is none of the model's letters."""


class Hints:
    """Chooses the hint of each frame. Pure: the time comes with each frame."""

    def __init__(self) -> None:
        self._weight = 1.0
        self._last_s: float | None = None
        self._unknown = UnknownShape()

    def update(self, luma: Luma, found: HandReading, weight: float, at_s: float, letter: str | None) -> Hint | None:
        """The main problem of a frame, or None.

        Args:
            luma: the frame, (height, width) uint8.
            found: what was read of it.
            weight: of its evidence by the motion-blur gate, 0–1.
            at_s: its time, seconds, never decreasing.
            letter: most probable letter; None if it is none.
        """
        box = None if found.track is None else found.track.box
        unknown = self._unknown.update(box, letter, at_s)
        if found.patch is None:
            self._last_s = None
            self._weight = 1.0
            return Hint.TOO_DARK if luma[::_EVERY, ::_EVERY].mean() < DARK_LEVEL else Hint.NO_HAND
        past_s = 0.0 if self._last_s is None else max(0.0, at_s - self._last_s)
        self._last_s = at_s
        self._weight += (1 - math.exp(-past_s / BLUR_MEMORY_S)) * (weight - self._weight)
        # Exact like the mean, which takes NumPy many times as long.
        if cv2.sumElems(found.patch)[0] < DARK_LEVEL * found.patch.size:
            return Hint.TOO_DARK
        if box is not None and box.longer_side < FAR_PX:
            return Hint.TOO_FAR
        if self._weight < BLURRED_WEIGHT:
            return Hint.TOO_BLURRED
        return Hint.UNKNOWN_SHAPE if unknown else None
