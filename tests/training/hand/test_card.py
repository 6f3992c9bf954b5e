"""training/hand/card.py: figures and card of the shipped locator."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.locate import Locator
from streamsign.recognition.model import load_model
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.evaluation.located import finder
from streamsign.training.hand.card import WRONG_BOXES, card
from tests.conftest import ROOT


@pytest.mark.slow
def test_shipped_locator_finds_hands_of_people_it_never_saw(shared_data: Path) -> None:
    """On validation frames: hands, seldom one where none is, and letters within 2 points of the manifest's boxes."""
    frames = [shared_data / "frames"]
    found = evaluate(frames, "celov", "val", PictureCrop.HAND, finder(HandReader(load_model("celov")))).figures
    reported = evaluate(frames, "celov", "val", PictureCrop.ORACLE).figures
    assert found["finding"]["recall"] >= 0.96
    assert found["finding"]["false_hands"] <= 0.02
    assert reported["macro_signer_accuracy"] - found["macro_signer_accuracy"] <= 0.02


def test_the_card_is_of_the_shipped_graph() -> None:
    """The card has the graph's hash, and the linked list of wrong boxes exists."""
    folder = ROOT / "models" / "hand"
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    assert Locator(folder).info.model_sha256[:16] in card
    assert (folder / WRONG_BOXES).is_file()


def test_the_card_without_a_test_split_has_the_warning_and_the_validation_figures() -> None:
    """A locator that was trained badly is marked as not usable whatever pictures there are."""
    info = Locator(ROOT / "models" / "hand").info
    trained = {"warning": "Warning: this locator is not usable.", "validation_recall": 0.0123}
    text = card(info.model_copy(update={"trained": trained}), None, None, [])
    assert text.startswith("# hand\n\n**Warning: this locator is not usable.**\n")
    assert "finds 1.2 % of their hands" in text
    assert "No test split." in text
