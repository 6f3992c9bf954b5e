"""Scenes with other hands, sleeves, views, light and shutters."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.demo.varied import MOST_YAW, make_varied_scene


def test_a_seed_names_one_varied_scene() -> None:
    """The same seed gives the same hand and room, pixel for pixel; another seed another hand."""
    first, again, other = (make_varied_scene(seed, 96, 72) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.background, again.background)
    assert first.hand == again.hand
    assert first.view == again.view
    assert first.hand != other.hand


def test_scenes_cover_what_they_vary() -> None:
    """Among 60 seeds are left and right turns up to 60 degrees, sleeves and bare arms, paint, and long shutters."""
    scenes = [make_varied_scene(seed, 64, 64) for seed in range(60)]
    yaws = [scene.view.yaw for scene in scenes]
    assert -MOST_YAW <= min(yaws) < -45
    assert 45 < max(yaws) <= MOST_YAW
    assert max(scene.view.below for scene in scenes) > 25
    assert {scene.sleeve is None for scene in scenes} == {True, False}
    assert {scene.nails is None for scene in scenes} == {True, False}
    assert any(scene.hand.nail for scene in scenes)
    lengths = [np.mean(scene.hand.fingers) for scene in scenes]
    girths = [scene.hand.girth for scene in scenes]
    assert max(lengths) - min(lengths) > 0.15
    assert max(girths) - min(girths) > 0.25
    assert max(scene.exposure_s for scene in scenes) > 1 / 30


def test_view_and_face_can_be_chosen() -> None:
    """They replace the seed's; a face changes the background alone."""
    with_face, without = (make_varied_scene(3, 160, 120, yaw=-60.0, below=20.0, face=face) for face in (True, False))
    assert with_face.view == without.view == (-60.0, 20.0)
    assert with_face.exposure_s == without.exposure_s
    assert with_face.aside == without.aside
    assert not np.array_equal(with_face.background, without.background)


@pytest.mark.parametrize("seed", range(6))
def test_a_varied_hand_is_drawn_within_the_picture(seed: int) -> None:
    """The held hand is a tenth to a half of the picture's height tall or more, and its upper edge is in view."""
    signer = DemoSigner(
        "L", seed=seed, width=160, height=120, scene=make_varied_scene(seed, 160, 120), coarticulated=True
    )
    true = signer.truth[0]
    middle_s = (true.start_s + true.end_s) / 2
    rows, columns = np.nonzero(signer.hand_mask(middle_s))
    assert 0.01 < len(rows) / (60 * 80) < 0.4
    assert rows.min() > 0
    assert 0 < columns.min() < columns.max() < 79
    picture = signer.render(middle_s)
    assert picture[::2, ::2][rows.min() : rows.max()].std() > 4
