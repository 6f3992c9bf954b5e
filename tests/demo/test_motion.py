"""The movement in which all joints move together."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.demo.motion import LONGEST_WAY_S, MOST_DRAWING_S, KeyedMotion, keyed_times, own_way
from streamsign.demo.poses import LETTERS, REST


def test_all_joints_leave_and_arrive_together() -> None:
    """On the way each joint has done the same share of its way."""
    motion = KeyedMotion("BA", np.random.default_rng(0), 0.5, 0.4)
    b, a = motion.truth
    start, middle, end = (motion.at(at_s).pose for at_s in (b.end_s, b.end_s + 0.1, a.start_s))
    moving = np.abs(end - start) > 1
    assert np.ptp(((middle - start) / (end - start))[moving]) < 1e-9


def test_before_and_after_the_film_the_hand_is_where_it_was() -> None:
    """Times outside of the film give the hand at rest below the picture."""
    motion = KeyedMotion("V", np.random.default_rng(0), 0.5, 0.4)
    for at_s in (-1.0, motion.duration_s + 5):
        state = motion.at(at_s)
        assert state.lowered == 1
        assert np.array_equal(state.pose, REST)


@pytest.mark.parametrize("seed", range(3))
def test_a_pose_made_again_differs_by_seven_degrees_at_most(seed: int) -> None:
    """Every repetition differs, and none by more than a clipped few degrees."""
    difference = np.abs(own_way(LETTERS["A"], np.random.default_rng(seed)) - LETTERS["A"])
    assert 0 < difference.max() <= 7


@pytest.mark.parametrize("letters_per_s", [0.2, 0.5, 0.95, 2, 6])
def test_a_slow_signer_holds_for_longer_and_moves_as_fast(letters_per_s: float) -> None:
    """Hold and way together last as long as the rate says; the way is a third of it, but never longer than at 0.95."""
    hold_s, way_s = keyed_times(letters_per_s)
    assert hold_s + way_s == pytest.approx(1 / letters_per_s)
    assert way_s == pytest.approx(min(1 / (3 * letters_per_s), LONGEST_WAY_S))


def test_a_slow_signer_draws_no_slower_than_people() -> None:
    """Z is drawn within MOST_DRAWING_S, however long letters are held."""
    (drawn,) = KeyedMotion("Z", np.random.default_rng(0), 3.0, 0.35).truth
    assert drawn.end_s - drawn.start_s == pytest.approx(MOST_DRAWING_S)
