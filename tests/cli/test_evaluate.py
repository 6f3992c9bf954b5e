"""cli/evaluate.py: the tables and the JSON file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamsign.cli.evaluate import evaluate
from streamsign.errors import TrainingError
from streamsign.training.evaluate import Framing
from tests.training.pictures import write_pictures


def test_prints_tables_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are shown to the person and written to the file, with the split and crop they belong to."""
    root = write_pictures(tmp_path, "CO", {"test": 2})
    evaluate([root / "hands"], "celov", "test", Framing.ORACLE, tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert (figures["images"], figures["split"], figures["crop"]) == (4, "test", "oracle")
    shown = capsys.readouterr().out
    assert "accuracy, mean over signers" in shown
    assert "drawn (pooled)" in shown


def test_refuses_a_json_file_in_no_folder_before_measuring(tmp_path: Path) -> None:
    """Nothing is measured for a file that cannot be written."""
    with pytest.raises(TrainingError, match="There is no folder"):
        evaluate([tmp_path], "celov", "test", Framing.ORACLE, tmp_path / "nowhere" / "figures.json")


def test_help_reads_well() -> None:
    """The command takes several folders and tells its crops."""
    import typer

    app = typer.Typer()
    app.command()(evaluate)
    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120", "NO_COLOR": "1"}).output
    assert "DIR..." in told
    assert "oracle" in told
