"""training/data/coverage.py: the kinds that a picture belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.recognition.geometry import Box
from streamsign.training.data.coverage import BANDS, DISTANCE, TRAITS, distance_of, traits_of


@pytest.mark.parametrize(
    ("box", "hand", "room", "expected"),
    [
        (
            Box(20, 20, 50, 80),
            200,
            100,
            {"size": "60 to 80", "shape of the box": "narrow", "half of the picture": "left"},
        ),
        (Box(130, 40, 230, 90), 120, 120, {"size": "80 and more", "shape of the box": "wide", "light": "ordinary"}),
        (Box(100, 60, 130, 90), 40, 20, {"size": "below 40", "light": "low light", "brightness of the hand": "dark"}),
        (Box(70, 50, 120, 100), 60, 200, {"light": "backlight", "half of the picture": "center"}),
        (Box(140, 60, 190, 100), 220, 90, {"brightness of the hand": "bright", "half of the picture": "right"}),
    ],
)
def test_kinds_of_a_drawn_hand(box: Box, hand: int, room: int, expected: dict[str, str]) -> None:
    """Light, size, brightness, shape and place are those of the rectangle that was drawn."""
    picture = np.full((160, 200), room, np.uint8)
    picture[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = hand
    traits = traits_of(picture, box)
    assert set(traits) == set(TRAITS)
    assert traits.items() >= expected.items()
    assert all(band in BANDS[trait] for trait, band in traits.items())


def test_a_box_outside_the_picture() -> None:
    """A box that misses the picture is described all the same."""
    assert set(traits_of(np.full((20, 20), 90, np.uint8), Box(30, 30, 40, 40))) == set(TRAITS)


@pytest.mark.parametrize(
    ("side", "band"), [(10, "below 15 %"), (15, "15 to 25 %"), (39, "25 to 40 %"), (90, "40 % and more")]
)
def test_distance_is_the_share_of_the_shorter_side(side: float, band: str) -> None:
    """A hand's longer side is compared with the frame's shorter side, whichever that is; an edge belongs above."""
    hand = Box(5, 5, 5 + side / 2, 5 + side)
    assert (
        distance_of(np.zeros((100, 200), np.uint8), hand) == band == distance_of(np.zeros((200, 100), np.uint8), hand)
    )
    assert band in BANDS[DISTANCE]
