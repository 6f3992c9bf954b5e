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
