"""The letters that a committed letter may be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.events import Commit
from streamsign.recognition.hold_evidence import HoldEvidence

LETTERS = ["C", "L", "O", "V"]
PRIOR = np.full(5, 0.2)


def certain(letter: str) -> np.ndarray:
    """The posterior of a filter that is sure of a letter."""
    row = np.full(5, 1e-6)
    row[1 + LETTERS.index(letter)] = 1 - 4e-6
    return row


def read(**chances: float) -> np.ndarray:
    """Probabilities of one frame; the other labels share the rest."""
    row = np.full(5, (1 - sum(chances.values())) / (5 - len(chances)))
    for letter, chance in chances.items():
        row[1 + LETTERS.index(letter)] = chance
    return row


def explained(*frames: tuple[float, np.ndarray, np.ndarray | None], letter: str = "C") -> Commit:
    """A commit of the last frame that started at 1 s, with its alternatives."""
    evidence = HoldEvidence(PRIOR, LETTERS)
    for at_s, classified, further in frames:
        evidence.update(classified, further, at_s)
    return evidence.explain(Commit(letter, 1.0, 1.0, frames[-1][0]), certain(letter))


def test_a_letter_that_the_frames_doubt_has_alternatives() -> None:
    """A hold whose frames are nearly as much an O is an O with a considerable probability, a clear one is not."""
    doubtful, clear = (
        dict(explained((1.0, row, None), (1.1, row, None)).alternatives)
        for row in (read(C=0.5, O=0.4), read(C=0.999, O=0.0006))
    )
    assert doubtful["O"] > 0.1 > 0.05 > clear["O"]
    assert doubtful["C"] > 0.5


def test_the_reader_counts_as_much_as_the_classifier() -> None:
    """A reader that reads an O where the classifier reads a C makes both as probable in the hold."""
    found = dict(explained((1.0, read(C=0.9), read(O=0.9))).alternatives)
    assert found["C"] - found["O"] == pytest.approx(0.5, abs=1e-3)  # the filter's share


def test_frames_before_the_hold_do_not_count() -> None:
    """The letter held before does not become an alternative; without frames the commit stays as it is."""
    found = dict(explained((0.5, read(V=0.99), None), (1.0, read(C=0.9), None)).alternatives)
    assert found == dict(explained((1.0, read(C=0.9), None)).alternatives)
    assert explained((0.5, read(V=0.99), None)).alternatives == ()


probabilities = st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda row: sum(row) > 0)


@given(st.lists(st.tuples(probabilities, st.none() | probabilities), min_size=1, max_size=8))
def test_alternatives_are_probabilities(rows: list[tuple[list[float], list[float] | None]]) -> None:
    """For all readings three ordered letters sum to at most 1, and the committed letter keeps the filter's share."""
    frames = [
        (1 + at / 30, np.array(one) / sum(one), None if other is None else np.array(other) / sum(other))
        for at, (one, other) in enumerate(rows)
    ]
    found = explained(*frames).alternatives
    shares = [share for _, share in found]
    assert len(found) == 3
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9
    assert dict(found)["C"] >= 0.49
