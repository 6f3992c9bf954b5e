"""Traits of a picture of a hand besides its letter, each in a few bands, to count the coverage of a data set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.geometry import Box
from streamsign.training.evaluation.slices import slices_of

TRAITS = {
    "light": "backlight and low light as in the model cards; ordinary otherwise",
    "size": "longer side of the hand's box, pixels of the picture",
    "brightness of the hand": "mean luma of the middle of the hand: skin and light together",
    "shape of the box": "width over height; hands from the side are often narrow",
    "half of the picture": "where the center of the hand is; which hand it is cannot be seen from a box",
}
"""Every trait with its measure."""

SIZES_PX = (40.0, 60.0, 80.0)
DARK_HAND, BRIGHT_HAND = 90.0, 150.0
NARROW, WIDE = 0.6, 1.2
CENTERED = 0.1
"""Distance of the hand's center from the picture's, over its width, below which it is in neither half."""


def traits_of(gray: NDArray[np.uint8], hand: Box) -> dict[str, str]:
    """The band of a picture in each of ``TRAITS``.

    Args:
        gray: (height, width) uint8, full range.
        hand: box in pixels of the picture.
    """
    hard = [name for name in slices_of(gray, hand) if name != "small hand"]
    offset = (hand.x0 + hand.x1) / 2 / gray.shape[1] - 0.5
    return {
        "light": " and ".join(hard) or "ordinary",
        "size": _band(hand.longer_side, SIZES_PX, ("below 40", "40 to 60", "60 to 80", "80 and more")),
        "brightness of the hand": _band(_middle(gray, hand), (DARK_HAND, BRIGHT_HAND), ("dark", "medium", "bright")),
        "shape of the box": _band(hand.width / max(hand.height, 1e-6), (NARROW, WIDE), ("narrow", "ordinary", "wide")),
        "half of the picture": _band(offset, (-CENTERED, CENTERED), ("left", "center", "right")),
    }


def _band(value: float, edges: tuple[float, ...], names: tuple[str, ...]) -> str:
    """The name of the band that a value is in; a value on an edge belongs to the band above."""
    return names[int(np.searchsorted(edges, value, side="right"))]


def _middle(gray: NDArray[np.uint8], hand: Box) -> float:
    """Mean luma of the middle half of the box; of the picture where the box is outside it."""
    rows = slice(max(0, round(hand.y0 + hand.height / 4)), max(0, round(hand.y1 - hand.height / 4)))
    columns = slice(max(0, round(hand.x0 + hand.width / 4)), max(0, round(hand.x1 - hand.width / 4)))
    part = gray[rows, columns]
    return float((part if part.size else gray).mean())
