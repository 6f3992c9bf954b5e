import pytest

from streamsign.demo.check import letter_readings, single_frame_accuracy
from streamsign.recognition.model import load_model


def test_the_shipped_model_reads_single_rendered_frames() -> None:
    """At least 0.8 of single held frames are read right, each in a room, light and skin of its own."""
    assert single_frame_accuracy(load_model("celov"), n=6, seed=300) >= 0.8


@pytest.mark.parametrize("letter", ["B", "F"])
def test_letters_the_model_does_not_know_are_mostly_none(letter: str) -> None:
    """A rendered letter outside the model's alphabet reads as none, not as one of its letters."""
    assert letter_readings(load_model("celov"), letter, n=6, seed=300).get("none", 0) >= 4
