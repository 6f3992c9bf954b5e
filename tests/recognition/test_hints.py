"""recognition/hints.py: hints to the signer, in virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.hand_reader import HandReading
from streamsign.recognition.hints import DARK_LEVEL, Hint, Hints
from streamsign.recognition.track import Track

FRAME = np.full((480, 640), 120, np.uint8)
PATCH = FRAME[:96, :96]
NONE = np.array([0.0, 1.0], np.float32)


def seen(side: float, patch: NDArray[np.uint8] = PATCH) -> HandReading:
    """A found hand of that size in pixels."""
    box = Box(100, 100, 100 + side, 100 + side)
    return HandReading(square_around(box), patch, NONE, Track(box, 0.9, 0.0))


@pytest.mark.parametrize(
    ("luma", "look", "hint"),
    [
        (FRAME, HandReading(), Hint.NO_HAND),
        (FRAME // 6, HandReading(), Hint.TOO_DARK),
        (FRAME, seen(150, PATCH // 6), Hint.TOO_DARK),
        (FRAME, seen(20), Hint.TOO_FAR),
        (FRAME, seen(150), None),
        (FRAME, HandReading(square_around(Box(0, 0, 9, 9)), PATCH, NONE), None),
    ],
)
def test_the_trouble_is_named(luma: NDArray[np.uint8], look: HandReading, hint: Hint | None) -> None:
    """A missing hand, darkness and distance have different hints; darkness has priority over a missing hand."""
    assert Hints().update(luma, look, 1.0, 0.0, "L") is hint


def test_a_patch_is_dark_below_the_level_by_one_pixel() -> None:
    """A patch at the dark level is light enough; one gray level less in a single pixel is too dark."""
    patch = np.full((96, 96), DARK_LEVEL, np.uint8)
    assert Hints().update(FRAME, seen(150, patch), 1.0, 0.0, "L") is None
    patch[50, 40] -= 1
    assert Hints().update(FRAME, seen(150, patch), 1.0, 0.0, "L") is Hint.TOO_DARK


@pytest.mark.parametrize("fps", [12, 30])
def test_one_blurred_change_is_no_trouble_but_lasting_blur_is(fps: int) -> None:
    """Blur gives a hint after 1.5 s and not after 0.2 s, at every frame rate."""
    hints = Hints()
    reported = [hints.update(FRAME, seen(150), 0.05 if n >= fps else 1.0, n / fps, "L") for n in range(3 * fps)]
    assert reported[: int(1.2 * fps)] == [None] * int(1.2 * fps)
    assert set(reported[int(2.5 * fps) :]) == {Hint.TOO_BLURRED}


def test_a_shape_that_is_no_letter_is_named_once_it_is_held() -> None:
    """A sharp hand, held still for a second without a letter, shows an unknown shape; any letter ends it."""
    hints = Hints()
    reported = [hints.update(FRAME, seen(150), 1.0, n / 10, None) for n in range(20)]
    assert reported == [None] * 10 + [Hint.UNKNOWN_SHAPE] * 10
    assert hints.update(FRAME, seen(150), 1.0, 2.0, "L") is None
