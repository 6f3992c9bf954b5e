"""Tests of benchmarks/workers.py."""

from __future__ import annotations

import pytest

from benchmarks import workers
from benchmarks.bars import judged
from benchmarks.capacity import Load, LoadCase
from benchmarks.report import make_report
from streamsign.errors import StreamsignError
from tests.nats_server import needs_nats

CASE = LoadCase(160, 120, 15, 100_000, False)


def load(streams: int) -> Load:
    """A load in time."""
    return Load(streams, (5.0, 6.0), 1.0, 1.0, 0.9, 2.0)


def test_two_workers_are_judged_by_one() -> None:
    """12 streams with one worker and 21 with two are 1.75 times as many: the bar of 1.7 is met."""
    rows = [*workers._rows(CASE, "floor", load(12), 1), *workers._rows(CASE, "ours", load(21), 2)]
    (bar,) = judged(make_report("workers", rows))
    assert bar.measured == pytest.approx(1.75)
    assert bar.met


def test_no_stream_in_time_is_an_error() -> None:
    """Where not even the smallest step is in time there is no ratio."""
    with pytest.raises(StreamsignError, match="2 workers read no stream"):
        workers._rows(CASE, "ours", None, 2)


@needs_nats
@pytest.mark.slow
@pytest.mark.real_time
def test_real_workers_read_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phones connect through a real gateway, one and two real workers read them, and both numbers are in the report."""
    monkeypatch.setattr("benchmarks.capacity.MOST", 2)
    monkeypatch.setattr("benchmarks.capacity.LATE_MS", 10_000.0)
    monkeypatch.setattr("benchmarks.capacity.SENDER_LATE_MS", 10_000.0)
    monkeypatch.setattr("benchmarks.capacity.FULL_RATE", 0.1)
    monkeypatch.setattr(workers, "search", lambda *given: _two(*given))
    report = workers.run(full=False, model="celov", cases=(CASE,), step_s=2.0)
    streams = {line.subject: line.p50 for line in report.rows if line.case.endswith("/streams")}
    assert streams == {"floor": 2.0, "ours": 2.0}


def _two(*given: object) -> list[Load]:
    """A search that measures two streams only."""
    import asyncio

    from benchmarks.capacity import measure

    under_test, case, film, step_s = given
    return [asyncio.run(measure(under_test, case, film, 2, step_s))]  # type: ignore[arg-type]
