import numpy as np
import pytest

from streamsign.demo.drawn import DRAWN, turned
from streamsign.demo.poses import LETTERS, POSE_SIZE


@pytest.mark.parametrize("letter", DRAWN)
def test_a_way_runs_from_rest_at_its_start_to_its_end_and_goes_down(letter: str) -> None:
    """Shares of time increase from 0 to 1, the start is where the hand is, and the hand is lower afterwards."""
    way = DRAWN[letter].way
    shares = [waypoint.share for waypoint in way]
    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert (way[0].thumbwards, way[0].down, way[0].view) == (0.0, 0.0, (0, 0, 0))
    assert way[-1].down > 0.2


def test_a_zigzag_has_three_strokes() -> None:
    """Z goes across, back and across again, and down in the second stroke."""
    across = [waypoint.thumbwards for waypoint in DRAWN["Z"].way]
    assert np.sign(np.diff(across)).tolist() == [1, -1, 1]
    assert DRAWN["Z"].way[2].down > DRAWN["Z"].way[1].down


def test_the_fingers_keep_their_shape_while_the_wrist_turns() -> None:
    """A waypoint changes the view alone."""
    own = LETTERS["I"] + 1.0
    pose = turned(own, DRAWN["J"].way[-1])
    assert pose.shape == (POSE_SIZE,)
    assert np.array_equal(pose[:-3], own[:-3])
    assert np.abs(pose[-3:] - own[-3:]).max() > 90
