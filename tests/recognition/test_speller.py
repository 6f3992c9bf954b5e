"""The commit rule, in virtual time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.events import Commit
from streamsign.recognition.speller import CommitRule, Speller

REST, C, O = 0, 1, 2  # noqa: E741
FPS = 30


def belief(state: int, certainty: float = 0.95) -> np.ndarray:
    """Belief that holds one state for certain and shares the remainder."""
    row = np.full(3, (1 - certainty) / 2)
    row[state] = certainty
    return row


def spell(*holds: tuple[int, float], rule: CommitRule = CommitRule()) -> list[Commit]:
    """Commits for a sequence of (state, seconds) at 30 frames a second."""
    speller, now, commits = Speller(["C", "O"], rule), 0.0, []
    for state, seconds in holds:
        for _ in range(round(seconds * FPS)):
            if (commit := speller.update(belief(state), now)) is not None:
                commits.append(commit)
            now += 1 / FPS
    return commits


def test_held_letter_is_spelled_once() -> None:
    """However long a letter is held, it is one letter."""
    commits = spell((REST, 0.5), (C, 5.0))
    assert [commit.letter for commit in commits] == ["C"]
    assert commits[0].committed_s - commits[0].started_s >= CommitRule().hold_s


def test_glimpse_is_not_spelled() -> None:
    """A letter shorter than the hold leaves no text."""
    assert spell((REST, 0.5), (C, 0.06), (REST, 0.5)) == []


def test_released_letter_doubles() -> None:
    """Letting go long enough and forming the letter again spells it twice."""
    assert [commit.letter for commit in spell((C, 0.4), (REST, 0.3), (C, 0.4))] == ["C", "C"]


def test_flicker_does_not_double() -> None:
    """A release shorter than the rule's leaves one letter."""
    assert [commit.letter for commit in spell((C, 0.4), (REST, 0.06), (C, 0.4))] == ["C"]


def test_neighbours_need_no_rest_between() -> None:
    """Letters follow each other directly."""
    assert [commit.letter for commit in spell((C, 0.4), (O, 0.4), (C, 0.4))] == ["C", "O", "C"]


def test_doubtful_letter_waits() -> None:
    """A letter that leads without certainty is not text."""
    speller = Speller(["C", "O"])
    assert all(speller.update(belief(C, 0.6), n / FPS) is None for n in range(90))


@given(st.lists(st.tuples(st.sampled_from([REST, C, O]), st.floats(0.04, 1)), max_size=20))
def test_no_letter_comes_without_its_hold(holds: list[tuple[int, float]]) -> None:
    """Every commit lies inside a stretch of its own letter at least as long as the rule asks."""
    start, stretches = 0, []
    for state, seconds in holds:
        frames = round(seconds * FPS)
        stretches.append((state, start / FPS, (start + frames) / FPS))
        start += frames
    merged: list[tuple[int, float, float]] = []
    for state, begin, end in stretches:
        if merged and merged[-1][0] == state:
            merged[-1] = (state, merged[-1][1], end)
        else:
            merged.append((state, begin, end))
    for commit in spell(*holds):
        state = {"C": C, "O": O}[commit.letter]
        assert any(
            s == state and begin - 1e-6 <= commit.started_s and commit.committed_s <= end + 1e-6
            for s, begin, end in merged
        )
        assert commit.committed_s - commit.started_s >= CommitRule().hold_s - 1e-6
