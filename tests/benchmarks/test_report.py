"""Tests of benchmarks/report.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.report import Missing, Report, begun_under, figure, make_report, read_report, row, table, write_report
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
    documented = {"name", "versions", "machine", "rows", "command", "taken", "missing", "remarks"}
    assert set(written) == documented
    assert set(written["rows"][0]) == {"case", "subject", "unit", "n", "p50", "p95", "p99"}
    assert {"python", "numpy", "av", "aiortc"} <= set(written["versions"])
    assert Report.model_validate(written) == report
    assert read_report(tmp_path / "out.json") == report


def test_a_report_of_before_is_still_read(tmp_path: Path) -> None:
    """A file without the later fields is a report; a file with something else is refused by name."""
    old = make_report("x", [row("case", "ours", "us", [1.0])]).model_dump(
        include={"name", "versions", "machine", "rows"}
    )
    (tmp_path / "old.json").write_text(json.dumps(old))
    assert read_report(tmp_path / "old.json").rows[0].case == "case"
    (tmp_path / "else.json").write_text("[]")
    with pytest.raises(StreamsignError, match=r"else\.json holds no report"):
        read_report(tmp_path / "else.json")


def test_only_a_change_of_memory_may_be_negative() -> None:
    """Memory that shrinks is a figure; a time below zero is a mistake."""
    assert row("memory", "ours", "kB", [-5.0]).p50 == -5


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


def test_the_table_names_who_is_missing() -> None:
    """A subject without rows stands below the table with its reason, and so do the remarks."""
    missing = [Missing(subject="fastrtc", reason="no network")]
    console = Console(width=120)
    with console.capture() as capture:
        console.print(table(make_report("x", [row("a", "ours", "us", [1])], missing=missing, remarks=["a remark"])))
    assert "no figures of fastrtc: no network" in capture.get()
    assert "a remark" in capture.get()


def test_the_command_leaves_out_where_figures_went(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be typed again names no file of this machine; outside of a benchmark there is nothing to type."""
    monkeypatch.setattr("sys.argv", ["x", "bench", "soak", "--json", "/home/me/a.json", "--cycles", "9", "--html=b"])
    assert make_report("soak", []).command == "streamsign bench soak --cycles 9"
    monkeypatch.setattr("sys.argv", ["x", "serve"])
    assert make_report("soak", []).command == ""


def test_a_shared_machine_is_said_in_words() -> None:
    """The load before the run is kept, and above half a core there is a remark; the machine has no other name."""
    report = make_report("x", [row("a", "ours", "us", [1])])
    assert report.machine.keys() == {"cpu", "cores"}
    assert begun_under(report, 0.1).remarks == []
    busy = begun_under(report, 3.2)
    assert busy.machine["load"] == "3.2"
    assert "the machine was shared" in busy.remarks[0]


def test_figures_are_written_out() -> None:
    """Four digits, more where there are more before the point; a count has no unit and no blank in its place."""
    assert [figure(value) for value in (0.0, 1.23456, 999.96, 10502.7)] == ["0", "1.235", "1000", "10503"]
    assert figure(0, "count") == "0"
    assert figure(12.5, "us") == "12.5 µs"
