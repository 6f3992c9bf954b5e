"""Tests of benchmarks/capacity.py."""

from __future__ import annotations

import asyncio
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import capacity
from benchmarks.capacity import (
    CASES,
    FULL_RATE,
    LATE_MS,
    MOST,
    Load,
    LoadCase,
    best,
    case_remarks,
    case_rows,
    measure,
    most_in_time,
)
from benchmarks.film import encode_film
from benchmarks.server import server

pytestmark = pytest.mark.real_time

IN_TIME = Load(4, (10.0, 20.0), 1.0, 1.0, 0.3, 2.5)


def load(streams: int, bearable: int) -> Load:
    """The answer of a server that keeps up with a number of streams."""
    return Load(streams, (LATE_MS / 2 if streams <= bearable else 2 * LATE_MS,), 1.0, 1.0, 0.5, 2.5)


@given(st.integers(0, MOST))
def test_the_search_finds_the_most_streams(bearable: int) -> None:
    """Whatever a server bears, the search finds exactly that, measures no number twice and needs few steps."""
    taken = most_in_time(lambda streams: load(streams, bearable))
    found = best(taken)
    assert (found.streams if found else 0) == bearable
    counts = [each.streams for each in taken]
    assert len(set(counts)) == len(counts) <= 14


@pytest.mark.parametrize(
    "bad",
    [
        Load(4, (LATE_MS + 1,), 1.0, 1.0, 0.3, 2.5),
        Load(4, (10.0,), FULL_RATE - 0.01, 1.0, 0.3, 2.5),
        Load(4, (), 1.0, 1.0, 0.3, 2.5),
    ],
)
def test_late_or_skipped_or_silent_is_not_in_time(bad: Load) -> None:
    """Events that come late, frames that are not read, and no event at all each end the search."""
    assert IN_TIME.in_time
    assert not bad.in_time
    assert best([bad]) is None


def test_slow_senders_are_no_limit_of_the_server() -> None:
    """Where the phones themselves are late the number is not counted as borne."""
    late = Load(8, (10.0,), 1.0, 50.0, 0.3, 2.5)
    assert late.senders_late
    assert best([IN_TIME, late]) is IN_TIME
    assert "at least 4 at once" in case_remarks(CASES[0], [IN_TIME, late])[0]
    assert "an unknown number of streams" in case_remarks(CASES[0], [late])[0]
    for loads in ([late], [IN_TIME, late]):
        assert not any("streams_a_core" in line.case for line in case_rows(CASES[0], loads))


def test_cpu_time_alone_gives_a_number_too() -> None:
    """2.5 ms a frame at 30 frames a second are 13.3 streams a core, whatever else the machine does."""
    [said] = case_remarks(CASES[0], [IN_TIME, Load(8, (), 0.5, 1.0, 0.9, 2.5)])
    assert "13.3 streams (2.50 ms a frame, measured with 8)" in said


def test_the_rows_tell_the_search() -> None:
    """The most streams come first, then each step by its number; a step without events has no delays."""
    rows = case_rows(CASES[0], [IN_TIME, Load(8, (), 0.5, 1.0, 0.9, 4.0)])
    assert [(line.case.rpartition("/")[2], line.unit) for line in rows] == [
        ("streams_a_core", "streams"),
        ("packet_to_event", "ms"),
        *2 * (("frames_read", "percent"), ("server_cpu", "percent"), ("cpu_a_frame", "ms"), ("senders_late", "ms")),
    ]
    assert rows[0].p50 == 4


@pytest.mark.skipif(sys.platform != "linux", reason="cores are pinned on Linux only")
@pytest.mark.parametrize("channels", [False, True])
def test_a_real_server_under_a_real_stream(channels: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One phone, with and without data channels: frames are read and their events come back over the websocket."""
    monkeypatch.setattr(capacity, "SETTLE_S", 0.5)
    case = LoadCase(160, 120, 15, 100_000, channels)
    film = encode_film(case.width, case.height, case.fps, case.bit_rate, word="L")
    with server("celov", log_level="error") as under_test:
        found = asyncio.run(measure(under_test, case, film, 1, 1.5))
    assert found.streams == 1
    assert found.delays_ms
    assert found.read > 0
    assert found.cpu_ms > 0
