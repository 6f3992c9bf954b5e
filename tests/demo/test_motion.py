"""The movement in which all joints move together."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.demo.motion import KeyedMotion, own_way
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
