"""Tests of benchmarks/course.py."""

from __future__ import annotations

import pytest

from benchmarks import timecode
from benchmarks.course import Course
from benchmarks.exchange import BROKEN
from benchmarks.webrtc import Watched


def _seen(times_s: list[float], delay_s: float = 0.02) -> list[tuple[int, float]]:
    return [(round((at_s - delay_s) * 1000 * timecode.TICKS_PER_MS) % timecode.WRAP, at_s) for at_s in times_s]


def test_a_course_counts_delays_freezes_and_broken_pictures() -> None:
    """The longest freeze counts up to the end of the recording, and a damaged picture does not count."""
    course = Course()
    course.add(Watched([*_seen([100.0, 100.1, 100.5]), (BROKEN, 100.7)], 99.9, 101.0))
    course.add(Watched(_seen([200.0, 200.1]), 199.9, 200.2))
    assert course.delays_ms == pytest.approx([20] * 5)
    assert course.final_ms == course.delays_ms
    assert course.freezes_ms == pytest.approx([500, 100])
    assert course.broken == [1, 0]
    rows = {line.case: line for line in course.rows("case", "ours")}
    assert list(rows) == ["case/frame_delay", "case/final_delay", "case/longest_freeze", "case/broken"]
    assert (rows["case/broken"].unit, rows["case/broken"].n) == ("frames", 2)


def test_a_stream_that_never_came_back_has_no_final_delay() -> None:
    """Without a frame in the last seconds the row is left out; the freeze says what happened."""
    course = Course()
    course.add(Watched(_seen([100.0]), 99.0, 110.0))
    rows = {line.case: line for line in course.rows("case", "stock")}
    assert "case/final_delay" not in rows
    assert rows["case/longest_freeze"].p50 == pytest.approx(10_000)


def test_nothing_seen_is_one_freeze() -> None:
    """A connection without a whole picture stood still from beginning to end."""
    course = Course()
    course.add(Watched([(BROKEN, 2.0)], 1.0, 9.0))
    rows = {line.case: line.p50 for line in course.rows("case", "stock")}
    assert rows == pytest.approx({"case/longest_freeze": 8000, "case/broken": 1})
