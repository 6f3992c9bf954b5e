"""Tests of benchmarks/arrivals.py."""

from __future__ import annotations

import pytest

from benchmarks import arrivals

pytestmark = pytest.mark.real_time


def test_cameras_over_the_limit_are_refused_and_those_inside_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offers over the limit all get 503 with Retry-After, while frames of the cameras inside become events."""
    monkeypatch.setattr(arrivals, "WATCH_S", 2.0)
    monkeypatch.setattr(arrivals, "SETTLE_S", 1.0)
    report = arrivals.run(full=False, model="celov", limit=1, arrivals=6)
    assert {line.subject: line.n > 5 for line in report.rows} == {"ours": True, "floor": True}
    assert report.remarks == ["1 of 6 cameras were served; 5 offers over the limit got 503 and Retry-After"]
