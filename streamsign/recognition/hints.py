"""What a person could do to be read better, one thing at a time."""

from __future__ import annotations

import math
from enum import StrEnum

from streamsign.recognition.frame import Luma
from streamsign.recognition.hand_reader import Look

FAR_PX = 32
"""Longer side of the hand, pixels, below which its patch is enlarged to more than twice its size: fingers merge."""

DARK_LEVEL = 40
"""Mean of a full-range patch or frame below which noise outweighs fingers; by eye, on rendered hands."""

BLURRED_WEIGHT = 0.35
"""Mean weight of the motion-blur gate below which hardly any frame counts."""

BLUR_MEMORY_S = 0.5
"""Time constant of that mean: the blur of one change of letters is no news."""

_EVERY = 16  # rows and columns between the pixels of a frame whose mean is taken: a hundredth of the work


class Hint(StrEnum):
    """The most pressing trouble."""

    NO_HAND = "no_hand"
    TOO_FAR = "too_far"
    TOO_DARK = "too_dark"
    TOO_BLURRED = "too_blurred"


class Hints:
    """Watches a stream for trouble. Pure: the time comes with each frame."""

    def __init__(self) -> None:
        self._weight = 1.0
        self._last_s: float | None = None

    def update(self, luma: Luma, look: Look, weight: float, at_s: float) -> Hint | None:
        """The trouble with a frame, if there is any.

        Args:
            luma: the frame, (height, width) uint8.
            look: what was read of it.
            weight: of its evidence, by the motion-blur gate, 0–1.
            at_s: its time, seconds, never decreasing.
        """
        if look.patch is None:
            self._last_s = None
            self._weight = 1.0
            return Hint.TOO_DARK if luma[::_EVERY, ::_EVERY].mean() < DARK_LEVEL else Hint.NO_HAND
        past_s = 0.0 if self._last_s is None else max(0.0, at_s - self._last_s)
        self._last_s = at_s
        self._weight += (1 - math.exp(-past_s / BLUR_MEMORY_S)) * (weight - self._weight)
        if look.patch.mean() < DARK_LEVEL:
            return Hint.TOO_DARK
        box = None if look.track is None else look.track.box
        if box is not None and max(box.x1 - box.x0, box.y1 - box.y0) < FAR_PX:
            return Hint.TOO_FAR
        return Hint.TOO_BLURRED if self._weight < BLURRED_WEIGHT else None
