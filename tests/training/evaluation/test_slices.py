"""training/evaluation/slices.py: circumstances measured in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.recognition.geometry import Box
from streamsign.training.evaluation.slices import SLICES, slices_of


def _picture(room: int, hand: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    picture = np.full((200, 200), room, np.uint8)
    picture[60:140, 60:140] = hand
    return picture


@pytest.mark.parametrize(
    ("room", "hand", "box", "expected"),
    [
        (200, 120, Box(60, 60, 140, 140), ["backlight"]),
        (120, 200, Box(60, 60, 140, 140), []),
        (30, 50, Box(60, 60, 140, 140), ["low light"]),
        (130, 130, Box(60, 60, 110, 110), ["small hand"]),
        (120, 200, Box(-40, -40, 140, 140), []),
    ],
)
def test_light_and_size_are_told_apart(room: int, hand: int, box: Box, expected: list[str]) -> None:
    """A dark hand before a bright room is backlit; a dark room is low light; boxes may reach over the border."""
    assert slices_of(_picture(room, hand), box) == expected
    assert set(expected) <= set(SLICES)
