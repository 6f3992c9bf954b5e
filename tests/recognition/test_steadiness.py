"""A hand's movement against its own a moment ago, in virtual time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.steadiness import LARGEST_SPEED, PEAK_MEMORY_S, PeakSpeed, StrokeBlur


@given(st.lists(st.floats(0.001, 0.3), min_size=1, max_size=20), st.floats(0, LARGEST_SPEED))
def test_the_greatest_speed_decays_with_the_time_that_passed(intervals: list[float], speed: float) -> None:
    """However many frames come in an interval, the same is left of a speed after it."""
    peak, now = PeakSpeed(), 0.0
    peak.update(speed, now)
    for interval in intervals:
        now += interval
        peak.update(0.0, now)
    assert peak.speed == pytest.approx(speed * math.exp(-now / PEAK_MEMORY_S), abs=1e-9)


def test_a_greater_speed_counts_at_once_and_an_impossible_one_does_not() -> None:
    """The peak follows a rise within its frame, up to the largest speed, and an unknown speed leaves it to decay."""
    peak = PeakSpeed()
    peak.update(1.0, 0.0)
    peak.update(3.0, 0.03)
    assert peak.speed == 3.0
    peak.update(90.0, 0.06)
    assert peak.speed == LARGEST_SPEED
    peak.update(None, 0.09)
    assert 0 < peak.speed < LARGEST_SPEED


def blur(*focus: float | None) -> float:
    """Share lost after frames at 30 a second."""
    found = StrokeBlur()
    for number, each in enumerate(focus):
        found.update(each, number / 30)
    return found.share


def test_a_blurred_frame_counts_and_fades() -> None:
    """Half of the sharpness lost is a share of a half, most of it gone after a quarter of a second."""
    assert blur(*[2.0] * 10) == 0
    assert blur(*[2.0] * 10, 1.0) == pytest.approx(0.5)
    assert blur(*[2.0] * 10, 1.0, *[2.0] * 8) < 0.1


def test_a_rest_that_begins_blurred_is_compared_with_its_sharp_frames() -> None:
    """A hand that arrives blurred has lost nothing until it blurs again."""
    assert blur(0.5, *[2.0] * 15) == 0
    assert blur(0.5, *[2.0] * 15, 1.0) == pytest.approx(0.5, abs=0.02)


def test_without_a_letter_the_comparison_starts_anew() -> None:
    """A frame without focus and a reset both forget how sharp the rest was."""
    assert blur(*[2.0] * 10, None, 1.0) == 0
    found = StrokeBlur()
    found.update(2.0, 0.0)
    found.reset()
    found.update(1.0, 0.03)
    assert found.share == 0


@given(st.lists(st.tuples(st.one_of(st.none(), st.floats(0, 50)), st.floats(0, 1)), max_size=40))
def test_the_share_lost_is_a_share(frames: list[tuple[float | None, float]]) -> None:
    """Whatever is seen, it is at least 0 and at most 1."""
    found, now = StrokeBlur(), 0.0
    for focus, elapsed in frames:
        now += elapsed
        found.update(focus, now)
        assert 0 <= found.share <= 1
