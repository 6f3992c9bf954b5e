import numpy as np
import pytest

from streamsign.demo.hand import CameraView, HandBuild, RoundCone, build_hand, hand_box
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


def test_a_turned_hand_is_narrower_and_one_seen_from_below_shorter() -> None:
    """The flat hand of B is foreshortened by the camera's view, to either side and from below."""
    views = (CameraView(), CameraView(yaw=60), CameraView(yaw=-60), CameraView(below=45))
    plain, turned, back, below = (build_hand(LETTERS["B"], view=view) for view in views)

    def breadth(cones: list[RoundCone]) -> float:
        index, *_, pinky, _ = (cone.end[0] for cone in cones if cone.kind == "tip")
        return float(index - pinky)

    assert breadth(turned) < 0.7 * breadth(plain)
    assert breadth(back) < 0.7 * breadth(plain)
    assert hand_box(below)[3] < 0.85 * hand_box(plain)[3]


def test_proportions_change_the_hand_as_named() -> None:
    """Longer fingers reach higher, a wider palm is wider, thick fingers have larger radii, nails go beyond them."""
    tall = hand_box(build_hand(LETTERS["B"], HandBuild(fingers=(1.1, 1.1, 1.1, 1.1))))
    wide = hand_box(build_hand(LETTERS["B"], HandBuild(palm=1.2)))
    nails = hand_box(build_hand(LETTERS["B"], HandBuild(nail=0.1)))
    plain = hand_box(build_hand(LETTERS["B"]))
    assert tall[3] > plain[3] + 0.05
    assert wide[2] - wide[0] > plain[2] - plain[0] + 0.05
    assert plain[3] < nails[3] < plain[3] + 0.12
    hands = (build_hand(LETTERS["B"], HandBuild(girth=girth)) for girth in (1.2, 1.0))
    thick, average = ([cone.end_radius for cone in hand if cone.kind == "tip"] for hand in hands)
    assert np.allclose(np.array(thick) / np.array(average), 1.2)


@pytest.mark.parametrize("cover", [0.4, 0.9])
def test_a_sleeve_covers_the_forearm_up_to_its_cuff(cover: float) -> None:
    """Cloth is on the lower part of the forearm alone, and higher up with a longer sleeve."""
    place = HandPlacement(100, 120, 50)
    surface = trace(build_hand(LETTERS["B"], sleeve=cover), place, 200, 200)
    bare = trace(build_hand(LETTERS["B"]), place, 200, 200)
    rows = np.nonzero(surface.cloth.any(axis=1))[0]
    assert rows.max() == 199
    assert rows.min() == pytest.approx(120 + 50 * 1.9 * (1 - cover), abs=13)
    assert not bare.cloth.any()
    assert not (surface.hand & (surface.cloth > 0)).any()
