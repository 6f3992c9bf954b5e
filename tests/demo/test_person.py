"""The painted person behind the hand."""

from __future__ import annotations

import numpy as np

from streamsign.demo.person import paint_person
from streamsign.demo.render import Light


def test_a_head_has_the_color_of_the_skin_and_eyes_that_are_darker() -> None:
    """Cheeks have the hue of the skin, the lamp's side of the head is brighter, and corners stay as they were."""
    room = np.full((120, 160, 3), 0.5, np.float32)
    skin = np.array([0.44, 0.56, 0.78], np.float32)
    light = Light(np.array([0.8, 0.0, 0.6]), lamp=0.8, ambient=0.3)
    paint_person(room, np.random.default_rng(0), (80, 50), 60, skin, np.full(3, 0.2, np.float32), light)
    left, right = room[60, 69], room[60, 91]
    np.testing.assert_allclose(right / right.sum(), skin / skin.sum(), atol=0.03)
    assert right.sum() > left.sum() + 0.1
    assert np.allclose(room[:5, :5], 0.5, atol=0.01)
    assert np.isfinite(room).all()


def test_a_person_outside_of_the_picture_changes_nothing() -> None:
    """A head far off the picture is clipped without an error."""
    room = np.full((40, 40, 3), 0.5, np.float32)
    light = Light(np.array([0.0, 0.0, 1.0]), lamp=0.8, ambient=0.3)
    paint_person(room, np.random.default_rng(0), (500, 900), 60, np.full(3, 0.6), np.full(3, 0.2), light)
    assert np.allclose(room, 0.5, atol=1e-5)
