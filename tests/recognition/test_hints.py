"""What a person is told to do, in virtual time."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.recognition.crop import Box, square_around
from streamsign.recognition.framing import View
from streamsign.recognition.hints import Hint, Hints
from streamsign.recognition.track import Track

FRAME = np.full((480, 640), 120, np.uint8)
PATCH = FRAME[:96, :96]


def seen(side: float) -> View:
    """A found hand of that size in pixels."""
    box = Box(100, 100, 100 + side, 100 + side)
    return View(square_around(box), Track(box, 0.9, 0.0))


@pytest.mark.parametrize(
    ("luma", "patch", "view", "hint"),
    [
        (FRAME, None, View(None, None), Hint.NO_HAND),
        (FRAME // 6, None, View(None, None), Hint.TOO_DARK),
        (FRAME, PATCH // 6, seen(150), Hint.TOO_DARK),
        (FRAME, PATCH, seen(20), Hint.TOO_FAR),
        (FRAME, PATCH, seen(150), None),
        (FRAME, PATCH, View(square_around(Box(0, 0, 9, 9)), None), None),
    ],
)
def test_the_trouble_is_named(luma: np.ndarray, patch: np.ndarray | None, view: View, hint: Hint | None) -> None:
    """No hand, darkness and distance are told apart; without a hand in a dark frame the darkness is to blame."""
    assert Hints().update(luma, patch, view, 1.0, 0.0) is hint


@pytest.mark.parametrize("fps", [12, 30])
def test_one_blurred_change_is_no_trouble_but_lasting_blur_is(fps: int) -> None:
    """A fifth of a second of blur is not told, a second and a half is; at any frame rate."""
    hints = Hints()
    told = [hints.update(FRAME, PATCH, seen(150), 0.05 if n >= fps else 1.0, n / fps) for n in range(3 * fps)]
    assert told[: int(1.2 * fps)] == [None] * int(1.2 * fps)
    assert set(told[int(2.5 * fps) :]) == {Hint.TOO_BLURRED}
