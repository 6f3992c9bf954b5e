"""Tests of benchmarks/scale/scenario.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale.scenario import BURST_S, DAY_SHARES, HOUR_S, MEAN_LESSON_S, Scenario

DAY = Scenario(
    name="day", rooms=100, workers=1, places=1, gateways=1, lessons=0.5, by_hour=tuple(map(float, DAY_SHARES))
)


@given(st.floats(0, 48 * HOUR_S))
def test_the_rate_is_below_its_bound(now_s: float) -> None:
    """At no time do more cameras begin than the bound from which arrivals are thinned."""
    assert sum(DAY.begins_a_s(now_s)) <= DAY.most_begin_a_s * (1 + 1e-12)


def test_lessons_begin_after_the_full_hour() -> None:
    """In the peak hour half of the rooms begin in the first three minutes, and none of them afterwards."""
    peak_s = DAY_SHARES.index(100) * HOUR_S
    lessons, others = DAY.begins_a_s(peak_s)
    assert lessons * BURST_S == pytest.approx(50)
    assert others * DAY.session_s == pytest.approx(50)
    assert DAY.begins_a_s(peak_s + BURST_S)[0] == 0
    assert MEAN_LESSON_S < HOUR_S  # so that a room's lesson has ended when the next begins


def test_a_day_has_its_hours_and_repeats() -> None:
    """Each hour has its share, and the second day is the first."""
    assert [DAY.share_at(hour * HOUR_S) for hour in range(24)] == [share / 100 for share in DAY_SHARES]
    assert DAY.share_at(33 * HOUR_S) == DAY.share_at(9 * HOUR_S)
