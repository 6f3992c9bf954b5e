"""training/evaluation/located.py: pictures of folders with and without a manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.evaluation.located import read_pictures
from tests.rendered_hands import write_letter_folders, write_rendered


def test_hands_are_located_where_there_is_no_manifest(tmp_path: Path) -> None:
    """Rows of a manifest are returned as they are; pictures of a plain folder get a box, and the split asked for."""
    model = load_model("celov")
    listed = read_pictures(write_rendered(tmp_path / "listed", {"L": "L"}, 1, split="val"), model, "test")
    plain = read_pictures(write_letter_folders(tmp_path / "plain", {"L": "L"}, 1), model, "test")
    assert [(each.letter, each.split, each.row) for each in listed.pictures] == [("L", "val", 2)]
    assert [(each.letter, each.split, each.row) for each in plain.pictures] == [("L", "test", 0)]
    assert plain.pictures[0].hand is not None


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    """The error says what a folder needs, also for one that does not exist."""
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(TrainingError, match=r"neither manifest\.csv nor a folder of pictures for each letter"):
            read_pictures(folder, load_model("celov"))
