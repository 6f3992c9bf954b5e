"""Model cards."""

from __future__ import annotations

from pathlib import Path

from streamsign.recognition.model import load_model
from streamsign.training.data.dataset import Picture
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.letters.card import card
from tests.training.pictures import write_pictures


def test_card_names_sources_and_figures_but_no_signer(tmp_path: Path) -> None:
    """Sources are counted, figures are those of the evaluation, and signers appear only as S01, S02 and so on."""
    root = write_pictures(tmp_path, "COA", {"test": 25})
    figures = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    pictures = [Picture(tmp_path, tmp_path / "a", 2, "webcam", "jane-handle", "C", "train", None)] * 3
    text = card(load_model("celov").info, figures, pictures, measured_by="streamsign evaluate DATA/hands")
    assert "| webcam | none stated | 3 (1) | – | – |" in text
    assert "50 pictures of its letters by 1 signers" in text
    assert f"| C read as O or O as C | {100 * figures['c_o_confusion']:.1f} % |" in text
    assert "| S01 | 50 |" in text
    assert "jane-handle" not in text
    assert "hand-of-test" not in text


def test_card_without_a_test_split_says_so() -> None:
    """No figures, no figures claimed."""
    assert "No test split." in card(load_model("celov").info, None, [])
