"""The rate of a camera's frames."""

from __future__ import annotations

import pytest

from streamsign.webrtc.frame_rate import FrameRate


@pytest.mark.parametrize(
    ("fps", "words"),
    [(30, ""), (5, ""), (4, "hold each letter for 0.8 s"), (1, "hold each letter for 2.5 s"), (0.5, "too slow: 0.5")],
)
def test_a_slow_camera_gets_advice(fps: float, words: str) -> None:
    """From 5 frames a second nothing is said; below, how long to hold a letter; below 0.9, that it is too slow."""
    rate = FrameRate()
    for number in range(max(4, round(10 * fps))):
        rate.frame_came(number / fps)
    assert words in rate.advice()
    assert bool(rate.advice()) == bool(words)


def test_nothing_is_said_of_a_camera_that_just_began() -> None:
    """Two frames say nothing of the rate, and after a pause the rate counts again."""
    rate = FrameRate()
    assert rate.advice() == ""
    for at_s in (0.0, 1.0, 100.0, 100.1):
        rate.frame_came(at_s)
        assert rate.advice() == ""
