"""Tests of benchmarks/scale/measured.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.report import make_report, row, write_report
from benchmarks.scale.measured import Measurements
from streamsign.errors import StreamsignError


def test_a_figure_is_read_with_its_origin(tmp_path: Path) -> None:
    """The percentile of ours comes back, and the record names benchmark, case, date and machine, once for each case."""
    rows = [row("a", "stock", "us", [9.0]), row("a", "ours", "us", [1.0, 2.0, 3.0])]
    report = make_report("x", rows)
    write_report(report, tmp_path / "x.json")
    measurements = Measurements.read(tmp_path)
    assert measurements.value("x", "a") == 2.0
    assert measurements.value("x", "a", "p99") == pytest.approx(2.98)
    (used,) = measurements.used.values()
    assert (used.benchmark, used.case, used.unit) == ("x", "a", "us")
    assert used.taken == report.taken[:10]
    assert f"{report.machine['cores']} cores" in used.machine


@pytest.mark.parametrize(("benchmark", "case"), [("first_letter", "a"), ("x", "b")])
def test_a_figure_that_is_missing_names_the_command(benchmark: str, case: str, tmp_path: Path) -> None:
    """An unmeasured benchmark and an unmeasured case raise with the command that measures it."""
    write_report(make_report("x", [row("a", "ours", "us", [1.0])]), tmp_path / "x.json")
    with pytest.raises(StreamsignError, match=f"{case} of {benchmark} was not measured") as caught:
        Measurements.read(tmp_path).value(benchmark, case)
    assert f"streamsign bench {benchmark.replace('_', '-')} --json" in caught.value.next_step
