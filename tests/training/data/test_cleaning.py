"""What training leaves out, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.errors import TrainingError
from streamsign.training.data.cleaning import (
    FOLDS,
    ManifestFinding,
    decided_before,
    doubted_labels,
    is_repeat,
    near_duplicates,
    read_findings,
    signer_folds,
    without,
    write_findings,
)
from streamsign.training.data.crops import HAND_FREE, Crop
from tests.training.pictures import draw


def _crop(letter: str, signer: str, line: int, seed: int = 0) -> Crop:
    return Crop(draw(letter, seed), letter, signer, "web", "hands", line)


def test_a_repeat_is_left_out_and_names_its_twin() -> None:
    """The second of two equal pictures goes; another signer's, another letter's and a moved hand's stay."""
    moved = Crop(np.roll(draw("C", 0), 8, axis=1), "C", "ann", "web", "hands", 6)
    noisy = np.clip(draw("C", 0).astype(int) + np.random.default_rng(1).integers(-3, 4, (160, 160)), 0, 255)
    crops = [
        _crop("C", "ann", 2),
        Crop(noisy.astype(np.uint8), "C", "ann", "web", "hands", 3),
        _crop("C", "bob", 4),
        _crop("L", "ann", 5),
        moved,
        Crop(draw("", 0), HAND_FREE, "room", "web", "none", 2),
        Crop(draw("", 0), HAND_FREE, "room", "web", "none", 2),
    ]
    found = near_duplicates(crops)
    assert found == [ManifestFinding("hands", 3, "repeats line 2", excluded=True)]
    assert is_repeat(found[0])
    assert [crop.line for crop in without(crops, found)] == [2, 4, 5, 6, 2, 2]


def test_doubted_labels_are_proposals_and_a_whole_letter_says_so() -> None:
    """None is left out unless a person accepts it; of a whole letter the reason gives the share."""
    crops = [_crop("C", "ann", line) for line in range(10)] + [_crop("C", "bob", line) for line in range(10, 15)]
    probabilities = np.tile([0.97, 0.02, 0.01], (15, 1))
    probabilities[[3, 10, 11, 12, 13, 14]] = [0.01, 0.95, 0.04]
    found = doubted_labels(crops, probabilities, np.zeros(15, np.int32), ["C", "O", "no letter"])
    assert [finding.line for finding in found] == [3, *range(10, 15)]
    assert not any(finding.excluded for finding in found)
    assert found[0].reason == "labeled C, read O by a network that was not trained on the signer"
    assert "100%" in found[1].reason


def test_unsure_reading_doubts_nothing() -> None:
    """A network that is uncertain of a picture does not accuse its label."""
    crops = [_crop("C", "ann", line) for line in range(10)]
    probabilities = np.tile([0.15, 0.85], (10, 1))
    assert not doubted_labels(crops, probabilities, np.zeros(10, np.int32), ["C", "O"])


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_folds_never_part_a_signer(counts: list[int]) -> None:
    """Every signer is in one fold, and no fold is larger than the others' mean plus the largest signer."""
    pixels = np.zeros((1, 1), np.uint8)
    crops = [Crop(pixels, "C", f"signer {i}", "web") for i, count in enumerate(counts) for _ in range(count)]
    folds = signer_folds(crops)
    for signer in {crop.signer for crop in crops}:
        assert len({int(fold) for fold, crop in zip(folds, crops, strict=True) if crop.signer == signer}) == 1
    sizes = np.bincount(folds, minlength=FOLDS)
    pooled = sum(count for count in counts if count < 20)
    assert sizes.max() <= len(crops) / FOLDS + max(*counts, pooled, 1)


def test_list_comes_back_from_its_file(tmp_path: Path) -> None:
    """What was written is read, kept and excluded apart."""
    findings = [
        ManifestFinding("hands", 3, "repeats line 2", excluded=True),
        ManifestFinding("hands", 9, "doubted", excluded=False),
    ]
    write_findings(tmp_path / "runs" / "list.json", findings)
    assert read_findings(tmp_path / "runs" / "list.json") == findings


def test_only_accepted_proposals_are_left_out(tmp_path: Path) -> None:
    """One field of a row accepts it; its picture is left out also when its line has moved."""
    path = tmp_path / "list.json"
    write_findings(path, [ManifestFinding("hands", line, "doubted", False, f"{line}.webp") for line in (2, 3)])
    crops = [replace(_crop("C", "ann", line), file=f"{line}.webp") for line in (2, 3)]
    assert without(crops, read_findings(path)) == crops
    rows = json.loads(path.read_text())
    rows["proposed"][1]["accepted"] = True
    path.write_text(json.dumps(rows))
    moved = [crops[0], replace(crops[1], line=2)]
    assert without(moved, read_findings(path)) == crops[:1]


def test_a_list_that_is_made_again_keeps_the_decisions() -> None:
    """Accepted rows stay accepted, found again or not; repeats are those that are found now."""
    before = [
        ManifestFinding("hands", 2, "repeats line 1", True, "2.webp"),
        ManifestFinding("hands", 3, "doubted", True, "3.webp"),
        ManifestFinding("hands", 9, "mine", True),
        ManifestFinding("hands", 4, "doubted", False, "4.webp"),
    ]
    found = [
        ManifestFinding("hands", 2, "doubted again", False, "3.webp"),
        ManifestFinding("hands", 3, "doubted", False, "4.webp"),
    ]
    kept = decided_before(found, before)
    assert [(each.line, each.excluded) for each in kept] == [(2, True), (3, False), (9, True)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"excluded": [{"folder": "hands"}]}',
        '{"excluded": 3}',
        '{"proposed": [{"folder": "a", "line": 1, "accepted": "no"}]}',
    ],
)
def test_damaged_list_is_told_in_words(tmp_path: Path, text: str) -> None:
    """The error shows what a list looks like."""
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match="is not a list of pictures to leave out"):
        read_findings(path)


def test_a_missing_list_is_not_called_damaged(tmp_path: Path) -> None:
    """The error of a path without a file says that it does not exist, not to delete it."""
    with pytest.raises(TrainingError, match="does not exist") as caught:
        read_findings(tmp_path / "list.json")
    assert "delete" not in str(caught.value)
