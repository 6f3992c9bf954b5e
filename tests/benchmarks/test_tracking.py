"""benchmarks/tracking.py runs, and its figures are of a hand that was found."""

from __future__ import annotations

import pytest

from benchmarks import tracking


def test_every_case_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A still hand's box stays within a few per cent of its size; every speed has its lag."""
    monkeypatch.setattr(tracking, "SECONDS", 1)
    monkeypatch.setattr(tracking, "SPEEDS", (2.0,))
    still, moving = tracking.run(full=False, model="celov").rows
    assert (still.case, still.unit) == ("still_hand/off_center", "percent")
    assert still.p95 < 3
    assert (moving.case, moving.unit) == ("moving_hand_2_sizes_a_second/lag", "frames")
