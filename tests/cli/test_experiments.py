"""cli/experiments.py: real, tiny runs from pictures to the document."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from streamsign.cli.experiments import experiments
from streamsign.errors import SettingsError, TrainingError
from streamsign.training.experiments.configuration import Configuration, Network, Start
from streamsign.training.experiments.plan import Group, Trial
from tests.training.pictures import write_pictures

LOGISTIC = Configuration(steps=2, network=Network.LOGISTIC, start=Start.RANDOM)
MINED = replace(LOGISTIC, mined=True)


def tables(*rows: tuple[str, Configuration]) -> tuple[Group, ...]:
    """A plan of one table."""
    return (
        Group("tiny", "Tiny", tuple(Trial(name, each) for name, each in rows), "Nothing can be learned from this."),
    )


def invoke(*arguments: object) -> Result:
    """The command as the command line calls it; its errors are raised."""
    app = typer.Typer()
    app.command()(experiments)
    return CliRunner().invoke(
        app, [str(argument) for argument in arguments], env={"COLUMNS": "200"}, catch_exceptions=False
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five letters and another shape by one signer a split."""
    return write_pictures(tmp_path / "pictures", "CELOVA", {"train": 3, "val": 2, "test": 2})


def test_runs_once_what_is_not_done_and_writes_the_document(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tensorflow_installed: None
) -> None:
    """A real run leaves figures and a document; again, only the new row runs; no person or folder is named."""
    runs, out = tmp_path / "runs", tmp_path / "experiments.md"
    command = (pictures, "--out", out, "--runs", runs)
    rows = [("logistic, random start", LOGISTIC)]
    monkeypatch.setattr("streamsign.cli.experiments.plan", lambda steps, seed: tables(*rows))
    said = " ".join(invoke(*command).output.split())
    assert "1 tables of 1 runs: 0 are done" in said
    assert re.search(r"1 will be done now, one after another, in roughly \d+ min", said)
    first = {path: path.read_bytes() for path in runs.iterdir()}
    (logistic,) = map(json.loads, first.values())
    assert logistic["tensors_kb"] == pytest.approx((96 * 96 + 24 * 24) * 4 / 1000)
    assert logistic["pictures"]["train"] == {"letters": 15, "none": 5, "signers": 1}
    assert 0 <= logistic["validation"]["accuracy"] <= 1
    assert re.search(r"\| logistic, random start \| \d+\.\d % \|", out.read_text(encoding="utf-8"))

    rows.append(("logistic, hard pictures more often", MINED))
    assert "1 are done" in " ".join(invoke(*command).output.split())
    assert "2 are done" in (again := " ".join(invoke(*command).output.split()))
    assert "0 will be done now. Then" in again
    assert {path: path.read_bytes() for path in first} == first
    assert len(list(runs.iterdir())) == 2
    kept = "".join(path.read_text() for path in [out, *runs.iterdir()])
    assert re.search(r"\| logistic, hard pictures more often \| \d+\.\d % \|", kept)
    assert "hand-of" not in kept
    assert str(tmp_path) not in kept


def test_first_weights_that_are_missing_are_told_before_anything_runs(pictures: Path, tmp_path: Path) -> None:
    """The real plan needs ImageNet weights; the error says how to make them."""
    with pytest.raises(TrainingError, match=r"MobileNetV2\(input_shape=\(96, 96, 1\), alpha=0.35"):
        invoke(pictures, "--out", tmp_path / "document.md", "--runs", tmp_path / "runs", "--steps", 2)
    assert not (tmp_path / "document.md").exists()


def test_refuses_a_document_in_no_folder(tmp_path: Path) -> None:
    """Nothing is run for a document that cannot be written."""
    with pytest.raises(SettingsError, match="does not exist"):
        invoke(tmp_path, "--out", tmp_path / "nowhere" / "document.md", "--runs", tmp_path / "runs")
