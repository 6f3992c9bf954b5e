"""Tests of benchmarks/footprint.py."""

from __future__ import annotations

import pytest

from benchmarks import footprint

pytestmark = pytest.mark.real_time


def test_cameras_viewers_and_readers_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run has all rows that docs/scale.md reads, and the larger reader takes more than the classifier alone."""
    for name, value in {"CAMERAS": 2, "VIEWERS": 8, "SETTLE_S": 0.5, "FRAMES": 10, "ROUNDS": 1}.items():
        monkeypatch.setattr(footprint, name, value)
    figures = {line.case: line.p50 for line in footprint.run(full=False, model="celov").rows}
    assert figures["memory_a_camera"] > 0
    assert {"memory_a_viewer", "cpu_a_partial_and_viewer"} < set(figures)
    assert figures["cpu_a_connection"] > 0
    small, large = (figures[f"cpu_a_frame/640x480/reader_{mode}"] for mode in ("small", "large"))
    assert 0 < small < large
