"""demo/animation.py: the README's animated picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from streamsign.demo.animation import FPS, HOLD_S, SHOWN, draw, write
from tests.conftest import ROOT

MOST_BYTES = 500_000


def test_the_letters_that_are_read_appear_beneath(tmp_path: Path) -> None:
    """The strip under the hand is empty before the letter and keeps it to the end; the file repeats all frames."""
    frames = draw("L")
    strips = [frame[-70:, : SHOWN[0] // 2] for frame in frames]
    assert strips[0].max() < 32 < strips[-1].max()
    assert all(np.array_equal(frame, frames[-1]) for frame in frames[-round(HOLD_S * FPS) :])
    write(tmp_path / "l.webp", frames)
    read, animation = cv2.imreadanimation(str(tmp_path / "l.webp"))
    assert read
    assert animation.loop_count == 0
    assert animation.frames[0].shape[:2] == (SHOWN[1], SHOWN[0])
    assert sum(animation.durations) == round(1000 / FPS) * len(frames)


def test_the_committed_picture_is_small_and_moves() -> None:
    """It loads quickly where the README is shown."""
    picture = ROOT / "docs" / "img" / "cello.webp"
    assert picture.stat().st_size <= MOST_BYTES
    read, animation = cv2.imreadanimation(str(picture))
    assert read
    assert len(animation.frames) > 20
