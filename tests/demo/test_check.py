"""demo/check.py: how well the shipped models read the rendered hand, one frame at a time."""

from __future__ import annotations

import pytest

from streamsign.demo.check import letter_readings, single_frame_accuracy
from streamsign.demo.poses import LETTERS
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.events import Commit
from streamsign.recognition.model import load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer
from streamsign.settings import Settings


@pytest.mark.parametrize("mode", [ReaderMode.SMALL, ReaderMode.AUTO])
def test_five_letters_are_read(mode: ReaderMode) -> None:
    """At least 0.8 of single held frames are read right, each in a room, light and skin of its own."""
    assert single_frame_accuracy(load_model("celov"), n=6, seed=300, mode=mode) >= 0.8


@pytest.mark.parametrize("letter", list(LETTERS))
def test_the_default_model_reads_every_letter(letter: str) -> None:
    """Both networks together read each drawn letter in at least four of five rooms, lights, hands and skins."""
    default = load_model(Settings.model_fields["model"].default)
    assert letter_readings(default, letter, n=5, seed=300).get(letter, 0) >= 4


def test_the_default_model_spells_hello() -> None:
    """A film of HELLO, the hand found in each frame, is read without a mistake."""
    recognizer, text = Recognizer.load(Settings.model_fields["model"].default), ""
    for frame in DemoSigner("HELLO", fps=15, width=320, height=240):
        text += "".join(event.letter for event in recognizer.feed(frame.luma, frame.at_s) if isinstance(event, Commit))
    assert text == "HELLO"


@pytest.mark.parametrize("letter", ["B", "F"])
def test_letters_the_model_does_not_know_are_mostly_none(letter: str) -> None:
    """A rendered letter outside the model's alphabet reads as none, not as one of its letters."""
    assert letter_readings(load_model("celov"), letter, n=6, seed=300).get("none", 0) >= 4
