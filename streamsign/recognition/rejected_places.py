"""Stores places that were searched and hold no hand, so that a still scene is not verified in each frame.

A face or an ornament that the locator proposes in every frame costs up to ten runs of the networks before it is
rejected. While its pixels stay the same the result would be the same.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Luma
from streamsign.recognition.fusion import odds
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.patch import cut_patch

RETRY_S = 0.2
"""Time after which a place is verified again although its pixels have not changed, seconds. A hand that the networks
reject by a little, because of noise, is found that much later at most."""

MAX_CHANGE = 1.0
"""Mean absolute difference of the pixels of a place, gray levels, up to which they count as unchanged. Noise of a
webcam and of the codec stays below it; a finger that moves exceeds it."""

SCORE_MARGIN = 3.0
"""Factor by which the odds of a proposal may exceed those of the rejected one. Above it, the place needs less further
evidence and is verified."""

_SAME_IOU = 0.6  # from which a proposal is the rejected place
_SIDE_PX = 24  # of a place's pixels
_MOST = 8  # places stored: those of the whole frame and of its corners


@dataclass(frozen=True, slots=True)
class _RejectedPlace:
    box: Box
    square: Square
    pixels: NDArray[np.float32]
    odds: float
    at_s: float


class RejectedPlaces:
    """Places without a hand in one camera's latest frames. Pure: the time comes with each frame. Not thread-safe."""

    def __init__(self) -> None:
        self._places: deque[_RejectedPlace] = deque(maxlen=_MOST)

    def add(self, luma: Luma, box: Box, square: Square, score: float, at_s: float) -> None:
        """Store a place.

        Args:
            luma: (height, width) uint8.
            box: that was proposed, pixels of ``luma``.
            square: that was shown to the classifier, pixels of ``luma``.
            score: of the proposal, 0–1.
            at_s: time of the frame, seconds, never decreasing.
        """
        self._places.append(_RejectedPlace(box, square, _pixels(luma, square), odds(score), at_s))

    def holds(self, luma: Luma, box: Box, score: float, at_s: float) -> bool:
        """Whether a proposal is a place that was rejected less than :data:`RETRY_S` ago and has not changed since.

        Args:
            luma: (height, width) uint8.
            box: that is proposed, pixels of ``luma``.
            score: of the proposal, 0–1.
            at_s: time of the frame, seconds, never decreasing.
        """
        return any(
            at_s - place.at_s < RETRY_S
            and odds(score) <= SCORE_MARGIN * place.odds
            and box.iou(place.box) >= _SAME_IOU
            and float(np.abs(_pixels(luma, place.square) - place.pixels).mean()) <= MAX_CHANGE
            for place in self._places
        )

    def clear(self) -> None:
        """Remove all places, because the coordinates or the camera changed."""
        self._places.clear()


def _pixels(luma: Luma, square: Square) -> NDArray[np.float32]:
    return cut_patch(luma, square, _SIDE_PX).astype(np.float32)
