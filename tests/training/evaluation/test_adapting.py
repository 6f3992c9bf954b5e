"""training/evaluation/adapting.py: halves, and a letter that is added back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.evaluation.adapting import evaluate_adapting
from tests.cli.commands import run
from tests.training.pictures import write_pictures


def test_printed_letters_are_learned(tmp_path: Path) -> None:
    """Letters that are printed instead of shown are read wrong before, and right after an adaptation to 4 of each."""
    hands = write_pictures(tmp_path / "data", "CELOV", {"test": 30}) / "hands"
    shown = run("evaluate", hands, "--adapt", 4, "--json", tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert (figures["signers"], figures["mean_crops_a_letter"]) == (1, 4)
    assert figures["mean_error_before"] > 0.2
    assert figures["mean_error_after"] == 0
    assert figures["greatest_rise"] < 0
    assert set(figures["added_back"]["letters"]) == set("CELOV")
    assert figures["added_back"]["recall"] == 1
    assert "error, worst signer" in shown


def test_too_few_pictures_of_every_signer_is_an_error(tmp_path: Path) -> None:
    """The error names the split and how many are needed."""
    hands = write_pictures(tmp_path, "CE", {"test": 3}) / "hands"
    with pytest.raises(TrainingError, match="No signer of the split 'test' has 150"):
        evaluate_adapting([hands], load_model("celov"), "test", 10)
