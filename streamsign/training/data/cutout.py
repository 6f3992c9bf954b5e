"""Segments a hand from known joints and estimated colors.

Collections show each person in one room, often with one scene a letter, and a small network learns the scene with the
letter. Segmented hands can be pasted on any room.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.training.data.augment import LOOSE_SIZE

SIDE = LOOSE_SIZE // 2
"""Side of the picture that is segmented, pixels: enough for fingers, and four times as fast as the loose crop."""

_FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (0, 17, 18, 19, 20))
_PALM = (0, 1, 5, 9, 13, 17)
_WRIST, _INDEX, _MIDDLE, _LITTLE = 0, 5, 9, 17

_FINGER_WIDTH = 0.17  # over the palm's length and width together, as the arm's
_ARM_WIDTH = 0.75
_ROUNDS = 2  # of GrabCut; a third one changes hardly a pixel
_AREAS = (0.7, 3.5)  # segmented area over drawn area: a forearm doubles a fist; more is a wall of the hand's color
_SHIFT = 3  # binary digits of a drawn point's fraction

Mask = NDArray[np.uint8]


def cut_out(crop: NDArray[np.uint8], joints: NDArray[np.float32]) -> Mask | None:
    """The pixels of the hand and its forearm (GrabCut, Rother et al. 2004, initialized from the joints).

    Args:
        crop: (160, 160, 3) uint8, a loose crop in color.
        joints: (21, 2) pixels of it, see :data:`streamsign.training.data.pose.JOINTS`.

    Returns:
        (160, 160) uint8, 1 where the hand is; None if hand and wall cannot be separated.
    """
    small = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    points = joints * (SIDE / LOOSE_SIZE)
    size = float(np.linalg.norm(points[_MIDDLE] - points[_WRIST]) + np.linalg.norm(points[_INDEX] - points[_LITTLE]))
    finger = max(2.0, size * _FINGER_WIDTH)
    sure, likely, possible = _drawn(points, finger / 2), _drawn(points, finger), _drawn(points, finger * 1.3)
    likely = _grown(likely, 1)
    possible = _grown(possible, max(2, round(finger * 0.7)))
    _draw_arm(possible, points, size * _ARM_WIDTH)
    marks = np.full((SIDE, SIDE), cv2.GC_BGD, np.uint8)
    marks[possible > 0] = cv2.GC_PR_BGD
    marks[likely > 0] = cv2.GC_PR_FGD
    marks[sure > 0] = cv2.GC_FGD
    if not (marks == cv2.GC_BGD).any() or not sure.any():
        return None
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, marks, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    mask = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, parts = cv2.connectedComponents(mask)
    mask = (np.isin(parts, np.unique(parts[sure > 0])) & (mask > 0)).astype(np.uint8)
    if not _AREAS[0] <= mask.sum() / likely.sum() <= _AREAS[1]:
        return None
    larger = cv2.resize(mask * np.uint8(255), (LOOSE_SIZE, LOOSE_SIZE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(larger > 127, np.uint8)


def _drawn(points: NDArray[np.float32], width: float) -> Mask:
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    fixed = np.round(points * 2**_SHIFT).astype(np.int32)
    for finger in _FINGERS:
        line = fixed[list(finger)].reshape(-1, 1, 2)
        cv2.polylines(drawn, [line], isClosed=False, color=1, thickness=max(1, round(width)), shift=_SHIFT)
    cv2.fillPoly(drawn, [fixed[list(_PALM)].reshape(-1, 1, 2)], 1, cv2.LINE_8, _SHIFT)
    return drawn


def _grown(drawn: Mask, by: int) -> Mask:
    return np.asarray(
        cv2.dilate(drawn, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))), np.uint8
    )


def _draw_arm(drawn: Mask, points: NDArray[np.float32], width: float) -> None:
    away = points[_WRIST] - points[_MIDDLE]
    end = points[_WRIST] + away / max(1e-6, float(np.linalg.norm(away))) * 2 * SIDE
    start, end = (np.round(place * 2**_SHIFT).astype(int) for place in (points[_WRIST], end))
    cv2.line(drawn, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 1, max(1, round(width)), shift=_SHIFT)
