"""How the demo signer draws J and Z: the shape, its view and its place along the way.

J is the hand of an I that goes down and curls to the thumb's side while the wrist turns the palm away from the camera.
Z is a pointing hand that goes across, back and down, and across again. As drawn in public charts of the ASL alphabet.

J is one movement. In films of six training and validation signers the hand looks turned from 0.2 to 0.6 of the drawing
on, goes down by 0.2 to 0.9 of its size, and its box is 0.7 to 1.1 times as wide as high at the end. Z stops at its
corners.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from streamsign.demo.poses import LETTERS, Pose, eased


class Moved(NamedTuple):
    """How a hand has moved since its drawing began.

    Attributes:
        view: (yaw, pitch, roll) by which it has turned, degrees.
        thumbwards, down: how far it has moved, hand sizes.
    """

    view: tuple[float, float, float]
    thumbwards: float
    down: float


class Drawing(NamedTuple):
    """A drawn letter: its shape, the way by the share of its time (0 to 1), and its time over that of a held letter."""

    pose: Pose
    way: Callable[[float], Moved]
    longer: float


def hook(share: float) -> Moved:
    """A J at a share of its time."""
    run = _within(share, 0.0, 1.0)
    curve = _within(run, 0.35, 1.0)
    down = 0.45 * math.sin(min(1.0, run / 0.55) * math.pi / 2) - 0.15 * curve
    view = (120.0 * _within(share, 0.15, 0.65), 12.0 * math.sin(math.pi * run), 35.0 * _within(share, 0.1, 0.5))
    return Moved(view, 0.5 * curve, down)


def _within(share: float, start: float, end: float) -> float:
    """The share of a movement from ``start`` to ``end`` that is done at a share, eased at both ends."""
    return eased(min(1.0, max(0.0, (share - start) / (end - start))))


_CORNERS = (
    (0.0, Moved((0.0, 0.0, 0.0), 0.0, 0.0)),
    (0.3, Moved((0.0, 0.0, 8.0), 0.65, 0.0)),
    (0.68, Moved((0.0, 12.0, -8.0), 0.0, 0.5)),
    (1.0, Moved((0.0, 12.0, 8.0), 0.65, 0.5)),
)


def zigzag(share: float) -> Moved:
    """A Z at a share of its time."""
    corner = next(number for number, (end, _) in enumerate(_CORNERS) if share <= end and number)
    (start, before), (end, after) = _CORNERS[corner - 1 : corner + 1]
    done = _within(share, start, end)
    (view, *place), (later_view, *later) = before, after
    yaw, pitch, roll = (old + (new - old) * done for old, new in zip(view, later_view, strict=True))
    thumbwards, down = (old + (new - old) * done for old, new in zip(place, later, strict=True))
    return Moved((yaw, pitch, roll), thumbwards, down)


_POINTING = LETTERS["D"].copy()
_POINTING[-3:] = (20, 0, 12)

DRAWN: dict[str, Drawing] = {"J": Drawing(LETTERS["I"], hook, 1.1), "Z": Drawing(_POINTING, zigzag, 1.3)}
"""The letters that are movements."""


def turned(own: Pose, moved: Moved) -> Pose:
    """The pose of a hand that makes the letter's shape in its own way, turned as on the way."""
    return np.concatenate([own[:-3], own[-3:] + np.array(moved.view, np.float64)])
