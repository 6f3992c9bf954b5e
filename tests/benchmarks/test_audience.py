"""Tests of benchmarks/audience.py."""

from __future__ import annotations

import pytest

from benchmarks import audience

pytestmark = pytest.mark.real_time


def test_letters_reach_every_viewer_beside_a_stuck_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the three cases has the delays of every viewer, and a stuck viewer takes no letter from the others."""
    monkeypatch.setattr(audience, "SETTLE_S", 0.5)
    monkeypatch.setattr(audience, "LETTER_EVERY_S", 0.25)
    report = audience.run(full=False, model="celov", viewers=5, watch_s=1.5)
    counts = {line.case: line.n for line in report.rows if line.case.startswith("letter/")}
    assert list(counts) == ["letter/1_viewer", "letter/5_viewers", "letter/5_viewers_one_stuck_one_slow"]
    cost_us = {line.case: line.p50 for line in report.rows if line.case.startswith("server_cpu")}
    assert len(cost_us) == 3
    assert min(cost_us.values()) >= 0
    assert counts["letter/5_viewers"] >= 5 * 3
    assert counts["letter/5_viewers_one_stuck_one_slow"] >= 5 * 3
