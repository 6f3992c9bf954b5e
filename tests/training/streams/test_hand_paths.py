"""training/streams/hand_paths.py: the path of a followed hand, and drawn letters in given holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streamsign.recognition.drawn import DrawnRule
from streamsign.recognition.tuning import Tuning
from streamsign.training.streams.diary import Reason, diary
from streamsign.training.streams.hand_paths import HeldDrawings, hand_paths
from streamsign.training.streams.methods import Method, Spelled, priors, setting_of, spell
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter
from tests.training.paths.hand_films import INFO, hand_film

RULES = {
    "Z": DrawnRule.model_validate(
        {"weights": {"stroke": 10.0}, "bias": -3.0, "threshold": 0.0, "minimum": {"drop": 0.3, "start_share": 0.5}}
    )
}
HOLDS = (
    TrueLetter(letter="D", start_s=0.1, end_s=0.8),
    TrueLetter(letter="Z", start_s=1.0, end_s=1.8),
    TrueLetter(letter="D", start_s=2.1, end_s=2.8),
)


def _readings() -> Readings:
    """Three seconds of a D, which draws a zigzag from 1.0 to 1.75 s."""
    at_s = np.arange(0.0, 3.0, 1 / 30)
    strokes = [1.0, 1.25, 1.5, 1.75]
    x, y = np.interp(at_s, strokes, [0.0, 1.0, 0.0, 1.0]), np.interp(at_s, strokes[1:3], [0.0, 0.7])
    return replace(hand_film("made", "a", x, y).readings, truth=HOLDS)


def test_a_gap_begins_another_hand() -> None:
    """Frames without a hand for longer than a quarter of a second split the path."""
    readings = _readings()
    assert readings.boxes is not None
    boxes = readings.boxes.copy()
    boxes[(readings.times > 1.0) & (readings.times < 1.5)] = np.nan
    paths = [path for path, _ in hand_paths(replace(readings, boxes=boxes))]
    assert len(paths) == 2
    assert paths[0].at_s[-1] == pytest.approx(1.0, abs=0.04)


def test_only_the_hold_that_is_drawn_has_a_drawn_letter() -> None:
    """A held letter beside a drawing is not drawn, and without boxes or rules nothing is."""
    readings = _readings()
    drawings = HeldDrawings(readings, RULES, INFO.moving, INFO.letters)
    assert [drawings.letter(hold) for hold in HOLDS] == [None, "Z", None]
    for seen, rules in ((replace(readings, boxes=None), RULES), (readings, {})):
        assert HeldDrawings(seen, rules, INFO.moving, INFO.letters).letter(HOLDS[1]) is None


def test_the_floor_reads_a_drawn_letter_from_its_hold() -> None:
    """With the rules the floor reads DZD, without them DDD."""
    floor = setting_of(Method.FLOOR, Tuning())
    for rules, letters in ((RULES, "DZD"), ({}, "DDD")):
        read = spell(_readings(), floor, INFO, INFO.letters, rules)
        assert "".join(commit.letter for commit in read.commits) == letters


def test_the_letter_that_a_drawn_one_replaces_is_kept_apart() -> None:
    """The filter reads D, and Z in its place; without the rules nothing is replaced."""
    usual = setting_of(Method.HMM, Tuning())
    for rules, letters, replaced in ((RULES, "Z", "D"), ({}, "D", "")):
        read = spell(_readings(), usual, INFO, INFO.letters, rules)
        assert "".join(commit.letter for commit in read.commits) == letters
        assert "".join(commit.letter for commit in read.replaced) == replaced


def test_a_drawn_letter_that_was_lost_was_not_mistaken_by_its_evidence() -> None:
    """The diary gives the drawn letter as the evidence of its hold."""
    readings = _readings()
    drawings = HeldDrawings(readings, RULES, INFO.moving, INFO.letters)
    nothing = Spelled([], np.zeros(len(readings.times), np.intp))
    lost = diary(readings, nothing, INFO.letters, priors(INFO), None, drawings)[1]
    assert (lost.letter, lost.evidence, lost.reason) == ("Z", "Z", Reason.TOO_SHORT)
