"""Traits of a picture of a hand besides its letter, each in a few bands, to count the coverage of a data set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.geometry import Box
from streamsign.training.evaluation.slices import SLICES, slices_of

TRAITS = {
    "light": f"backlight: {SLICES['backlight']}; low light: {SLICES['low light']}",
    "size": "longer side of the hand's box, pixels of the picture",
    "brightness of the hand": "mean luma of the middle of the hand: skin and light together",
    "shape of the box": "width over height; hands from the side are often narrow",
    "half of the picture": "where the center of the hand is; which hand it is cannot be seen from a box",
}
"""Every trait with its measure."""

DISTANCE = "distance"
DISTANCE_MEANING = "longer side of the hand's box over the shorter side of the picture, if it is a whole frame"
"""Trait of whole frames: a hand near the camera is large. It is not one of ``TRAITS``, because pictures that are cut
around the hand do not show it."""

BANDS = {
    "light": ("ordinary", "backlight", "low light", "backlight and low light"),
    "size": ("below 40", "40 to 60", "60 to 80", "80 and more"),
    DISTANCE: ("below 15 %", "15 to 25 %", "25 to 40 %", "40 % and more"),
    "brightness of the hand": ("dark", "medium", "bright"),
    "shape of the box": ("narrow", "ordinary", "wide"),
    "half of the picture": ("left", "center", "right"),
}
"""The bands of every trait, in their order."""

SIZES_PX = (40.0, 60.0, 80.0)
DISTANCES = (0.15, 0.25, 0.4)
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
        "size": _band("size", hand.longer_side, SIZES_PX),
        "brightness of the hand": _band("brightness of the hand", _middle(gray, hand), (DARK_HAND, BRIGHT_HAND)),
        "shape of the box": _band("shape of the box", hand.width / max(hand.height, 1e-6), (NARROW, WIDE)),
        "half of the picture": _band("half of the picture", offset, (-CENTERED, CENTERED)),
    }


def distance_of(gray: NDArray[np.uint8], hand: Box) -> str:
    """The band of a whole frame in the trait ``DISTANCE``; see :func:`traits_of`."""
    return _band(DISTANCE, hand.longer_side / min(gray.shape), DISTANCES)


def _band(trait: str, value: float, edges: tuple[float, ...]) -> str:
    """The name of the band that a value is in; a value on an edge belongs to the band above."""
    return BANDS[trait][int(np.searchsorted(edges, value, side="right"))]


def _middle(gray: NDArray[np.uint8], hand: Box) -> float:
    """Mean luma of the middle half of the box; of the picture where the box is outside it."""
    rows = slice(max(0, round(hand.y0 + hand.height / 4)), max(0, round(hand.y1 - hand.height / 4)))
    columns = slice(max(0, round(hand.x0 + hand.width / 4)), max(0, round(hand.x1 - hand.width / 4)))
    part = gray[rows, columns]
    return float((part if part.size else gray).mean())
