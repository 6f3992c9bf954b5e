"""Ray-cast hands: depth where the cones are, light from the lamp's side."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.demo.hand import RoundCone
from streamsign.demo.render import NO_DEPTH, HandPlacement, Light, shade, trace

_BALL = RoundCone(np.zeros(3), np.array([0.0, 0.01, 0.0]), 0.5, 0.5, np.array([0.0, 0.0, -1.0]), 0.01, "bone")
_PLACE = HandPlacement(wrist_x=40, wrist_y=40, palm_px=40)


def test_a_ball_is_as_wide_and_as_near_as_its_radius() -> None:
    """A ball half a palm in radius covers a disc of that radius, nearest in its middle, and nothing beside it."""
    surface = trace([_BALL], _PLACE, 80, 80)
    assert surface.mask.sum() == pytest.approx(np.pi * 20**2, rel=0.05)
    assert surface.depth[40, 40] == pytest.approx(0.5, abs=0.02)
    assert surface.depth[0, 0] == NO_DEPTH


def test_the_side_towards_the_lamp_is_brighter() -> None:
    """A lamp at the right lights the right half of a ball more than the left."""
    surface = trace([_BALL], _PLACE, 80, 80)
    towards = np.array([0.8, 0.0, 0.6])
    bright = shade(surface, Light(towards, lamp=0.8, ambient=0.3), palm_px=40)
    assert bright[40, 50] > bright[40, 30] + 0.1


def test_what_is_far_away_changes_nothing() -> None:
    """A ball is shaded alike alone, where its own rectangle is computed, and with a speck five palms away."""
    far = _BALL._replace(start=np.array([5.0, -5.0, 0.0]), end=np.array([5.0, -4.99, 0.0]), start_radius=0.05)
    place, light = HandPlacement(40, 40, 40), Light(np.array([0.48, 0.6, 0.64]), lamp=0.8, ambient=0.3)
    alone, both = (trace(cones, place, 260, 260) for cones in ([_BALL], [_BALL, far._replace(end_radius=0.05)]))
    assert both.mask.sum() > alone.mask.sum()
    bright, beside = (shade(surface, light, 40.0)[alone.mask] for surface in (alone, both))
    np.testing.assert_allclose(bright, beside, atol=1e-5)
    assert bright.std() > 0.02
