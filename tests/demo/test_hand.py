import numpy as np
import pytest

from streamsign.demo.hand import build_hand, hand_box
from streamsign.demo.poses import LETTERS, POSE_SIZE, REST, blend
from streamsign.demo.render import NO_DEPTH, HandPlacement, trace


def _tips(letter: str) -> dict[str, np.ndarray]:
    cones = [cone for cone in build_hand(LETTERS[letter]) if cone.kind == "tip"]
    return dict(zip(("index", "middle", "ring", "pinky", "thumb"), (cone.end for cone in cones), strict=True))


def test_poses_have_one_angle_for_every_joint() -> None:
    """Every letter and the rest pose are complete, and J and Z, which move, are not among them."""
    assert len(LETTERS) == 24
    assert not {"J", "Z"} & LETTERS.keys()
    assert all(pose.shape == (POSE_SIZE,) for pose in [*LETTERS.values(), REST])


def test_l_is_an_upright_index_and_a_thumb_at_a_right_angle() -> None:
    """In L the index tip is above everything, the thumb tip is out to the side, the other fingers are curled."""
    tips = _tips("L")
    assert tips["index"][1] > max(tips[name][1] for name in ("middle", "ring", "pinky", "thumb")) + 0.5
    assert tips["thumb"][0] > tips["index"][0] + 0.5


def test_o_closes_and_c_stays_open() -> None:
    """Thumb and index tips touch in O and are well apart in C."""
    o, c = _tips("O"), _tips("C")
    assert np.linalg.norm(o["index"] - o["thumb"]) < 0.35
    assert np.linalg.norm(c["index"] - c["thumb"]) > 0.55


def test_v_spreads_two_fingers() -> None:
    """In V index and middle are up and apart, ring and pinky down."""
    tips = _tips("V")
    assert tips["index"][0] - tips["middle"][0] > 0.3
    assert min(tips["index"][1], tips["middle"][1]) > max(tips["ring"][1], tips["pinky"][1]) + 0.5


def test_blending_starts_and_ends_at_the_poses() -> None:
    """A transition meets both letters exactly and passes half way between them."""
    first, second = LETTERS["C"], LETTERS["L"]
    assert np.array_equal(blend(first, second, 0), first)
    assert np.allclose(blend(first, second, 1), second)
    assert np.allclose(blend(first, second, 0.5), (first + second) / 2)


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_drawn_hand_covers_the_box_computed_from_its_bones(mirrored: bool) -> None:
    """The outline in pixels agrees with hand_box to two pixels, also for a left hand."""
    cones = build_hand(LETTERS["V"])
    left, _, right, top = hand_box(cones)
    surface = trace(cones, HandPlacement(100, 160, 60, mirrored), 200, 200)
    rows, columns = np.nonzero(surface.hand)
    low, high = (100 - 60 * right, 100 - 60 * left) if mirrored else (100 + 60 * left, 100 + 60 * right)
    assert columns.min() == pytest.approx(low, abs=2)
    assert columns.max() == pytest.approx(high, abs=2)
    assert rows.min() == pytest.approx(160 - 60 * top, abs=2)
    assert (surface.depth[~surface.mask] == NO_DEPTH).all()
