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


def test_card_names_the_release_of_each_figure() -> None:
    """Trained on one release and measured on a later one, both hashes stand in the card, and the earlier figure too."""
    info = load_model("celov").info
    earlier, later = info.training_data_sha256, "f" * 64
    info = info.model_copy(
        update={"trained": info.trained | {"test_accuracy_by_release": {earlier: 0.9529, later: 0.9664}}}
    )
    text = card(info, None, [], measured_on=later)
    assert "every figure below are of the later release `ffffffffffffffff…`" in text
    assert f"| `{earlier[:16]}…` | 95.3 % |" in text
    assert "96.6 %" not in text
    assert f"one release of the data, whose manifests have the SHA-256 `{earlier[:16]}…`" in card(
        info, None, [], measured_on=earlier
    )


def test_card_without_a_test_split_says_so() -> None:
    """No figures, no figures claimed."""
    assert "No test split." in card(load_model("celov").info, None, [])
