"""server/practice/hand.py: the rendered hand to copy."""

from __future__ import annotations

import cv2
import numpy as np

from streamsign.server.practice.hand import PICTURE_PX, drawn_hand


def test_each_letter_is_a_picture_of_its_own() -> None:
    """A hand is a PNG of the stated size, the same whenever it is asked for, and another for another letter."""
    c, o = drawn_hand("C"), drawn_hand("O")
    picture = cv2.imdecode(np.frombuffer(c, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (PICTURE_PX, PICTURE_PX, 3)
    assert c != o
    drawn_hand.cache_clear()
    assert drawn_hand("C") == c
