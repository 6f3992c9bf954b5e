"""demo/check.py: how well the shipped models read the rendered hand, one frame at a time."""

from __future__ import annotations

import pytest

from streamsign.demo.check import letter_readings, single_frame_accuracy
from streamsign.recognition.model import load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.settings import Settings


@pytest.mark.parametrize("mode", [ReaderMode.SMALL, ReaderMode.AUTO])
def test_five_letters_are_read(mode: ReaderMode) -> None:
    """At least 0.8 of single held frames are read right, each in a room, light and skin of its own."""
    assert single_frame_accuracy(load_model("celov"), n=6, seed=300, mode=mode) >= 0.8


def test_the_default_model_reads_letters_of_distinct_shapes() -> None:
    """Both networks of alphabet read at least 0.95 of single frames of the letters whose drawing is close to a hand."""
    alphabet = load_model(Settings.model_fields["model"].default)
    assert single_frame_accuracy(alphabet, "BCEFGILOUVWY", n=3, seed=300) >= 0.95


@pytest.mark.parametrize("letter", ["B", "F"])
def test_letters_the_model_does_not_know_are_mostly_none(letter: str) -> None:
    """A rendered letter outside the model's alphabet reads as none, not as one of its letters."""
    assert letter_readings(load_model("celov"), letter, n=6, seed=300).get("none", 0) >= 4
