"""Cuts a patch around a hand, classifies it, and measures where in it the hand is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.classifier import Classifier, HandInPatch
from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import square_around
from streamsign.recognition.fusion import mean_detection
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.locate import Detection
from streamsign.recognition.model import Model
from streamsign.recognition.patch import cut_patch

MAX_CENTER_OFFSET = 0.12
"""Largest distance of the hand's center from the patch's, over the patch's side, at which the patch is classified.
Training shifts patches this far."""

MAX_LOG_SCALE = math.log(1.22)
"""Largest log ratio of the patch's side to the side that would frame the hand. Training's smallest patch is 0.82 of
serving's."""

ZOOM_FACTOR = 1.2
"""Scale of the nearer and the farther patch in which a new hand is verified. With these and the mirrored patch, before
the locator's scores were combined with them, 98.3 % of the validation signers' hands were found at 0.6 % false hands;
with the first patch alone, 97.6 %."""

_LOG_SIDE_RANGE = (-3.0, 2.0)
"""Limits of the network's log sides, hand sizes."""

OnStage = Callable[[str], None]
"""Called with a stage's name as the stage ends, for timing."""


def ignore_stage(_stage: str) -> None:
    """Record no timing."""


class PatchReading(NamedTuple):
    """A classified patch and the hand in it.

    Attributes:
        square: what was cut, pixels of the frame.
        patch: (size, size) uint8, the same.
        probabilities: (labels,) float32, in the model's order.
        hand: the hand's box in pixels of the frame, with the probability that it is a hand.
    """

    square: Square
    patch: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    hand: Detection


class PatchReader:
    """A model's classifier applied to squares of frames. Not thread-safe: one per camera.

    Raises:
        ModelInvalid: the graph cannot be used.
        RuntimeUnavailable: no TFLite runtime is installed.
    """

    def __init__(self, model: Model) -> None:
        self._classifier = Classifier(model)
        self._margin = model.info.framing.margin
        self._size = model.info.input.size

    def square_around(self, box: Box) -> Square:
        """The square that frames a hand as in training."""
        return square_around(box, self._margin)

    def read(
        self, luma: Luma, square: Square, *, limited_range: bool = False, on_stage: OnStage = ignore_stage
    ) -> PatchReading:
        """Cut and classify a square.

        Args:
            luma: (height, width) uint8.
            square: in pixels of ``luma``.
            limited_range: True when black is 16 and white 235.
            on_stage: called with "cropped" and "classified".
        """
        patch = cut_patch(luma, square, self._size)
        on_stage("cropped")
        probabilities = self._classifier.read(patch, limited_range=limited_range)
        on_stage("classified")
        return PatchReading(square, patch, probabilities, self._detection(square))

    def read_hand(
        self,
        luma: Luma,
        box: Box,
        min_presence: float,
        *,
        limited_range: bool = False,
        on_stage: OnStage = ignore_stage,
    ) -> PatchReading | None:
        """Read the hand near a box; cut a second patch if the first does not frame it as in training.

        Returns:
            None if the probability of a hand is below ``min_presence``.
        """
        reading = self.read(luma, self.square_around(box), limited_range=limited_range, on_stage=on_stage)
        if reading.hand.score >= min_presence and is_misframed(
            reading.square, wanted := self.square_around(reading.hand.box)
        ):
            reading = self.read(luma, wanted, limited_range=limited_range, on_stage=on_stage)
        return reading if reading.hand.score >= min_presence else None

    def verify(self, luma: Luma, reading: PatchReading, *, limited_range: bool = False) -> Detection:
        """The hand by four patches: the one that was read, its mirror image, a nearer and a farther one."""
        square = reading.square
        nearer, farther = (square._replace(side=square.side * scale) for scale in (1 / ZOOM_FACTOR, ZOOM_FACTOR))
        detections = [reading.hand]
        for where, mirrored in ((square, True), (nearer, False), (farther, False)):
            patch = reading.patch[:, ::-1] if mirrored else cut_patch(luma, where, self._size)
            self._classifier.read(np.ascontiguousarray(patch), limited_range=limited_range)
            detections.append(self._detection(where, mirrored=mirrored))
        return mean_detection(detections)

    def _detection(self, square: Square, *, mirrored: bool = False) -> Detection:
        """The hand of the patch that was classified last, in pixels of the frame."""
        hand = self._classifier.hand()
        if mirrored:
            hand = hand._replace(right=-hand.right)
        return Detection(_box_in_frame(hand, square, self._margin), hand.presence)


def is_misframed(square: Square, wanted: Square) -> bool:
    """Whether the hand that ``wanted`` frames is too far off center, too large or too small in ``square``."""
    offset = max(abs(square.center_x - wanted.center_x), abs(square.center_y - wanted.center_y)) / square.side
    return offset > MAX_CENTER_OFFSET or abs(math.log(wanted.side / square.side)) > MAX_LOG_SCALE


def _box_in_frame(hand: HandInPatch, square: Square, margin: float) -> Box:
    unit = square.side / margin
    x, y = square.center_x + hand.right * unit, square.center_y + hand.down * unit
    low, high = _LOG_SIDE_RANGE
    half_width, half_height = (
        unit * math.exp(min(high, max(low, log_side))) / 2 for log_side in (hand.log_width, hand.log_height)
    )
    return Box(x - half_width, y - half_height, x + half_width, y + half_height)
