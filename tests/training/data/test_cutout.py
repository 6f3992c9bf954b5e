"""Cutting drawn hands out of their pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from streamsign.training.data.cutout import cut_out

SKIN, WALL = (110, 150, 210), (160, 170, 150)


def hand() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """A drawn open hand before a wall: the picture, which pixels are the hand's, and its joints."""
    wrist = np.array([80.0, 118.0])
    joints = [wrist]
    for angle, length in ((-60, 34), (-22, 58), (-4, 62), (12, 58), (28, 48)):
        way = np.array([np.sin(np.radians(angle)), -np.cos(np.radians(angle))])
        joints += [wrist + way * length * share for share in (0.45, 0.65, 0.82, 1.0)]
    points = np.array(joints, np.float32)
    truth = np.zeros((160, 160), np.uint8)
    for first in range(1, 21, 4):
        line = np.vstack([points[:1], points[first : first + 4]]).astype(np.int32)
        cv2.polylines(truth, [line.reshape(-1, 1, 2)], isClosed=False, color=1, thickness=9)
    cv2.fillPoly(truth, [points[[0, 1, 5, 9, 13, 17]].astype(np.int32)], 1)
    cv2.line(truth, (80, 118), (80, 159), 1, 22)
    picture = np.where(truth[..., None] > 0, SKIN, WALL) + np.random.default_rng(0).normal(0, 4, (160, 160, 3))
    return np.clip(picture, 0, 255).astype(np.uint8), truth, points


def test_a_hand_and_its_forearm_are_cut_out() -> None:
    """Nine tenths of hand and arm are in the mask, and hardly anything else."""
    picture, truth, joints = hand()
    mask = cut_out(picture, joints)
    assert mask is not None
    assert (mask[truth > 0] > 0).mean() > 0.9
    assert (mask[truth == 0] > 0).mean() < 0.04


@pytest.mark.parametrize("spread", [1.0, 0.01])
def test_a_hand_that_is_nowhere_is_not_cut_out(spread: float) -> None:
    """Joints outside the picture, or all in one place outside it, give no mask and no error."""
    picture, _, joints = hand()
    assert cut_out(picture, joints * spread + 1000) is None
