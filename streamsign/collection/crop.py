"""A loose crop of a hand, cut as those of the training data: the hand's longer side has 84 pixels at most."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.levels import full_range_levels
from streamsign.recognition.locate import ZOOM_MARGIN
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.sharpness import focus_measure

HAND_PX = 84
"""Longest side of a stored hand, pixels: about a pixel for each of the 96×96 patch (96 / 1.3 = 74)."""

_LEAST_PX = 8  # a shorter side of a crop shows nothing


@dataclass(frozen=True, slots=True, eq=False)
class HandCrop:
    """A hand with its surroundings.

    Attributes:
        pixels: (height, width) uint8, full range; 2.2 × the hand, clipped at the frame.
        hand: the hand's box in pixels of the crop.
        light: median of ``pixels``, 0–255.
        sharpness: :func:`~streamsign.recognition.sharpness.focus_measure` of the patch that serving cuts.
    """

    pixels: NDArray[np.uint8]
    hand: Box
    light: float
    sharpness: float


def touches_edge(hand: Box) -> bool:
    """Whether a hand may be cut off by the edge of its frame.

    Args:
        hand: in shares of the frame, clipped to it, as in :class:`streamsign.recognition.events.Reading`.
    """
    return hand.x0 <= 0 or hand.y0 <= 0 or hand.x1 >= 1 or hand.y1 >= 1


def crop_hand(luma: Luma, hand: Box, *, limited_range: bool = False) -> HandCrop | None:
    """Cut a hand out of a frame; the result shares no memory with it.

    Args:
        luma: (height, width) uint8.
        hand: in shares of the frame's width and height, 0–1.
        limited_range: True when black is 16 and white 235.

    Returns:
        The crop. Returns None if the box has no area, or the crop would be narrower than 8 pixels.
    """
    height, width = luma.shape
    box = Box(hand.x0 * width, hand.y0 * height, hand.x1 * width, hand.y1 * height)
    if not (box.width > 0 and box.height > 0):
        return None
    around = square_around(box, ZOOM_MARGIN)
    x0, x1 = (round(min(width, max(0, around.center_x + side * around.side / 2))) for side in (-1, 1))
    y0, y1 = (round(min(height, max(0, around.center_y + side * around.side / 2))) for side in (-1, 1))
    if min(x1 - x0, y1 - y0) < _LEAST_PX:
        return None
    part = np.ascontiguousarray(luma[y0:y1, x0:x1])
    zoom = min(1.0, HAND_PX / box.longer_side)
    if zoom < 1:
        size = (max(1, round((x1 - x0) * zoom)), max(1, round((y1 - y0) * zoom)))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    if limited_range:
        part = np.rint(full_range_levels(limited_range=True)).astype(np.uint8)[part]
    # Width and height are rounded, so that the scales differ by a fraction of a pixel.
    across, down = part.shape[1] / (x1 - x0), part.shape[0] / (y1 - y0)
    inside = Box((box.x0 - x0) * across, (box.y0 - y0) * down, (box.x1 - x0) * across, (box.y1 - y0) * down)
    patch = cut_patch(part, square_around(inside))
    return HandCrop(part, inside, float(np.median(part)), focus_measure(patch))
