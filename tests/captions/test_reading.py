"""captions/reading.py with the shipped model and the demo signer."""

from __future__ import annotations

import time

import numpy as np

from streamsign.captions.ledger import STAMPS
from streamsign.captions.reading import moved, read_frame
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Frame
from streamsign.recognition.pauses import Pause
from streamsign.recognition.recognizer import Recognizer


def test_stamps_are_added_in_the_order_of_a_ledger() -> None:
    """A frame's own stamps come first, those of the recognizer's stages follow, and time does not go back."""
    frame = next(frame for frame in DemoSigner("L") if frame.at_s > 1.3)
    taken_s = time.monotonic()
    stamps = {"taken_s": taken_s, "decoded_s": taken_s + 1e-6}
    result = read_frame(Recognizer.load("celov"), Frame(frame.luma, frame.at_s, frame.limited_range, stamps))
    kept = [name for name in result.stamps if name in STAMPS]  # a ledger has no field for the reader's own stamp
    assert kept == [name for name in STAMPS if name in result.stamps]
    assert list(result.stamps.values()) == sorted(result.stamps.values())
    assert {"located_s", "cropped_s", "classified_s", "decided_s"} <= result.stamps.keys()
    assert len(result.events) == 1


def test_the_frame_does_not_change() -> None:
    """Stamps are written to a copy; a frame without one counts as decoded when it is read."""
    frame = Frame(np.zeros((48, 64), np.uint8), 3.0)
    before_s = time.monotonic()
    result = read_frame(Recognizer.load("celov"), frame, at_s=5.0)
    assert frame.stamps == {}
    assert result.stamps["decoded_s"] >= before_s
    reading = result.events[0]
    assert isinstance(reading, Reading)
    assert reading.at_s == 5.0


def test_a_commit_moves_to_another_clock() -> None:
    """Both its times move, and nothing else."""
    assert moved(Commit("L", 0.9, 1.0, 1.5), 100.0) == Commit("L", 0.9, 101.0, 101.5)


def test_a_pause_moves_to_another_clock() -> None:
    """Both its times move, and what it ends stays."""
    assert moved(Pause("word", 1.0, 2.0), 100.0) == Pause("word", 101.0, 102.0)
