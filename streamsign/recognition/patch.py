"""Cuts a network's square input out of a luma plane. Serving, training and evaluation all use :func:`cut_patch`."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Square

PATCH_SIZE = 96
"""Side of the classifier's input in pixels: the seed project's, and the smallest MobileNetV2 was published at
(Sandler et al. 2018, table 4)."""


def cut_patch(luma: Luma, square: Square, size: int = PATCH_SIZE) -> NDArray[np.uint8]:
    """Cut a square out of a luma plane and resample it to size × size.

    Shrinks by pixel-area averaging (OpenCV ``INTER_AREA``), large squares first by halves. Enlarges bilinearly. Where
    the square extends beyond the frame, the edge pixels are repeated.

    Args:
        luma: (height, width) uint8, read only.
        square: in pixels of ``luma``; rounded to whole pixels.
        size: side of the patch in pixels.

    Returns:
        (size, size) uint8, in the value range of ``luma``.

    Raises:
        ValueError: ``luma`` is not a non-empty two-dimensional uint8 array, or the square is empty.
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
        top, bottom, above, below = _within(y0, side, height)
        left, right, before, after = _within(x0, side, width)
        inside = cv2.copyMakeBorder(luma[top:bottom, left:right], above, below, before, after, cv2.BORDER_REPLICATE)
    while side >= 2 * size and side % 2 == 0:
        # OpenCV has a fast path for halving. A square of 430 pixels takes a third of the time, and gray levels differ
        # by one on average.
        side //= 2
        inside = cv2.resize(inside, (side, side), interpolation=cv2.INTER_AREA)
    shrinks = side > size
    patch = cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(patch, np.uint8)


def _within(start: int, side: int, length: int) -> tuple[int, int, int, int]:
    """The part of a side in the frame, one pixel at least: its start and end, and the pixels before and after it."""
    first = min(max(0, start), length - 1)
    end = max(min(start + side, length), first + 1)
    before = min(max(0, -start), side - (end - first))
    return first, end, before, side - (end - first) - before
