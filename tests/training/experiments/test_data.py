"""training/experiments/data.py: who is drawn, and how the pictures are cut."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.data.cleaning import LeftOut, ManifestFinding, read_left_out, write_findings
from streamsign.training.experiments import data
from streamsign.training.experiments.configuration import Configuration, Held, Scale, Sources
from streamsign.training.experiments.data import Draw, draw, load
from tests.training.pictures import write_pictures

PLAIN = Configuration(steps=1)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five letters and another hand shape by one signer a split."""
    return write_pictures(tmp_path / "pictures", "CELOVA", {"train": 6, "val": 2, "test": 2})


def rows(part: tuple[data.DrawnRow, ...]) -> set[tuple[str, int]]:
    """What identifies the pictures of a part."""
    return {(choice.folder, choice.picture.row) for choice in part}


def disjoint(drawn: Draw) -> bool:
    """Whether the parts have no picture in common."""
    parts = [rows(part) for part in (drawn.train, drawn.validation, drawn.test)]
    return len(set.union(*parts)) == sum(len(part) for part in parts)


def test_tests_on_signers_that_are_not_trained_on(pictures: Path) -> None:
    """Split by signer, no person of validation or test is in training; pictures without a box are left out."""
    drawn = draw(pictures, PLAIN)
    people = [
        {choice.picture.signer for choice in part if choice.folder == "hands"} for part in (drawn.train, drawn.test)
    ]
    assert people == [{"hand-of-train"}, {"hand-of-test"}]
    assert disjoint(drawn)
    assert drawn.counts()["train"] == {"letters": 30, "none": 8, "signers": 1}
    assert all(choice.picture.hand is not None for choice in drawn.train if choice.folder == "hands")


def test_random_frames_show_the_same_people_in_other_pictures(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Split by frame, test people were trained on, and the training pictures are those of the split by signer."""
    monkeypatch.setattr(data, "HELD_OUT", 12)
    monkeypatch.setattr(Scale, "images", 12)
    drawn = draw(pictures, replace(PLAIN, held=Held.FRAMES))
    assert {choice.picture.signer for choice in drawn.test if choice.folder == "hands"} == {"hand-of-train"}
    assert disjoint(drawn)
    assert rows(drawn.train) == rows(draw(pictures, PLAIN).train)


def test_cleaning_replaces_the_listed_rows_and_no_others(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test stays; of training, exactly the listed rows give way; a run without cleaning ignores the list."""
    monkeypatch.setattr(Scale, "images", 12)
    before = draw(pictures, PLAIN)
    listed = frozenset(sorted(rows(before.train) - {row for row in rows(before.train) if row[0] == "none"})[:3])
    out = LeftOut(ManifestFinding(folder, line, "", True) for folder, line in listed)
    assert draw(pictures, PLAIN, out) == before
    after = draw(pictures, replace(PLAIN, cleaned=True), out)
    assert rows(before.train) - rows(after.train) == listed
    assert len(after.train) == len(before.train)
    assert (after.replaced, after.test) == (3, before.test)


def test_refuses_sources_that_lack_a_letter(pictures: Path) -> None:
    """Drawn pictures come from no clean set: the error names the letters."""
    with pytest.raises(TrainingError, match="'train' shows C, E, L, O, V"):
        draw(pictures, replace(PLAIN, sources=Sources.CLEAN))


def test_the_shared_data_are_drawn_in_equal_shares(shared_data: Path) -> None:
    """On the real manifests: 386 pictures, letters equal, no signer more than once more often than another."""
    drawn = draw(shared_data, PLAIN)
    assert len(drawn.train) == 386
    labels = Counter(choice.label for choice in drawn.train)
    assert [labels[label] for label in range(6)] == [64, 64, 64, 64, 64, 66]
    people = Counter(choice.group for choice in drawn.train if choice.label == 0)
    assert max(people.values()) - min(people.values()) <= 1
    assert len(drawn.validation) == len(drawn.test) == 600
    mixed = draw(shared_data, replace(PLAIN, sources=Sources.SEED_MIX))
    webcams = [each for each in mixed.train if each.folder == "hands" and each.picture.source.startswith("webcam")]
    assert 40 <= len(webcams) <= 52


@pytest.mark.parametrize("channels", [1, 3])
def test_cuts_training_loose_and_measuring_as_serving(pictures: Path, channels: int) -> None:
    """Shapes and dtypes; the middle of a loose crop shows what serving's patch shows."""
    hand = next(choice for choice in draw(pictures, PLAIN).train if choice.label == 0)
    (loose,), (tight,) = (load([hand], channels, loose=each) for each in (True, False))
    assert (loose.pixels.shape, tight.pixels.shape) == ((160, 160, channels), (96, 96, channels))
    assert loose.pixels.dtype == tight.pixels.dtype == np.uint8
    apart = np.abs(loose.framed.astype(float) - tight.pixels)
    assert apart.mean() < 8


def test_reads_colors_in_the_order_of_their_name(pictures: Path) -> None:
    """RGB: the first plane is red, as the weights expect."""
    hand = next(choice for choice in draw(pictures, PLAIN).train if choice.label == 0)
    red = np.zeros((160, 160, 3), np.uint8)
    red[..., 2] = 200  # OpenCV writes blue, green, red
    cv2.imwrite(str(hand.picture.path), red)
    (example,) = load([hand], 3, loose=False)
    assert example.pixels[0, 0].tolist() == [200, 0, 0]


def test_a_damaged_picture_is_named(pictures: Path) -> None:
    """In color as in gray."""
    hand = draw(pictures, PLAIN).train[0]
    hand.picture.path.write_bytes(b"no picture")
    for channels in (1, 3):
        with pytest.raises(TrainingError, match=hand.picture.path.name):
            load([hand], channels, loose=False)


def test_leaves_out_what_cleaning_excludes_and_keeps_what_it_keeps(tmp_path: Path) -> None:
    """The excluded rows of the list that training writes: a row with a file by its file, wherever its line is."""
    path = tmp_path / "findings.json"
    write_findings(
        path,
        [
            ManifestFinding("hands", 12, "shows O", excluded=True),
            ManifestFinding("hands", 13, "odd", excluded=False),
            ManifestFinding("hands", 14, "shows L", excluded=True, file="a.png"),
        ],
    )
    out = read_left_out(path)
    assert [out.has("hands", line, "b.png") for line in (12, 13, 14)] == [True, False, False]
    assert out.has("hands", 20, "a.png")
    assert out.rows() == [("hands", 12), ("hands", "a.png")]
