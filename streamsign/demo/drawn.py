"""How the demo signer draws J and Z: the shape, its view and its place along the way.

J is the hand of an I that goes down and curls to the thumb's side while the wrist turns the palm away from the camera.
Z is a pointing hand that goes across, back and down, and across again. As drawn in public charts of the ASL alphabet.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamsign.demo.poses import LETTERS, Pose


class Waypoint(NamedTuple):
    """Where a drawing is at a share of its time.

    Attributes:
        share: 0 at its start, 1 at its end.
        view: (yaw, pitch, roll) by which the hand has turned since the start, degrees.
        thumbwards, down: how far it has moved since the start, hand sizes.
    """

    share: float
    view: tuple[float, float, float]
    thumbwards: float
    down: float


class Drawing(NamedTuple):
    """A drawn letter: its shape, the way, and its time over that of a held letter."""

    pose: Pose
    way: tuple[Waypoint, ...]
    longer: float


_POINTING = LETTERS["D"].copy()
_POINTING[-3:] = (20, 0, 12)

DRAWN: dict[str, Drawing] = {
    "J": Drawing(
        LETTERS["I"],
        (
            Waypoint(0.0, (0, 0, 0), 0.0, 0.0),
            Waypoint(0.4, (0, 10, 0), 0.0, 0.4),
            Waypoint(0.75, (70, 15, 25), 0.3, 0.5),
            Waypoint(1.0, (120, 0, 35), 0.5, 0.3),
        ),
        1.1,
    ),
    "Z": Drawing(
        _POINTING,
        (
            Waypoint(0.0, (0, 0, 0), 0.0, 0.0),
            Waypoint(0.3, (0, 0, 8), 0.65, 0.0),
            Waypoint(0.68, (0, 12, -8), 0.0, 0.5),
            Waypoint(1.0, (0, 12, 8), 0.65, 0.5),
        ),
        1.3,
    ),
}
"""The letters that are movements."""


def turned(own: Pose, waypoint: Waypoint) -> Pose:
    """The pose at a waypoint, of a hand that makes the letter's shape in its own way."""
    return np.concatenate([own[:-3], own[-3:] + np.array(waypoint.view, np.float64)])
