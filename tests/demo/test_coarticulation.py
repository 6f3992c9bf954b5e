"""Fingers that move one by one, with exact intervals of letters."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsign.demo.coarticulation import (
    LETTER_DEG,
    LETTER_PLACE,
    WAY_S,
    CoarticulatedMotion,
    Hold,
    filmed_times,
    minimum_jerk,
    paced,
)
from streamsign.demo.drawn import DRAWN
from streamsign.demo.motion import LEAST_DRAWING_S, REST_S, WORD_PAUSE_S
from streamsign.demo.poses import LETTERS

_FINGERS = (slice(0, 4), slice(4, 8), slice(8, 12), slice(12, 16), slice(16, 22))


def _motion(word: str, letters_per_s: float, seed: int = 0) -> CoarticulatedMotion:
    rng = np.random.default_rng(seed)
    return CoarticulatedMotion(paced(word, rng, *filmed_times(letters_per_s)), rng)


@pytest.mark.parametrize("letters_per_s", [0.3, 1.0, 2.0, 6.0])
def test_filmed_times_add_up_to_the_period(letters_per_s: float) -> None:
    """A hold and a way take one period; the way is WAY_S where that is possible, and never more than the hold."""
    hold_s, way_s = filmed_times(letters_per_s)
    assert hold_s + way_s == pytest.approx(1 / letters_per_s)
    assert way_s < hold_s
    assert filmed_times(1.0)[1] == WAY_S


def test_minimum_jerk_starts_and_ends_at_rest() -> None:
    """It goes from 0 to 1, is half way at half time, and its speed is 0 at both ends."""
    assert [minimum_jerk(share) for share in (0.0, 0.5, 1.0)] == [0.0, 0.5, 1.0]
    assert minimum_jerk(0.01) < 1e-4
    assert 1 - minimum_jerk(0.99) < 1e-4


@settings(max_examples=25, deadline=None)
@given(
    word=st.text(alphabet="ABDKLOVWY ", min_size=1, max_size=7).filter(str.strip),
    letters_per_s=st.floats(0.5, 6.0),
    seed=st.integers(0, 1000),
)
def test_truth_is_when_the_hand_is_near_each_letter(word: str, letters_per_s: float, seed: int) -> None:
    """Intervals come in order and do not overlap; within one, and only there, all joints are near one shape."""
    word = " ".join(word.split())
    motion = _motion(word, letters_per_s, seed)
    assert "".join(true.letter for true in motion.truth) == word.replace(" ", "")
    limit = np.array([LETTER_DEG] * 25 + [LETTER_PLACE] * 2)
    ends = [0.0, *(true.end_s for true in motion.truth)]
    for previous_s, true in zip(ends, motion.truth, strict=False):
        assert previous_s < true.start_s < true.end_s < motion.duration_s - REST_S / 2
        inside = [motion.at(float(at_s)) for at_s in np.linspace(true.start_s, true.end_s, 9)]
        values = np.array([[*state.pose, state.thumbwards, state.down] for state in inside])
        assert (np.ptp(values, axis=0) <= 2 * limit).all()
        assert max(state.lowered for state in inside) < LETTER_PLACE
        assert np.abs(values[4, :22] - LETTERS[true.letter][:22]).max() < 8


def test_each_finger_leaves_and_arrives_at_its_own_time() -> None:
    """Some finger moves before the last letter is over by its label, and fingers are half way at different times."""
    early, middles = 0, []
    for seed in range(5):
        motion = _motion("BA", 2.0, seed)
        b, a = motion.truth
        held = motion.at((b.start_s + b.end_s) / 2).pose
        early += bool(np.abs(motion.at(b.end_s - 0.005).pose - held)[:22].max() > 1)
        times = np.arange(b.end_s - 0.3, a.start_s + 0.3, 0.002)
        poses = np.array([motion.at(float(at_s)).pose for at_s in times])
        for finger in _FINGERS:
            moved = np.abs(poses[:, finger] - poses[0, finger]).max(axis=1)
            middles.append(times[int(np.argmax(moved > moved[-1] / 2))] - b.end_s)
    assert early == 5
    assert np.std(np.reshape(middles, (5, -1)), axis=1).min() > 0.003


def test_no_joint_jumps() -> None:
    """At six letters a second, with doubles, drawn letters and two words, no joint moves 12 degrees in 1 ms in view."""
    motion = _motion("JAZZ BOOK", 6.0)
    states = [motion.at(float(at_s)) for at_s in np.arange(0.0, motion.duration_s, 0.001)]
    seen = np.array([state.lowered < 1 for state in states[1:]])
    assert np.abs(np.diff([state.pose for state in states], axis=0))[seen].max() < 12
    assert np.abs(np.diff([state[1:] for state in states], axis=0))[seen].max() < 0.02
    assert max(max(state.thumbwards, state.down) for state in states) < 0.9


def test_the_hand_comes_from_rest_and_goes_back_between_words() -> None:
    """It is below the picture at both ends and for WORD_PAUSE_S between two words, and forms the letter late."""
    motion = _motion("V Y", 2.0, seed=3)
    v, y = motion.truth
    assert motion.at(0.0).lowered == motion.at(REST_S).lowered == motion.at(motion.duration_s).lowered == 1.0
    lowered = [motion.at(float(at_s)).lowered for at_s in np.arange(v.end_s, y.start_s, 0.01)]
    assert sum(each == 1.0 for each in lowered) * 0.01 == pytest.approx(WORD_PAUSE_S, abs=0.05)
    before = motion.at(v.start_s - 0.25)
    assert before.lowered < 0.5
    assert np.abs(before.pose - motion.at(v.start_s).pose)[8:16].max() > 20


def test_the_wrist_turns_on_the_way() -> None:
    """Between two letters of nearly one view the wrist turns further than in either."""
    turned = []
    for seed in range(8):
        motion = _motion("BL", 2.0, seed)
        b, last = motion.truth
        views = [motion.at(float(at_s)).pose[22:] for at_s in np.linspace(b.end_s, last.start_s, 9)]
        straight = np.linspace(views[0], views[-1], 9)
        turned.append(np.abs(views - straight).max())
    assert np.median(turned) > 3


def test_doubles_are_let_go_or_slide() -> None:
    """Between two equal letters the fingers open or the hand moves aside, and both happen."""
    opened, slid = 0, 0
    for seed in range(12):
        motion = _motion("LL", 2.0, seed)
        first, second = motion.truth
        middle = motion.at((first.end_s + second.start_s) / 2)
        opened += bool(np.abs(middle.pose - motion.at(first.end_s).pose)[4:16].max() > 15)
        slid += motion.at(second.end_s).thumbwards < -0.3
    assert opened > 2
    assert slid > 2


def test_drawn_letters_have_their_time_and_path() -> None:
    """J and Z take LEAST_DRAWING_S or more and end where their drawings do."""
    for letter in DRAWN:
        motion = _motion(letter, 5.0)
        [true] = motion.truth
        last = DRAWN[letter].way(1.0)
        assert true.end_s - true.start_s >= LEAST_DRAWING_S * 0.999
        assert motion.at(true.end_s)[2:] == pytest.approx((last.thumbwards, last.down))


def test_no_finger_leaves_a_letter_before_it_is_drawn() -> None:
    """The fingers of a J are those of its start until its end, at six letters a second."""
    motion = _motion("JO", 6.0)
    drawn = motion.truth[0]
    for share in (0.5, 0.9, 1.0):
        fingers = motion.at(drawn.start_s + share * (drawn.end_s - drawn.start_s)).pose[:22]
        assert fingers == pytest.approx(motion.at(drawn.start_s).pose[:22])


def test_holds_of_a_film_are_kept() -> None:
    """With given times, each letter is shown within a tenth of a second of them."""
    holds = [Hold("D", 2.0, 3.2, True), Hold("A", 3.43, 5.0, False), Hold("V", 5.1, 6.4, False)]
    motion = CoarticulatedMotion(holds, np.random.default_rng(0))
    for hold, true in zip(holds, motion.truth, strict=True):
        assert true.letter == hold.letter
        assert (true.start_s, true.end_s) == pytest.approx((hold.start_s, hold.end_s), abs=0.1)
    assert all(b.start_s > a.end_s for a, b in itertools.pairwise(motion.truth))


def test_a_word_is_spelled_at_the_rate_that_is_asked_for() -> None:
    """The mean time from letter to letter is a period, to a tenth."""
    rates = []
    for seed in range(10):
        starts = [true.start_s for true in _motion("BLAVOWKIDY", 3.0, seed).truth]
        rates.append(1 / np.diff(starts).mean())
    assert np.mean(rates) == pytest.approx(3.0, rel=0.1)
