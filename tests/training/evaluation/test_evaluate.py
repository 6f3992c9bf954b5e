"""Evaluation of a shipped model."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from streamsign.collection.manifest import read_gray
from streamsign.errors import ModelNotFound
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.framing import guide_square, square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import load_model
from streamsign.recognition.patch import cut_patch
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
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
    "tenth_percentile_signer_accuracy",
    "signers_above_90",
    "celov_macro_signer_accuracy",
    "macro_signer_ece",
    "c_o_confusion",
    "none_false_letter_rate",
    "ece",
    "model_sha256",
}


def test_counts_and_keys_are_as_documented(tmp_path: Path) -> None:
    """Known letters are counted, others and rooms are none, pictures without a box are left out; all keys are there."""
    root = write_pictures(tmp_path, "COAB", {"test": 3, "val": 1})
    figures = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    assert set(figures) >= DOCUMENTED
    assert (figures["images"], figures["images_without_box"], figures["signers"]) == (6, 1, 1)
    assert (figures["none_other_hands"], figures["none_hand_free"]) == (6, 2)
    assert np.sum(figures["confusion"]["counts"]) == 6
    (only,) = figures["per_signer"].values()
    assert set(figures["per_signer"]) == {"drawn (pooled)"}
    assert (only["images"], only["accuracy"], only["ece"]) == (6, figures["accuracy"], figures["macro_signer_ece"])
    assert figures["tenth_percentile_signer_accuracy"] == figures["worst_signer_accuracy"]
    assert figures["signers_above_90"] == float(figures["accuracy"] > 0.9)
    assert figures["celov_macro_signer_accuracy"] == figures["accuracy"]
    json.dumps(figures)


@pytest.mark.parametrize("framing", [PictureCrop.ORACLE, PictureCrop.FRAME])
def test_patches_are_cut_as_serving_cuts_them(tmp_path: Path, framing: PictureCrop) -> None:
    """The confusion matrix equals one made by hand with the service's own crop and classifier."""
    root = write_pictures(tmp_path, "CL", {"test": 2})
    model = load_model("celov")
    classifier = Classifier(model)
    square = square_around(Box(40, 40, 120, 120)) if framing is PictureCrop.ORACLE else guide_square(160, 160)
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
    figures = evaluate([root / "none"], "celov", "test", PictureCrop.ORACLE).figures
    assert figures["images"] == 0
    assert figures["none_hand_free"] == 2
    assert [figures[key] for key in ("accuracy", "macro_signer_accuracy", "weighted_f1", "c_o_confusion", "ece")] == [
        None
    ] * 5


def test_unknown_split_has_no_figures_and_unknown_model_is_named(tmp_path: Path) -> None:
    """A split that no row has gives counts of 0 and no error; a model that is not there is refused."""
    root = write_pictures(tmp_path, "C", {"test": 1})
    figures = evaluate([root / "hands"], "celov", "exam", PictureCrop.ORACLE).figures
    assert (figures["images"], figures["none_images"], figures["accuracy"], figures["ece"]) == (0, 0, None, None)
    assert figures["slices"]["backlight"] == {"images": 0, "signers": 0, "accuracy": None}
    with pytest.raises(ModelNotFound):
        evaluate([root / "hands"], "no-such-model", "test", PictureCrop.ORACLE)


def test_several_folders_add_up_and_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people's folders are summed; rooms beside them, given again, are not counted twice."""
    one = write_pictures(tmp_path / "one", "C", {"test": 2})
    two = write_pictures(tmp_path / "two", "L", {"test": 3})
    (tmp_path / "link").symlink_to(one / "hands")
    monkeypatch.chdir(two / "hands")
    folders = [one / "hands", Path(), one / "none", one / "hands" / ".." / "hands", tmp_path / "link"]
    figures = evaluate(folders, "celov", "test", PictureCrop.ORACLE).figures
    assert figures["images"] == 5
    assert figures["none_hand_free"] == 4
    assert figures["slices"]["mirrored"]["images"] == 5


def _rewrite(manifest: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    with manifest.open(newline="") as lines:
        rows = [change(row) for row in csv.DictReader(lines)]
    with manifest.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_worst_mistakes_are_coordinates_with_their_patches(tmp_path: Path) -> None:
    """Wrong readings are listed surest first by manifest line, also in deep folders, with the patches the model saw."""
    root = write_pictures(tmp_path, "COELVA", {"test": 2})
    (root / "hands" / "webcam").mkdir()
    for picture in (root / "hands").glob("*.png"):
        picture.rename(root / "hands" / "webcam" / picture.name)
    _rewrite(root / "hands" / "manifest.csv", lambda row: {**row, "file": f"webcam/{row['file']}"})
    seen = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE)
    rows = seen.figures["worst_mistakes"]
    wrong = seen.figures["images"] - int(np.trace(seen.figures["confusion"]["counts"]))
    assert len(rows) == wrong > 0
    assert [row["probability"] for row in rows] == sorted((row["probability"] for row in rows), reverse=True)
    lines = (root / "hands" / "manifest.csv").read_text().splitlines()
    for row, patch in zip(rows, seen.pictures["worst_mistakes"], strict=True):
        assert row["folder"] == "hands"
        assert lines[row["line"] - 1].startswith(f"{row['file']},drawn,hand-of-test,{row['letter']},")
        assert row["read"] != row["letter"]
        assert patch is not None
        gray = read_gray(root / "hands" / row["file"])
        assert np.array_equal(patch, cut_patch(gray, square_around(Box(40, 40, 120, 120))))
    assert set(rows[0]) == {"folder", "line", "file", "letter", "read", "probability"}


def relabeled(folder: Path, labels: list[str], thresholds: dict[str, float]) -> str:
    """A copy of celov whose outputs have other names: it reads drawings, all *none* to celov, as the last label."""
    shutil.copytree(load_model("celov").folder, folder)
    info = json.loads((folder / "model.json").read_text())
    info |= {"labels": labels, "thresholds": thresholds, "priors": {}, "confusion": [], "reader": None}
    (folder / "model.json").write_text(json.dumps(info))
    return str(folder)


def test_false_letters_are_those_at_the_threshold(tmp_path: Path) -> None:
    """The rate is the share of other hands and rooms read as a letter at its threshold, and each is listed."""
    root = write_pictures(tmp_path, "LVA", {"test": 2})
    classifier = Classifier(load_model("celov"))
    hand = square_around(Box(40, 40, 120, 120))
    others = [cut_patch(read_gray(root / "hands" / f"test_A_{n}.png"), hand) for n in (0, 1)]
    rooms = [cut_patch(read_gray(root / "none" / f"test_{n}.png"), guide_square(160, 160)) for n in (0, 1)]
    sure = [float(classifier.read(patch)[-1]) for patch in (*others, *rooms)]
    threshold = sorted(sure)[1]
    model = relabeled(tmp_path / "model", ["none", "E", "L", "O", "V", "C"], {"C": threshold})
    figures = evaluate([root / "hands"], model, "test", PictureCrop.ORACLE).figures
    false = [probability >= threshold for probability in sure]
    assert 0 < sum(false) < 4
    assert figures["none_false_letter_rate"] == sum(false) / 4
    assert figures["none_false_letter_rate_other_hands"] == sum(false[:2]) / 2
    assert figures["none_false_letter_rate_hand_free"] == sum(false[2:]) / 2
    listed = figures["worst_false_letters"]
    assert [row["read"] for row in listed] == ["C"] * sum(false)
    assert {(row["folder"], row["letter"]) for row in listed} <= {("hands", "A"), ("none", None)}


def test_letters_the_model_knows_are_no_false_ones(tmp_path: Path) -> None:
    """For a model that knows every letter shown only OTHER and hand-free pictures remain; C without O has no swap."""
    root = write_pictures(tmp_path, "LA", {"test": 2})
    _rewrite(root / "hands" / "manifest.csv", lambda row: row | {"letter": "OTHER"} if "A_1" in row["file"] else row)
    model = relabeled(tmp_path / "model", ["none", "A", "B", "C", "D", "L"], {})
    figures = evaluate([root / "hands"], model, "test", PictureCrop.ORACLE).figures
    assert (figures["images"], figures["none_other_hands"], figures["none_hand_free"]) == (3, 1, 2)
    assert figures["c_o_confusion"] is None


def test_frames_give_squares_beside_the_hand(tmp_path: Path) -> None:
    """One square of each whole frame beside the hands, as hand-free as a room; frames without a box give none."""
    root = write_pictures(tmp_path, "C", {"test": 2})
    frames = write_pictures(tmp_path / "more", "L", {"test": 3}) / "hands"
    small = {"hand_x0": "100", "hand_y0": "100"}
    _rewrite(frames / "manifest.csv", lambda row: row | (small if row["hand_x0"] else {}))
    frames.rename(root / "frames")
    alone = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    assert (alone["images"], alone["none_hand_free"]) == (2, 2 + 3)
    both = evaluate([root / "hands", root / "frames"], "celov", "test", PictureCrop.ORACLE).figures
    assert (both["images"], both["none_hand_free"], both["images_without_box"]) == (5, 2 + 3, 2)


def test_a_row_without_a_letter_shows_no_hand(tmp_path: Path) -> None:
    """An empty letter among letters is hand-free too; a none folder is hand-free whatever its letters say."""
    root = write_pictures(tmp_path, "CA", {"test": 1})
    no_box = dict.fromkeys(("hand_x0", "hand_y0", "hand_x1", "hand_y1"), "")
    no_letter = {"letter": ""} | no_box
    _rewrite(root / "hands" / "manifest.csv", lambda row: row | no_letter if row["letter"] == "A" else row)
    _rewrite(root / "none" / "manifest.csv", lambda row: row | {"signer": "", "letter": "NONE"} | no_box)
    figures = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    assert (figures["images"], figures["images_without_box"]) == (1, 0)
    assert (figures["none_other_hands"], figures["none_hand_free"]) == (0, 2 + 2)


def test_few_pictures_of_signers_are_pooled_by_source(tmp_path: Path) -> None:
    """Only counted pictures make a group of one's own: 20 of them do, 19 do not; macro is the mean over groups."""
    root = write_pictures(tmp_path, "CA", {"test": 20}, signers=2)
    last = "test_C_39.png"
    _rewrite(root / "hands" / "manifest.csv", lambda row: row | {"letter": "A"} if row["file"] == last else row)
    figures = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    groups = figures["per_signer"]
    assert {name: row["images"] for name, row in groups.items()} == {"hand-of-test": 20, "drawn (pooled)": 19}
    accuracies = [row["accuracy"] for row in groups.values()]
    assert figures["macro_signer_accuracy"] == pytest.approx(np.mean(accuracies))
    assert figures["worst_signer_accuracy"] == min(accuracies)
    assert figures["signers"] == figures["signer_groups"] == 2


def test_a_hand_that_is_not_found_counts_as_none(tmp_path: Path) -> None:
    """With a locator the patch is cut where it says; what it does not find is read as none, in rooms as well."""
    root = write_pictures(tmp_path, "CL", {"test": 2})
    oracle = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures

    def right(gray: NDArray[np.uint8]) -> Box | None:
        return Box(40, 40, 120, 120) if gray.max() > 200 else None

    found = evaluate([root / "hands"], "celov", "test", PictureCrop.HAND, right).figures
    assert found["confusion"] == oracle["confusion"]
    assert found["images_without_box"] == oracle["images_without_box"] == 1
    blind = evaluate([root / "hands"], "celov", "test", PictureCrop.HAND, lambda _: None)
    assert blind.figures["accuracy"] == 0
    assert [row["read"] for row in blind.figures["worst_mistakes"]] == ["none"] * 4
    assert blind.pictures["worst_mistakes"] == [None] * 4
    assert blind.figures["none_false_letter_rate"] == 0
    assert (blind.figures["finding"]["recall"], blind.figures["finding"]["false_hands"]) == (0, 0)
    assert (found["finding"]["recall"], found["finding"]["false_hands"]) == (1, 0)
    assert oracle["finding"] is None


def test_found_hands_are_compared_with_the_manifests_boxes(tmp_path: Path) -> None:
    """The accuracy of found hands leaves out those that were not found, and the same pictures are read as labeled."""
    root = write_pictures(tmp_path, "CL", {"test": 2})
    oracle = evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures
    calls = iter(range(1000))

    def every_second(gray: NDArray[np.uint8]) -> Box | None:
        return Box(40, 40, 120, 120) if gray.max() > 200 and next(calls) % 2 == 0 else None

    figures = evaluate([root / "hands"], "celov", "test", PictureCrop.HAND, every_second).figures
    found = figures["found_hands"]
    assert found["images"] == figures["images"] / 2
    assert found["macro_signer_accuracy"] == found["macro_signer_accuracy_labeled_box"]
    assert figures["accuracy"] == found["macro_signer_accuracy"] / 2
    assert oracle["found_hands"] is None


def test_figures_are_documented(tmp_path: Path) -> None:
    """Every key that is written, the stable ones among them, is documented in the reference."""
    reference = Path(__file__).parents[3] / "docs" / "reference" / "evaluate.md"
    reported = set(re.findall(r"`([a-z0-9_]+)`", reference.read_text(encoding="utf-8")))
    root = write_pictures(tmp_path, "C", {"test": 1})
    assert DOCUMENTED <= set(evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE).figures) <= reported


@pytest.mark.slow
@pytest.mark.parametrize(("name", "at_least"), [("celov", 0.94), ("alphabet", 0.81)])
def test_shipped_model_reads_people_it_never_saw(shared_data: Path, name: str, at_least: float) -> None:
    """Each has at least its accuracy on the test signers, mean over signers, and its card has the figure."""
    figures = evaluate([shared_data / "hands"], name, "test", PictureCrop.ORACLE).figures
    assert figures["macro_signer_accuracy"] >= at_least
    assert figures["none_false_letter_rate"] <= 0.05
    card = (load_model(name).folder / "CARD.md").read_text(encoding="utf-8")
    reported = re.search(r"mean over signer groups \| ([\d.]+) %", card)
    assert reported is not None
    assert float(reported[1]) == pytest.approx(100 * figures["macro_signer_accuracy"], abs=0.15)
