"""training/letters/describe.py: a model folder gets its figures, its card and its report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.letters.describe import describe
from tests.training.pictures import write_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of celov without card and report."""
    shutil.copytree(load_model("celov").folder, tmp_path / "celov", ignore=shutil.ignore_patterns("*.md", "*.html"))
    return tmp_path / "celov"


def test_figures_of_the_test_split_are_written_with_their_release(tmp_path: Path, folder: Path) -> None:
    """The accuracy is stored under the hash of the manifests, variants get their change, and the documents agree."""
    data = write_pictures(tmp_path / "data", "CO", {"train": 1, "test": 2})
    describe(data, folder)
    info = json.loads((folder / "model.json").read_text())
    release = manifests_sha256(folders_of(data).values())
    accuracy = info["trained"]["test_accuracy_by_release"][release]
    assert 0 <= accuracy <= 1
    for variant in info["variants"].values():
        assert -1 <= variant["figures"]["test_macro_signer_accuracy_change"] <= 1
    text = (folder / "CARD.md").read_text()
    assert f"| accuracy, mean over signer groups | {100 * accuracy:.1f} %" in text
    assert f"{release[:16]}…" in text
    assert "streamsign evaluate DATA/hands --model celov --split test" in text
    assert (folder / "report.html").read_text().startswith("<!doctype html>")


def test_without_a_test_split_only_the_card_is_written(tmp_path: Path, folder: Path) -> None:
    """The card states that there is no test split, model.json stays as it was, and there is no report."""
    before = (folder / "model.json").read_bytes()
    describe(write_pictures(tmp_path / "data", "C", {"train": 1}), folder)
    assert "No test split." in (folder / "CARD.md").read_text()
    assert (folder / "model.json").read_bytes() == before
    assert not (folder / "report.html").exists()


def test_data_without_hands_are_an_error(tmp_path: Path, folder: Path) -> None:
    """A folder without hands/manifest.csv raises an error that names the layout, and no card is written."""
    (tmp_path / "data" / "hands").mkdir(parents=True)
    with pytest.raises(TrainingError, match=r"hands/manifest\.csv"):
        describe(tmp_path / "data", folder)
    assert not (folder / "CARD.md").exists()
