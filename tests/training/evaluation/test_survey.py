"""training/evaluation/survey.py: the report of drawn pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from streamsign.collection.folder import CollectedHands
from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.training.evaluation.survey import page, survey
from tests.collection.pictures import picture
from tests.training.pictures import write_pictures


def test_report_of_drawn_pictures(tmp_path: Path) -> None:
    """People, splits and repeats are counted, a shared picture is found, and no signer is named."""
    root = write_pictures(tmp_path, "CL", {"test": 2, "train": 1}, signers=2)
    hands = root / "hands"
    # The second signer's first C becomes the first signer's.
    shutil.copy(hands / "test_C_0.png", hands / "test_C_2.png")
    reported: list[int] = []
    found = survey([hands], load_model("celov"), ReaderMode.SMALL, reported.append)
    assert reported == list(range(1, 13))
    assert found.without_box == 2
    assert {each.split for each in found.pictures} == {"test", "train"}
    assert len(found.pictures) == 12
    assert any("of another signer (drawn)" in each.reason for each in found.twins)
    text = page(found)
    assert "12 pictures of 4 signers; 2 without a box left out" in text
    assert "| C | 2 (4) | 2 (2) |" in text
    assert "### Size" in text
    assert "| 80 and more | 2 (8), " in text
    assert "hand-of-" not in text
    assert "## What to record next" in text
    assert "| C | 6 | 14 more pictures;" in text


def test_report_of_collected_hands(tmp_path: Path) -> None:
    """Pictures that are in no split are counted together, and the prompts that are missing are named."""
    CollectedHands(tmp_path / "own").add([picture("C", seed=1), picture("NG", seed=2)])
    text = page(survey([tmp_path / "own"], load_model("celov"), ReaderMode.SMALL, lambda _: None))
    assert "| letter | all |" in text
    assert "| NG | 1 (1) |" in text
    assert "| C | 1 | 19 more pictures; the prompts far, left, right, light, side;" in text


def test_a_folder_without_hands(tmp_path: Path) -> None:
    """The error says what to give."""
    root = write_pictures(tmp_path, "C", {"test": 1})
    with pytest.raises(TrainingError, match="DATA/hands"):
        survey([root / "none"], load_model("celov"), ReaderMode.SMALL, lambda _: None)
