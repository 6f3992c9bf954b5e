"""Histograms of durations, in virtual time."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.metrics.histogram import SCHEMA, WINDOW_S, ZERO_THRESHOLD_S, DurationHistogram, Percentiles

_ERROR = 2 ** (2**-SCHEMA / 2) - 1
_DURATIONS = st.lists(st.floats(2 * ZERO_THRESHOLD_S, 100), min_size=1, max_size=200)


def _filled(durations: list[float], now_s: float = 0.0) -> DurationHistogram:
    histogram = DurationHistogram()
    for seconds in durations:
        histogram.observe(seconds, now_s)
    return histogram


@given(_DURATIONS)
def test_percentiles_are_right_within_their_error(durations: list[float]) -> None:
    """Each percentile is the nearest-rank one of the durations themselves, within 0.6 %."""
    found, ordered = _filled(durations).since_start(), sorted(durations)
    assert found.n == len(durations)
    for q, ms in ((0.50, found.p50), (0.95, found.p95), (0.99, found.p99)):
        assert ms == pytest.approx(1000 * ordered[math.ceil(q * len(ordered)) - 1], rel=_ERROR + 1e-9)


@given(_DURATIONS, _DURATIONS)
def test_spans_are_summed_and_not_averaged(earlier: list[float], later: list[float]) -> None:
    """Percentiles over two parts of the window are those of all their durations together."""
    histogram = _filled(earlier)
    for seconds in later:
        histogram.observe(seconds, WINDOW_S / 2)
    assert histogram.recent(WINDOW_S / 2) == _filled(earlier + later).recent(0.0)


def test_the_window_forgets_and_the_whole_does_not() -> None:
    """What is older than the window counts in the whole only, also when nothing new comes."""
    histogram = _filled([1.0, 1.0, 1.0])
    histogram.observe(0.01, 0.95 * WINDOW_S)
    assert histogram.recent(0.95 * WINDOW_S).n == 4
    recent = histogram.recent(1.05 * WINDOW_S)
    assert recent.n == 1
    assert recent.p99 == pytest.approx(10, rel=_ERROR)
    assert histogram.recent(3 * WINDOW_S) == Percentiles(None, None, None, 0)
    assert histogram.since_start().n == histogram.count == 4


def test_nothing_is_known_of_nothing() -> None:
    """Without an observation there are no percentiles, rather than zeros."""
    assert DurationHistogram().since_start() == Percentiles(None, None, None, 0)


@pytest.mark.parametrize("seconds", [0.0, -0.5, ZERO_THRESHOLD_S])
def test_what_no_clock_resolves_is_zero(seconds: float) -> None:
    """Durations too short for any clock, or below nothing, count as zero and add nothing to the sum."""
    histogram = _filled([seconds])
    assert histogram.since_start().p50 == 0.0
    assert 0 <= histogram.sum_s <= ZERO_THRESHOLD_S


@given(_DURATIONS)
def test_cumulative_counts_are_exact(durations: list[float]) -> None:
    """Every count is that of the durations at or below its bound, and the sum is theirs."""
    histogram = _filled(durations)
    for bound_s, count in histogram.cumulative():
        assert sum(seconds <= bound_s * (1 - 1e-12) for seconds in durations) <= count
        assert count <= sum(seconds <= bound_s * (1 + 1e-12) for seconds in durations)
    assert histogram.sum_s == pytest.approx(sum(durations))
