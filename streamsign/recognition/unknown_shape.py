"""A hand held still in a shape that is none of the model's letters. Pure: the time comes with each frame."""

from __future__ import annotations

from streamsign.recognition.geometry import Box

HELD_S = 1.0
"""Time for which the shape is held: longer than the way between two letters of a slow signer."""

STILL = 0.5
"""Least overlap (IoU) with the box at the beginning, so that the hand counts as held still."""


class UnknownShape:
    """Notes since when a hand is held in a shape without a letter."""

    def __init__(self) -> None:
        self._box: Box | None = None
        self._since_s = 0.0

    def update(self, box: Box | None, letter: str | None, at_s: float) -> bool:
        """Whether such a shape has been held for HELD_S.

        Args:
            box: bounding box of the hand, pixels; None without a hand.
            letter: most probable letter; None if it is none.
            at_s: time of the frame, seconds, never decreasing.
        """
        if box is None or letter is not None:
            self._box = None
            return False
        if self._box is None or self._box.iou(box) < STILL:
            self._box, self._since_s = box, at_s
        return at_s - self._since_s >= HELD_S
