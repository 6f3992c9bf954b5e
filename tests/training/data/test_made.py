"""Training pictures of the demo signer."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.demo.poses import LETTERS, Pose
from streamsign.demo.signer import DemoSigner
from streamsign.training.data.augment import loose_side
from streamsign.training.data.made import ALIKE_DEG, WAY, MadePictures, made_pictures


@pytest.fixture(scope="module")
def made() -> MadePictures:
    """Pictures of three words of L and O."""
    return made_pictures("LOZ", 3, 4, 64)


def test_pictures_have_the_shape_that_the_hand_shows(made: MadePictures) -> None:
    """Each word gives letters that it spells, without drawn ones, and hands on the way, as large as loose crops."""
    assert {crop.shape for crop in made.held} == {"L", "O"}
    assert {crop.shape for crop in made.ways} == {WAY}
    assert len({crop.signer for crop in made.held}) == 3
    assert {crop.pixels.shape for crop in [*made.held, *made.ways]} == {(loose_side(64), loose_side(64))}
    assert {max(crop.hand or (0, 0)) for crop in [*made.held, *made.ways]} == {1.0}


def test_a_shape_on_the_way_that_is_a_letter_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """In every picture on the way some joint differs from that in each letter; poses that do not are met."""
    poses = {}
    pose_at = DemoSigner.pose_at

    def seen(self: DemoSigner, at_s: float) -> tuple[Pose, float]:
        poses[f"{at_s:.3f} s"] = pose_at(self, at_s)[0]
        return pose_at(self, at_s)

    monkeypatch.setattr(DemoSigner, "pose_at", seen)
    made = made_pictures("LOV", 1, 4, 64)
    away = {time: min(np.abs(pose[:22] - each[:22]).max() for each in LETTERS.values()) for time, pose in poses.items()}
    assert min(away.values()) < ALIKE_DEG
    assert all(away[crop.file.split(", ")[1]] > ALIKE_DEG for crop in made.ways)
    assert made.ways


def test_letters_that_are_only_drawn_give_no_pictures() -> None:
    """J and Z are movements: no picture shows them."""
    assert made_pictures("JZ", 2, 0, 64) == MadePictures([], [])
