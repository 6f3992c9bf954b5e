"""training/evaluation/figures.py: figures of what a model made of every patch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.collection.manifest import Picture
from streamsign.recognition.model import ModelInfo, load_model
from streamsign.training.evaluation.figures import WORST, ReadPicture, summarize

FOLDER = Path("hands")


@pytest.fixture
def info() -> ModelInfo:
    """A model of C, E, L, O and V."""
    return load_model("celov").info


def read(info: ModelInfo, letter: str, as_label: str, signer: str = "S1", certainty: float = 0.99) -> ReadPicture:
    """A picture of a letter and what was read in it."""
    probabilities = np.full(len(info.labels), (1 - certainty) / (len(info.labels) - 1), np.float32)
    probabilities[info.labels.index(as_label)] = certainty
    picture = Picture(FOLDER, FOLDER / "picture.webp", 2, "webcam", signer, letter, "test", None)
    return ReadPicture(picture, np.zeros((96, 96), np.uint8), probabilities)


def test_accuracy_is_the_mean_over_signers(info: ModelInfo) -> None:
    """A signer of many pictures counts as one of few; the tenth percentile and the good share are of signers too."""
    shown = [read(info, "C", "C", "S1") for _ in range(60)] + [read(info, "C", "O", "S2") for _ in range(20)]
    figures, _ = summarize(info, shown, [])
    assert figures["accuracy"] == pytest.approx(0.75)
    assert figures["macro_signer_accuracy"] == pytest.approx(0.5)
    assert figures["tenth_percentile_signer_accuracy"] == pytest.approx(0.1)
    assert (figures["signers_above_90"], figures["worst_signer_accuracy"]) == (0.5, 0.0)
    assert figures["c_o_confusion"] == pytest.approx(0.25)
    assert figures["celov_macro_signer_accuracy"] == pytest.approx(0.5)


def test_false_letters_are_told_apart_by_what_was_shown(info: ModelInfo) -> None:
    """Other hands and pictures without a hand have rates of their own; an uncertain reading is not a letter."""
    shown = [read(info, "C", "C"), read(info, "OTHER", "L"), read(info, "OTHER", info.none_label)]
    free = [read(info, "", info.none_label) for _ in range(3)] + [read(info, "", "E", certainty=0.21)]
    figures, _ = summarize(info, shown, free)
    assert figures["none_false_letter_rate_other_hands"] == 0.5
    assert figures["none_false_letter_rate_hand_free"] == 0.0
    assert figures["none_false_letter_rate"] == pytest.approx(1 / 6)


def test_the_surest_mistakes_are_listed_with_their_patches(info: ModelInfo) -> None:
    """No more than the limit, surest first, each with the line of its manifest and the patch that was read."""
    shown = [read(info, "C", "O", certainty=0.5 + number / 200) for number in range(WORST + 10)]
    figures, patches = summarize(info, shown, [])
    listed = figures["worst_mistakes"]
    assert len(listed) == WORST
    assert [row["probability"] for row in listed] == sorted((row["probability"] for row in listed), reverse=True)
    assert (listed[0]["folder"], listed[0]["line"], listed[0]["file"]) == ("hands", 2, "picture.webp")
    assert len(patches["worst_mistakes"]) == WORST


def test_nothing_shown_gives_no_figures(info: ModelInfo) -> None:
    """Without pictures rates are None, not 0."""
    figures, _ = summarize(info, [], [])
    names = ("accuracy", "macro_signer_accuracy", "signers_above_90", "none_false_letter_rate", "macro_signer_ece")
    assert [figures[name] for name in names] == [None] * len(names)
