"""Tests of streamsign/cli/bench.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import inference
from benchmarks.report import make_report, row, write_report
from streamsign.cli.bench import checkout
from streamsign.errors import ModelNotFound, SettingsError, StreamsignError
from tests.cli.commands import run


def test_an_installation_without_the_checkout_is_told_so(tmp_path: Path) -> None:
    """Without benchmarks/ next to the package the error says where they are to be had."""
    with pytest.raises(StreamsignError, match="source checkout") as caught:
        checkout(tmp_path / "site-packages" / "streamsign")
    assert "make install" in caught.value.next_step


def test_a_run_writes_the_rows_and_shows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes the JSON file and prints the table with the same case."""
    monkeypatch.setattr(inference, "ROUNDS", 1)
    shown = run("bench", "inference", "--json", tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["name"] == "inference"
    assert {row["subject"] for row in written["rows"]} == {"ours", "stock", "floor"}
    assert "classify_96x96" in shown


def test_a_folder_that_does_not_exist_is_noticed_before_the_run(tmp_path: Path) -> None:
    """A --json file in no folder fails at once, not after minutes of timing."""
    with pytest.raises(SettingsError, match="does not exist"):
        run("bench", "inference", "--json", tmp_path / "no" / "out.json")


def test_a_report_is_written_of_runs_before(tmp_path: Path) -> None:
    """A report times nothing: it writes the Markdown and the page of the JSON files it is given."""
    write_report(make_report("webrtc", [row("case", "ours", "ms", [1.5])]), tmp_path / "webrtc.json")
    run("bench", "report", "--json-dir", tmp_path, "--out", tmp_path / "out.md", "--html", tmp_path / "out.html")
    assert "| `case` | ours | ms | 1 | 1.5 |" in (tmp_path / "out.md").read_text()
    assert "<h3>case</h3>" in (tmp_path / "out.html").read_text()


def test_an_unknown_model_is_named() -> None:
    """A model that does not exist is the loader's own error."""
    with pytest.raises(ModelNotFound, match="nonsense"):
        run("bench", "inference", "--model", "nonsense")
