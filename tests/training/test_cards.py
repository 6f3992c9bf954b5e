"""training/cards.py: which cards a folder gets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.cards import write_cards
from tests.conftest import ROOT
from tests.training.pictures import write_frames, write_pictures


def test_the_cards_of_a_model_and_of_its_reader_are_written_again(tmp_path: Path) -> None:
    """Both have the groups of the test pictures, and the graphs are not touched."""
    folder = tmp_path / "celov"
    shutil.copytree(load_model("celov").folder, folder)
    (folder / "CARD.md").write_text("edited")
    graph = (folder / "model.tflite").read_bytes()
    data = write_pictures(tmp_path / "data", "CO", {"train": 1, "test": 2})
    assert write_cards(data, folder) == ["CARD.md", "READER.md", "report.html"]
    card, reader = ((folder / name).read_text(encoding="utf-8") for name in ("CARD.md", "READER.md"))
    assert "| 80 and more | 4 (1) | " in card
    assert "| group | pictures (signers) | reader alone | both networks |" in reader
    assert (folder / "model.tflite").read_bytes() == graph


def test_the_card_of_a_locator_is_written_again(tmp_path: Path) -> None:
    """It has the share of hands found by distance."""
    folder = tmp_path / "hand"
    shutil.copytree(ROOT / "models" / "hand", folder)
    assert write_cards(write_frames(tmp_path / "data", {"test": 2}), folder) == ["CARD.md"]
    text = (folder / "CARD.md").read_text(encoding="utf-8")
    assert "| group | pictures (signers) | found |\n" in text
    assert "| 25 to 40 % | 2 (1) | " in text


def test_other_folders_are_refused(tmp_path: Path) -> None:
    """A folder without a model, and a model of a folder of letters, whose card the training writes."""
    with pytest.raises(TrainingError, match=r"neither model\.json nor locator\.json"):
        write_cards(tmp_path, tmp_path)
    folder = tmp_path / "mine"
    shutil.copytree(load_model("celov").folder, folder)
    info = json.loads((folder / "model.json").read_text())
    info["trained"]["base"] = "alphabet"
    (folder / "model.json").write_text(json.dumps(info))
    with pytest.raises(TrainingError, match="the training writes the card"):
        write_cards(tmp_path, folder)
