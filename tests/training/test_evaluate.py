"""Evaluation of a shipped model."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import ModelNotFound
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.crop import Box, cut_patch, guide_square, square_around
from streamsign.recognition.model import load_model
from streamsign.training.dataset import read_gray
from streamsign.training.evaluate import Framing, evaluate
from tests.training.pictures import write_pictures

DOCUMENTED = {
    "images",
    "images_without_box",
    "signers",
    "accuracy",
    "accuracy_ci95",
    "macro_signer_accuracy",
    "weighted_f1",
    "per_class",
    "confusion",
    "per_signer",
    "c_o_confusion",
    "none_false_letter_rate",
    "ece",
    "model_sha256",
}


def test_counts_and_keys_are_as_documented(tmp_path: Path) -> None:
    """Known letters are counted, others and rooms are none, pictures without a box are left out; all keys are there."""
    root = write_pictures(tmp_path, "COAB", {"test": 3, "val": 1})
    figures = evaluate([root / "hands"], "celov", "test", Framing.ORACLE).figures
    assert set(figures) >= DOCUMENTED
    assert (figures["images"], figures["images_without_box"], figures["signers"]) == (6, 1, 1)
    assert (figures["none_other_hands"], figures["none_hand_free"]) == (6, 2)
    assert np.sum(figures["confusion"]["counts"]) == 6
    assert figures["per_signer"] == {"drawn (pooled)": {"images": 6, "accuracy": figures["accuracy"]}}
    json.dumps(figures)


@pytest.mark.parametrize("framing", list(Framing))
def test_patches_are_cut_as_serving_cuts_them(tmp_path: Path, framing: Framing) -> None:
    """The confusion matrix equals one made by hand with the service's own crop and classifier."""
    root = write_pictures(tmp_path, "CL", {"test": 2})
    model = load_model("celov")
    classifier = Classifier(model)
    square = square_around(Box(40, 40, 120, 120)) if framing is Framing.ORACLE else guide_square(160, 160)
    expected = np.zeros((6, 6), int)
    for letter in "CL":
        for number in range(2):
            patch = cut_patch(read_gray(root / "hands" / f"test_{letter}_{number}.png"), square)
            expected[model.info.labels.index(letter), classifier.read(patch).argmax()] += 1
    figures = evaluate([root / "hands"], "celov", "test", framing).figures
    assert figures["confusion"]["counts"] == expected.tolist()


def test_figures_without_pictures_are_null(tmp_path: Path) -> None:
    """A folder of rooms alone has false letters to report and nothing else, without an error."""
    root = write_pictures(tmp_path, "C", {"test": 1})
    figures = evaluate([root / "none"], "celov", "test", Framing.ORACLE).figures
    assert figures["images"] == 0
    assert figures["none_hand_free"] == 2
    assert [figures[key] for key in ("accuracy", "macro_signer_accuracy", "weighted_f1", "c_o_confusion", "ece")] == [
        None
    ] * 5


def test_unknown_split_has_no_figures_and_unknown_model_is_named(tmp_path: Path) -> None:
    """A split that no row has gives counts of 0 and no error; a model that is not there is refused."""
    root = write_pictures(tmp_path, "C", {"test": 1})
    figures = evaluate([root / "hands"], "celov", "exam", Framing.ORACLE).figures
    assert (figures["images"], figures["none_images"], figures["accuracy"], figures["ece"]) == (0, 0, None, None)
    assert figures["slices"]["backlight"] == {"images": 0, "signers": 0, "accuracy": None}
    with pytest.raises(ModelNotFound):
        evaluate([root / "hands"], "no-such-model", "test", Framing.ORACLE)


def test_several_folders_add_up_and_count_once(tmp_path: Path) -> None:
    """Two people's folders are summed; rooms beside them, given again, are not counted twice."""
    one = write_pictures(tmp_path / "one", "C", {"test": 2})
    two = write_pictures(tmp_path / "two", "L", {"test": 3})
    folders = [one / "hands", two / "hands", one / "none", one / "hands"]
    figures = evaluate(folders, "celov", "test", Framing.ORACLE).figures
    assert figures["images"] == 5
    assert figures["none_hand_free"] == 4
    assert figures["slices"]["mirrored"]["images"] == 5


def test_worst_mistakes_are_coordinates_with_their_patches(tmp_path: Path) -> None:
    """Wrong readings are listed surest first by manifest line; the patches the model saw are at hand for a page."""
    root = write_pictures(tmp_path, "COELVA", {"test": 2})
    seen = evaluate([root / "hands"], "celov", "test", Framing.ORACLE)
    rows = seen.figures["worst_mistakes"]
    wrong = seen.figures["images"] - int(np.trace(seen.figures["confusion"]["counts"]))
    assert len(rows) == wrong > 0
    assert [row["probability"] for row in rows] == sorted((row["probability"] for row in rows), reverse=True)
    lines = (root / "hands" / "manifest.csv").read_text().splitlines()
    for row in rows:
        assert lines[row["line"] - 1].startswith(f"{row['file']},drawn,hand-of-test,{row['letter']},")
        assert row["read"] != row["letter"]
        gray = read_gray(root / "hands" / row["file"])
        patch = cut_patch(gray, square_around(Box(40, 40, 120, 120)))
        assert np.array_equal(seen.pictures["hands", row["line"]], patch)
    assert not any("patch" in row for row in rows)


def test_shipped_model_reads_people_it_never_saw(shared_data: Path) -> None:
    """Celov reaches 0.93 on the test signers, as a mean over signers, and its card tells the figure of this graph."""
    figures = evaluate([shared_data / "hands"], "celov", "test", Framing.ORACLE).figures
    assert figures["macro_signer_accuracy"] >= 0.93
    assert figures["none_false_letter_rate"] <= 0.05
    card = (load_model("celov").folder / "CARD.md").read_text(encoding="utf-8")
    told = re.search(r"mean over signer groups \| ([\d.]+) %", card)
    assert told is not None
    assert float(told[1]) == pytest.approx(100 * figures["macro_signer_accuracy"], abs=0.15)
