"""How the demo signer draws J and Z."""

import itertools

import numpy as np
import pytest

from streamsign.demo.drawn import DRAWN, hook, turned, zigzag
from streamsign.demo.poses import LETTERS, POSE_SIZE


@pytest.mark.parametrize("letter", DRAWN)
def test_a_way_runs_from_rest_at_its_start_to_rest_lower_down(letter: str) -> None:
    """The start is where the hand is, the hand moves neither there nor at the end, and it is lower afterwards."""
    way = DRAWN[letter].way
    places = [np.array([*moved.view, moved.thumbwards, moved.down]) for moved in map(way, (0.0, 0.001, 0.999, 1.0))]
    assert places[0] == pytest.approx(0.0)
    assert places[1] == pytest.approx(places[0], abs=0.01)
    assert places[2] == pytest.approx(places[3], abs=0.01)
    assert places[3][-1] > 0.2


def test_a_hook_is_one_movement() -> None:
    """J goes down, then to the thumb's side, does not stop on the way, and shows its edge for a third of its time."""
    ways = [hook(share) for share in np.linspace(0, 1, 101).tolist()]
    speeds = [np.hypot(b.thumbwards - a.thumbwards, b.down - a.down) for a, b in itertools.pairwise(ways)]
    assert min(speeds[15:85]) > 0.3 * np.mean(speeds)
    assert ways[35].thumbwards < 0.1 < 0.3 < ways[35].down
    assert ways[100].thumbwards > 0.4
    assert sum(each.view[0] > 100 for each in ways) > 33


def test_a_zigzag_has_three_strokes() -> None:
    """Z goes across, back and across again, and down in the second stroke."""
    ways = [zigzag(share) for share in np.linspace(0, 1, 201).tolist()]
    turns = np.diff([each.thumbwards for each in ways])
    assert [sign for sign, _ in itertools.groupby(np.sign(turns[np.abs(turns) > 1e-4]))] == [1, -1, 1]
    assert zigzag(0.68).down > zigzag(0.3).down == 0


def test_the_fingers_keep_their_shape_while_the_wrist_turns() -> None:
    """A drawing changes the view alone."""
    own = LETTERS["I"] + 1.0
    pose = turned(own, hook(1.0))
    assert pose.shape == (POSE_SIZE,)
    assert np.array_equal(pose[:-3], own[:-3])
    assert np.abs(pose[-3:] - own[-3:]).max() > 90
