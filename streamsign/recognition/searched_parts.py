"""Stores which parts of a picture were searched and hold no hand, so that an unchanged picture is not searched again.

A search runs the locator for the whole frame and for a corner. Most pictures without a hand equal the one before except
for noise, and the result would be the same.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Luma

SEARCH_AGAIN_S = 1.0
"""Time after which a part is searched again although it has not changed, seconds. A hand that the networks miss by a
little, because of noise, and that does not move is found that much later at most. In 75 streams of validation signers
the same hands are found in the same frames as with a search of every frame."""

MAX_CELL_CHANGE = 4
"""Greatest difference of a cell's mean, gray levels, up to which a part counts as unchanged. In validation signers'
films without a hand it is 0 to 4 from frame to frame while the person rests, and 15 to 120 while a hand comes in."""

COLUMNS, ROWS = 40, 30
"""Cells of a frame. The usual sizes are whole multiples, for which OpenCV is fast."""


class FramePart(NamedTuple):
    """A part of a frame: its first column and row, and its size, pixels."""

    x: int
    y: int
    width: int
    height: int


class SearchedParts:
    """Parts of one camera's latest frames without a hand. Pure: the time comes with each frame. Not thread-safe.

    Call :meth:`begin` for each frame that is searched; all frames have one size until :meth:`clear`.
    """

    def __init__(self) -> None:
        self._searched: dict[FramePart, tuple[NDArray[np.int16], float]] = {}
        self._cells = np.zeros((ROWS, COLUMNS), np.int16)
        self._x = self._y = self._at_s = 0.0

    def begin(self, luma: Luma, at_s: float) -> None:
        """Take the next frame.

        Args:
            luma: (height, width) uint8.
            at_s: its time, seconds, never decreasing.
        """
        height, width = luma.shape
        self._cells = cv2.resize(luma, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.int16)
        self._x, self._y, self._at_s = COLUMNS / width, ROWS / height, at_s

    def holds(self, part: FramePart) -> bool:
        """Whether a part was searched less than :data:`SEARCH_AGAIN_S` ago and has not changed since."""
        if part not in self._searched:
            return False
        before, searched_s = self._searched[part]
        if self._at_s - searched_s >= SEARCH_AGAIN_S:
            return False
        return int(np.abs(self._within(part) - before).max()) <= MAX_CELL_CHANGE

    def add(self, part: FramePart) -> None:
        """Store that a part holds no hand in this frame."""
        self._searched[part] = self._within(part), self._at_s

    def clear(self) -> None:
        """Remove all parts, because the coordinates or the camera changed."""
        self._searched.clear()

    def _within(self, part: FramePart) -> NDArray[np.int16]:
        """The cells that a part touches, (rows, columns)."""
        rows = slice(math.floor(part.y * self._y), math.ceil((part.y + part.height) * self._y))
        return self._cells[rows, math.floor(part.x * self._x) : math.ceil((part.x + part.width) * self._x)]
