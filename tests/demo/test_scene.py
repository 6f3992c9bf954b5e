"""The room and the camera of the demo signer."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.demo.scene import make_scene


def test_a_seed_names_one_scene() -> None:
    """The same seed gives the same room pixel for pixel, another seed another one."""
    first, other = (make_scene(seed, 64, 48) for seed in (5, 6))
    make_scene.cache_clear()
    again = make_scene(5, 64, 48)
    np.testing.assert_array_equal(first.background, again.background)
    np.testing.assert_array_equal(first.texture, again.texture)
    assert first.noise == again.noise
    assert not np.array_equal(first.background, other.background)


@pytest.mark.parametrize("seed", range(8))
def test_scenes_are_physical(seed: int) -> None:
    """Pictures have the size asked for, the lamp's direction is a unit vector and the hand fits the guide box."""
    scene = make_scene(seed, 80, 60)
    assert scene.background.shape == (60, 80, 3)
    assert scene.texture.shape == (60, 80)
    assert np.isfinite(scene.background).all()
    assert np.linalg.norm(scene.light.towards) == pytest.approx(1.0)
    assert 0.7 < scene.size < 0.85
    assert ((scene.skin > 0) & (scene.skin < 1)).all()
