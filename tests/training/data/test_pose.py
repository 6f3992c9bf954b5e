"""Joints of hands, and how they turn with the picture. The teacher itself is not part of this repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import load_model
from streamsign.training.data.augment import LOOSE_SIZE, random_view
from streamsign.training.data.pose import JOINTS, Teacher, learn_poses, normalized, turned

RIGHT, UP = [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]


def test_turning_is_clockwise_and_mirrors_first() -> None:
    """A finger pointing up points right after a quarter turn; a mirrored one pointing right points left, then up."""
    assert turned(np.array([UP], np.float32), np.pi / 2, mirror=False) == pytest.approx(np.array([RIGHT]), abs=1e-6)
    assert turned(np.array([RIGHT], np.float32), np.pi / 2, mirror=True) == pytest.approx(np.array([UP]), abs=1e-6)


@given(st.floats(-3, 3), st.booleans(), st.integers(0, 100))
def test_turning_keeps_the_shape(angle: float, mirror: bool, seed: int) -> None:
    """Distances between joints stay, and depth is untouched."""
    joints = np.random.default_rng(seed).normal(size=(JOINTS, 3)).astype(np.float32)
    after = turned(joints, angle, mirror=mirror)
    apart, apart_after = (np.linalg.norm(each[:, None] - each[None], axis=2) for each in (joints, after))
    assert apart_after == pytest.approx(apart, abs=1e-4)
    assert after[:, 2] == pytest.approx(joints[:, 2])


@given(st.floats(0.01, 100), st.integers(0, 100))
def test_place_and_size_are_no_shape(size: float, seed: int) -> None:
    """The same hand elsewhere and larger has the same joints."""
    joints = np.random.default_rng(seed).normal(size=(JOINTS, 3)).astype(np.float32)
    assert normalized(joints * size + 3) == pytest.approx(normalized(joints), abs=1e-2)


def test_joints_turn_as_the_view_does() -> None:
    """A bright finger in a random view points to the transformed joint."""
    crop = np.zeros((160, 160), np.uint8)
    crop[40:80, 76:84] = 255  # from the middle upwards
    agreements = []
    for seed in range(40):
        view = random_view(crop, np.random.default_rng(seed), holds_hand=True)
        rows, columns = np.nonzero(view.pixels.astype(int) > np.percentile(view.pixels, 98))
        if not len(rows):
            continue
        # The finger's far end lies away from its near end as the turned "up" does; the view's own shift drops out.
        axis = np.linalg.eigh(np.cov(np.stack([columns, rows])))[1][:, 1]
        expected = turned(np.array([UP], np.float32), view.angle, mirror=view.mirror)[0, :2]
        agreements.append(abs(float(axis @ expected)))
    assert np.median(agreements) > 0.97


def test_another_graph_is_no_teacher() -> None:
    """The letter model is refused, and the error says where the teacher is found."""
    with pytest.raises(TrainingError, match=r"hand_landmark_full\.tflite"):
        Teacher(load_model("celov").tflite_path)


def test_joints_are_kept_for_the_next_training(tmp_path: Path) -> None:
    """Poses in the cache are not computed again; a damaged cache is an error."""
    cache = tmp_path / "poses.npz"
    joints = np.ones((1, JOINTS, 3), np.float32)
    mask = np.zeros((LOOSE_SIZE, LOOSE_SIZE), np.uint8)
    mask[40:90, 30:60] = 1
    np.savez(cache, folders=np.array(["hands"]), lines=np.array([7]), joints=joints, outlines=np.packbits(mask)[None])
    row = Picture(
        tmp_path / "hands", tmp_path / "hands" / "C" / "a.png", 7, "web", "ann", "C", "train", Box(0, 0, 9, 9)
    )
    found = learn_poses([row], tmp_path / "no-teacher.tflite", cache, lambda share: None)
    assert found["hands", 7].joints == pytest.approx(joints[0])
    kept = found["hands", 7].mask
    assert kept is not None
    assert np.array_equal(kept, mask)
    cache.write_bytes(b"")
    with pytest.raises(TrainingError, match="holds no joints"):
        learn_poses([row], tmp_path / "no-teacher.tflite", cache, lambda share: None)
