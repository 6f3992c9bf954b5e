"""Which square of the frame holds the hand, and the 96×96 patch cut from it.

Serving, training and evaluation all cut through :func:`cut_patch` with squares made here, so that the
network sees the same framing everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Luma

PATCH_SIZE = 96
"""Side of the classifier's input in pixels: the seed project's, and the smallest MobileNetV2 was published at
(Sandler et al. 2018, table 4)."""

HAND_MARGIN = 1.3
"""Side of the patch square over the hand's longer side: all fingertips inside even when the box is 15 % short."""

GUIDE_SHARE = 0.7
"""Side of the guide box over the frame's shorter side: an arm's-length hand on a phone's front camera fills it."""


class Square(NamedTuple):
    """A square of the frame, in pixels of that frame; may stick out of it."""

    center_x: float
    center_y: float
    side: float


class Box(NamedTuple):
    """A rectangle of the frame, in pixels: (x0, y0) inclusive, (x1, y1) exclusive."""

    x0: float
    y0: float
    x1: float
    y1: float


def square_around(hand: Box, margin: float = HAND_MARGIN) -> Square:
    """The square that frames a hand as the classifier expects it: same centre, ``margin`` × its longer side."""
    side = margin * max(hand.x1 - hand.x0, hand.y1 - hand.y0)
    return Square((hand.x0 + hand.x1) / 2, (hand.y0 + hand.y1) / 2, side)


def guide_square(width: int, height: int, share: float = GUIDE_SHARE) -> Square:
    """The guide box drawn over the preview: centred, ``share`` × the shorter side of a width × height frame."""
    return Square(width / 2, height / 2, share * min(width, height))


def cut_patch(luma: Luma, square: Square, size: int = PATCH_SIZE) -> NDArray[np.uint8]:
    """Cut a square out of a brightness plane and resample it to size × size.

    Shrinks by pixel-area averaging (OpenCV ``INTER_AREA``), large squares first by halves, enlarges bilinearly. Where
    the square sticks out of the frame the edge pixels are repeated.

    Args:
        luma: (height, width) uint8, read only.
        square: in pixels of ``luma``; snapped to whole pixels.
        size: side of the patch in pixels.

    Returns:
        (size, size) uint8, in the value range of ``luma``.

    Raises:
        ValueError: ``luma`` is not a two-dimensional uint8 array with pixels in it, or the square is empty.
    """
    if luma.ndim != 2 or luma.dtype != np.uint8 or luma.size == 0:
        raise ValueError(f"luma must be (height, width) uint8 with pixels in it, not {luma.shape} {luma.dtype}")
    if not square.side > 0:
        raise ValueError(f"the square has no area: {square}")
    height, width = luma.shape
    side = max(1, round(square.side))
    if side >= 2 * size:
        side -= side % 2
    x0 = round(square.center_x - square.side / 2)
    y0 = round(square.center_y - square.side / 2)
    inside = luma[max(0, y0) : max(0, y0 + side), max(0, x0) : max(0, x0 + side)]
    if inside.shape != (side, side):
        rows = np.clip(np.arange(y0, y0 + side), 0, height - 1)
        columns = np.clip(np.arange(x0, x0 + side), 0, width - 1)
        inside = luma[np.ix_(rows, columns)]
    while side >= 2 * size and side % 2 == 0:
        # Two by two is OpenCV's fast way: a square of 430 pixels takes a third of the time, and grey levels differ by
        # one in the mean.
        side //= 2
        inside = cv2.resize(inside, (side, side), interpolation=cv2.INTER_AREA)
    shrinks = side > size
    patch = cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(patch, np.uint8)
