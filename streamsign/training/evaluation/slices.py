"""Hard circumstances that can be measured in the picture; a card gives the accuracy in each.

Skin tone, age and the angle of the hand are not measured: luma does not determine them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.geometry import Box

BACKLIT_BY = 40.0
"""Gray levels by which the middle of the hand is darker than its surroundings."""

DARK = 60.0
"""Median luma of hand and surroundings below which the light counts as low."""

SMALL = 60.0
"""Longer side of the hand, pixels, below which the patch is enlarged."""

SLICES = {
    "backlight": f"hand at least {BACKLIT_BY:.0f} gray levels darker than its surroundings",
    "low light": f"median luma below {DARK:.0f}",
    "small hand": f"hand below {SMALL:.0f} pixels",
    "mirrored": "every picture turned left to right: the other hand",
}
"""Every slice with its meaning."""

_SURROUNDINGS = 0.35  # extent of the surroundings beyond the box, over its sides


def slices_of(gray: NDArray[np.uint8], hand: Box) -> list[str]:
    """Names of the slices a picture belongs to (all but *mirrored*, which is every picture again).

    Args:
        gray: (height, width) uint8, full range.
        hand: box in pixels of the picture.
    """
    width, height = hand.width, hand.height
    wide = _part(gray, hand, _SURROUNDINGS)
    inside = _part(gray, hand, 0)
    middle = _part(gray, hand, -0.25)
    names = []
    around = wide.size - inside.size
    if middle.size and around:
        surroundings = (float(wide.sum(dtype=np.float64)) - float(inside.sum(dtype=np.float64))) / around
        if surroundings - float(middle.mean()) >= BACKLIT_BY:
            names.append("backlight")
    if wide.size and float(np.median(wide)) < DARK:
        names.append("low light")
    if max(width, height) < SMALL:
        names.append("small hand")
    return names


def _part(gray: NDArray[np.uint8], hand: Box, reach: float) -> NDArray[np.uint8]:
    """The picture under the box, grown on each side by ``reach`` of its sides (shrunk where negative)."""
    x, y = reach * (hand.width), reach * (hand.height)
    rows = slice(max(0, round(hand.y0 - y)), max(0, round(hand.y1 + y)))
    columns = slice(max(0, round(hand.x0 - x)), max(0, round(hand.x1 + x)))
    return gray[rows, columns]
