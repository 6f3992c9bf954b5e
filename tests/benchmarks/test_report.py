"""Tests of benchmarks/report.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.report import Report, make_report, row, table, write_report
from streamsign.errors import StreamsignError


def test_percentiles_of_a_known_sample() -> None:
    """The percentiles of 0, 1, …, 100 are their own numbers, whatever the order."""
    shuffled = np.random.default_rng(1).permutation(101).tolist()
    made = row("case", "ours", "us", shuffled)
    assert (made.n, made.p50, made.p95, made.p99) == (101, 50, 95, 99)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_percentiles_are_ordered_and_within_the_samples(samples: list[float]) -> None:
    """p50 ≤ p95 ≤ p99, none outside the samples, for any samples."""
    made = row("case", "stock", "ms", samples)
    assert min(samples) - 1e-3 <= made.p50 <= made.p95 <= made.p99 <= max(samples) + 1e-3


@pytest.mark.parametrize("samples", [[], [1.0, float("nan")], [float("inf")], [-0.1]])
def test_samples_that_are_no_times_are_refused(samples: list[float]) -> None:
    """No samples, NaN, infinity and negative times raise instead of making a row."""
    with pytest.raises(ValueError, match="case: floor has"):
        row("case", "floor", "us", samples)


def test_a_report_written_is_read_back(tmp_path: Path) -> None:
    """The JSON has the documented keys and validates as a Report again."""
    report = make_report("inference", [row("case", "ours", "us", [1.0, 2.0])])
    write_report(report, tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text())
    assert set(written) == {"name", "versions", "machine", "rows"}
    assert set(written["rows"][0]) == {"case", "subject", "unit", "n", "p50", "p95", "p99"}
    assert {"python", "numpy", "av", "aiortc"} <= set(written["versions"])
    assert Report.model_validate(written) == report


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A folder instead of a file raises an error that names it and the next step."""
    with pytest.raises(StreamsignError, match="cannot be written") as caught:
        write_report(make_report("x", [row("case", "ours", "us", [1.0])]), tmp_path)
    assert "--json" in caught.value.next_step


def test_the_table_gives_ratios_to_ours_in_the_same_case() -> None:
    """Stock at twice our median is shown as 2.00; a case without ours shows a dash."""
    rows = [row("a", "ours", "us", [10.0]), row("a", "stock", "us", [20.0]), row("b", "stock", "us", [5.0])]
    console = Console(width=120)
    with console.capture() as capture:
        console.print(table(make_report("x", rows)))
    lines = [line for line in capture.get().splitlines() if "stock" in line]
    assert "2.00" in lines[0]
    assert "–" in lines[1]
