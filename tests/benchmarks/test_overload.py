"""Tests of benchmarks/overload.py and of the slowed server behind it."""

from __future__ import annotations

import pytest

from benchmarks import overload, server

pytestmark = pytest.mark.real_time


def test_a_slowed_recognizer_says_the_same_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a call gives is not changed; it waits nine times as long as the call took."""
    waits: list[float] = []
    clock = iter((10.0, 10.002))
    monkeypatch.setattr("benchmarks.server.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("benchmarks.server.time.sleep", waits.append)

    class Recognizer:
        def feed(self, luma: int, *, at_s: float) -> float:
            return luma + at_s

    server._slow_down(Recognizer, 10)
    assert Recognizer().feed(1, at_s=0.5) == 1.5
    assert waits == pytest.approx([0.018])


def test_a_slowed_server_reads_the_newest_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real server reads some frames in two seconds, skips others, and reports their ages."""
    monkeypatch.setattr(overload, "WARM_UP_S", 1.0)
    monkeypatch.setattr(overload, "STREAM_S", 1.5)
    monkeypatch.setattr(overload, "SLOWED", 60)
    rows = {line.case.rpartition("/")[2]: line for line in overload.run(full=False, model="celov").rows}
    assert set(rows) == {"age_when_read", "decoded_to_read", "frames_read", "memory_growth"}
    assert 0 < rows["frames_read"].p50 < 100
    assert rows["age_when_read"].n == rows["decoded_to_read"].n > 0
