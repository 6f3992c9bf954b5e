"""training/streams/floor.py: the letters of given holds."""

import numpy as np
import pytest

from streamsign.training.streams.floor import evidence, floor_letters, frames_of
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

LETTERS = ("C", "O")
PRIOR = np.array([0.5, 0.25, 0.25])
HOLDS = (TrueLetter(letter="C", start_s=0.0, end_s=0.3), TrueLetter(letter="O", start_s=0.5, end_s=0.8))


def stream(first: list[float], second: list[float], read: np.ndarray | None = None) -> Readings:
    """Ten frames a second: the first hold shows one posterior, the second another."""
    times = np.arange(10) / 10
    posterior = np.where(times[:, None] < 0.4, first, second)
    unknown = np.full(10, np.nan)
    return Readings("case", "S", HOLDS, 0, times, posterior, unknown, unknown, unknown, unknown, read)


def test_each_hold_gives_its_most_evident_letter() -> None:
    """A hold is never read as none, however probable, and each letter stands at the start of its hold."""
    commits = floor_letters(stream([0.7, 0.2, 0.1], [0.1, 0.3, 0.6]), LETTERS, PRIOR, reader_prior=None)
    assert [(each.letter, each.captured_s) for each in commits] == [("C", 0.0), ("O", 0.5)]


def test_a_hold_without_a_hand_has_no_letter() -> None:
    """What the locator never found is lost at the floor too."""
    commits = floor_letters(stream([np.nan] * 3, [0.1, 0.3, 0.6]), LETTERS, PRIOR, reader_prior=None)
    assert [each.letter for each in commits] == ["O"]


def test_the_reader_counts_as_much_as_the_classifier() -> None:
    """A surer reader changes the letter; without its prior it is left out."""
    readings = stream([0.1, 0.5, 0.4], [0.1, 0.5, 0.4], np.tile([0.1, 0.2, 0.7], (10, 1)))
    of_both = floor_letters(readings, LETTERS, PRIOR, reader_prior=PRIOR)
    alone = floor_letters(readings, LETTERS, PRIOR, reader_prior=None)
    assert ["".join(each.letter for each in found) for found in (of_both, alone)] == ["OO", "CC"]


def test_evidence_is_relative_to_the_training() -> None:
    """A posterior equal to the shares in training says nothing for either letter, and one frame counts as many do."""
    found = evidence(stream([0.5, 0.25, 0.25], [0.1, 0.3, 0.6]), HOLDS[0], PRIOR, reader_prior=None)
    assert found == pytest.approx([0.0, 0.0, 0.0])


def test_a_hold_between_two_frames_has_the_nearest() -> None:
    """A hold shorter than the interval of frames is read in one frame."""
    readings = stream([0.7, 0.2, 0.1], [0.1, 0.3, 0.6])
    assert frames_of(readings, TrueLetter(letter="C", start_s=0.31, end_s=0.37)).tolist() == [3]
