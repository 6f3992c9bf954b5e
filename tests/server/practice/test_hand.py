"""server/practice/hand.py: the rendered hand to copy."""

from __future__ import annotations

import cv2
import numpy as np

from streamsign.server.practice.hand import PICTURE_PX, drawn_hand


def test_each_letter_is_a_picture_of_its_own() -> None:
    """A hand is a WebP of the stated size, the same whenever it is asked for, and another for another letter."""
    c, o = drawn_hand("C"), drawn_hand("O")
    picture = cv2.imdecode(np.frombuffer(c, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape == (PICTURE_PX, PICTURE_PX, 4)
    assert c != o
    drawn_hand.cache_clear()
    assert drawn_hand("C") == c


def test_the_hand_fills_the_picture_and_nothing_else_is_in_it() -> None:
    """The background is transparent, and the hand is neither cut off nor small."""
    picture = cv2.imdecode(np.frombuffer(drawn_hand("L"), np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    alpha = picture[:, :, 3]
    assert not alpha[:4].any()
    assert not alpha[:, :4].any()
    assert not alpha[:, -4:].any()
    seen = np.flatnonzero(alpha.any(axis=1))
    assert seen[0] < 0.12 * PICTURE_PX
    assert 0.15 < (alpha > 0).mean() < 0.7
