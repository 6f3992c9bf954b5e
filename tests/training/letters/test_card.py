"""Model cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.collection.manifest import Picture
from streamsign.recognition.model import MovingInfo, load_model
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.letters.card import card
from tests.training.pictures import write_pictures


def test_card_names_sources_and_figures_but_no_signer(tmp_path: Path) -> None:
    """Sources are counted, figures are those of the evaluation, and signers appear only as S01, S02 and so on."""
    root = write_pictures(tmp_path, "COA", {"test": 25})
    figures = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    pictures = [Picture(tmp_path, tmp_path / "a", 2, "webcam", "jane-handle", "C", "train", None)] * 3
    text = card(load_model("celov").info, figures, pictures, measured_by="streamsign evaluate DATA/hands")
    assert "| webcam | 3 (1) | – | – |" in text
    assert "50 pictures of its letters by 1 signers" in text
    assert f"| C read as O or O as C | {100 * figures['c_o_confusion']:.1f} % |" in text
    assert "| S01 | 50 |" in text
    assert "jane-handle" not in text
    assert "hand-of-test" not in text


def test_card_names_the_release_of_each_figure() -> None:
    """The card of a model trained on one release and measured on a later one has both hashes and the earlier figure."""
    info = load_model("celov").info
    earlier, later = info.training_data_sha256, "f" * 64
    info = info.model_copy(
        update={"trained": info.trained | {"test_accuracy_by_release": {earlier: 0.9529, later: 0.9664}}}
    )
    text = card(info, None, [], measured_on=later)
    assert "all test figures are of the later release `ffffffffffffffff…`" in text
    assert f"| `{earlier[:16]}…` | 95.3 % |" in text
    assert "96.6 %" not in text
    assert f"Its manifests have the SHA-256 `{earlier[:16]}…`" in card(info, None, [], measured_on=earlier)


def test_card_without_a_test_split_says_so() -> None:
    """Without figures the card states that there is no test split."""
    assert "No test split." in card(load_model("celov").info, None, [])


def test_card_of_other_letters_claims_nothing_of_the_shipped_models(tmp_path: Path) -> None:
    """The card of a user's B, I and W names neither public collections, nor SIBI and ASL, nor figures of C and O."""
    root = write_pictures(tmp_path, "CO", {"test": 2})
    figures = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    figures |= {"celov_macro_signer_accuracy": None, "c_o_confusion": None}
    letters = {"labels": ["B", "I", "W", "none"], "trained": {"about_data": "Recorded in one school."}}
    text = card(load_model("celov").info.model_copy(update=letters), figures, [])
    assert "letters B, I, W, or as *none*" in text
    assert "Recorded in one school." in text
    for claim in ("public collections", "SIBI", "ASL", "young men", "J and Z", "C read as O or O as C", "C, E, L, O"):
        assert claim.lower() not in text.lower()


@pytest.mark.parametrize(
    ("drawn", "claims"),
    [
        ("", ["does not read J and Z, which are drawn"]),
        (
            "Z",
            ["reads 25 letters: the 24 that are held still, and Z, which is drawn", "does not read J, which is drawn"],
        ),
        ("JZ", ["reads 26 letters: the 24 that are held still, and J and Z, which are drawn"]),
    ],
)
def test_card_says_which_drawn_letters_are_read(drawn: str, claims: list[str]) -> None:
    """The card of the alphabet names the movements that it recognizes, and those that it does not read."""
    moving = {letter: MovingInfo.model_validate({"from": ["D"]}) for letter in drawn}
    text = card(load_model("alphabet").info.model_copy(update={"moving": moving}), None, [])
    assert all(claim in text for claim in claims)
    assert ("does not read" in text) == (drawn != "JZ")


def test_card_repeats_the_warning_of_the_training() -> None:
    """A model that is not usable says so above everything else."""
    info = load_model("celov").info
    doubted = info.model_copy(update={"trained": info.trained | {"warning": "Warning: this model is not usable."}})
    assert card(doubted, None, []).startswith("# celov\n\n**Warning: this model is not usable.**\n")
    assert "**Warning" not in card(info, None, [])
