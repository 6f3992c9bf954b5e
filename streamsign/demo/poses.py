"""The handshapes of the static letters, as joint angles of a right hand seen by the camera it signs to.

Angles are degrees. A finger has four: flexion at its three joints (0 is straight, positive curls into the palm) and
spread (positive towards the thumb). A thumb bone has two: its direction in the plane of the palm (0 along the forearm,
90 straight out to the thumb side, negative across the palm) and its lift out of that plane on the palm's side.
The view turns the whole hand: yaw (positive turns the palm to the thumb's side of the picture), pitch (positive tips
the fingertips towards the camera) and roll (positive tips the fingertips to the thumb's side).

Source of the shapes: the ASL alphabet as drawn by hand in public charts, then tuned by eye on rendered pictures.
The angles of A, D, N, Q, R, S, T and X come from a search near those shapes for poses that both networks of
``alphabet`` read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pose = NDArray[np.float64]
"""(25,) degrees: 4 fingers × (mcp, pip, dip, spread) from index to pinky, 3 thumb bones × (aside, lift), view (3)."""

POSE_SIZE = 25

_Finger = tuple[float, float, float, float]
_Thumb = tuple[float, float, float, float, float, float]
_View = tuple[float, float, float]

_UP: _Finger = (4, 5, 3, 0)
_FIST: _Finger = (78, 98, 55, 0)
_TIGHT: _Finger = (84, 100, 62, 0)
_DRAPED: _Finger = (84, 62, 20, 0)
_THUMB_OVER: _Thumb = (12, 42, -42, 12, -62, -8)


def _pose(
    index: _Finger, middle: _Finger, ring: _Finger, pinky: _Finger, thumb: _Thumb, view: _View = (0, 0, 0)
) -> Pose:
    return np.array([*index, *middle, *ring, *pinky, *thumb, *view], np.float64)


def _spread(finger: _Finger, degrees: float) -> _Finger:
    return (*finger[:3], degrees)


_C: _Finger = (30, 36, 22, 0)
_O: _Finger = (52, 58, 46, 0)
_E: _Finger = (16, 106, 62, 0)

REST: Pose = _pose(
    (12, 18, 10, 9), (14, 20, 12, 2), (16, 22, 12, -6), (18, 24, 14, -14), (38, 15, 30, 12, 24, 10), (12, 6, 0)
)
"""A relaxed open hand, fingers a little apart: no letter."""

LETTERS: dict[str, Pose] = {
    "A": _pose(
        (81, 95, 72, 5), (87, 103, 60, -1), (84, 85, 64, 3), (85, 98, 59, 4), (44, 6, 14, 9, 3, 16), (-2, 3, -14)
    ),
    "B": _pose(_UP, _UP, _UP, _spread(_UP, 2), (10, 40, -45, 18, -65, 0)),
    "C": _pose(_C, _C, _C, (22, 34, 20, 0), (38, 42, 54, 48, 52, 36), (60, 0, 4)),
    "D": _pose(
        (6, 4, 2, 4), (73, 68, 43, 2), (56, 71, 51, -1), (71, 68, 34, 2), (31, 55, -12, 44, -40, 26), (4, 22, 6)
    ),
    "E": _pose(_E, _E, _E, _spread(_E, -2), (44, 28, -52, 22, -82, -4), (0, -12, 4)),
    "F": _pose(
        (58, 62, 40, 0), _spread(_UP, 2), _spread(_UP, -8), _spread(_UP, -18), (28, 52, 2, 46, 4, 22), (18, 0, 0)
    ),
    "G": _pose(_UP, _FIST, _FIST, _FIST, (20, 45, 8, 25, 2, 8), (30, 0, 82)),
    "H": _pose((2, 3, 2, 0), (2, 3, 2, 0), _TIGHT, _TIGHT, (10, 50, -20, 34, -40, 14), (-25, 0, -75)),
    "I": _pose(_FIST, _FIST, _FIST, _spread(_UP, -8), _THUMB_OVER),
    "K": _pose((2, 4, 3, 8), (22, 6, 4, -14), _TIGHT, _TIGHT, (18, 44, -2, 40, -2, 30)),
    "L": _pose(_spread(_UP, 2), _FIST, _FIST, _FIST, (66, 10, 80, 4, 88, 0)),
    "M": _pose(_DRAPED, _DRAPED, _DRAPED, (86, 92, 50, 0), (8, 40, -40, 20, -56, 8)),
    "N": _pose(
        (66, 68, 22, -15), (68, 62, 16, -13), (109, 108, 68, 8), (95, 99, 66, 7), (9, 56, -33, 46, 6, 16), (-3, -1, 3)
    ),
    "O": _pose(_O, _O, _O, (44, 52, 40, 0), (24, 57, 2, 50, -8, 20), (66, 0, 2)),
    "P": _pose((4, 6, 4, 2), (72, 8, 5, 0), _FIST, _FIST, (26, 44, 10, 40, 0, 34), (-65, 0, -78)),
    "Q": _pose(
        (32, 12, 8, -1), (88, 99, 57, 1), (78, 103, 62, 1), (79, 99, 58, 2), (34, 53, 20, 44, 17, 37), (-63, 0, -137)
    ),
    "R": _pose(
        (10, 13, 17, -6), (6, 2, 0, 17), (80, 96, 43, -1), (87, 96, 66, -2), (-2, 28, -52, 6, -69, -8), (-6, 30, -15)
    ),
    "S": _pose(
        (81, 91, 56, 1), (92, 100, 62, -4), (95, 95, 50, 1), (86, 106, 65, 2), (21, 66, -12, 41, -67, 5), (23, -9, 12)
    ),
    "T": _pose(
        (51, 62, 38, 6), (99, 96, 63, -1), (94, 81, 53, -3), (78, 112, 53, -3), (-10, 44, -1, 25, -1, 35), (0, -2, -2)
    ),
    "U": _pose(_spread(_UP, -1), _spread(_UP, 1), _FIST, _FIST, _THUMB_OVER),
    "V": _pose(_spread(_UP, 15), _spread(_UP, -12), _FIST, _FIST, _THUMB_OVER),
    "W": _pose(_spread(_UP, 15), _UP, _spread(_UP, -15), _FIST, (10, 42, -46, 14, -72, -8)),
    "X": _pose(
        (15, 75, 43, -2), (96, 93, 70, 1), (85, 86, 62, -2), (93, 96, 64, -2), (14, 42, -44, 29, -70, -6), (23, -15, 1)
    ),
    "Y": _pose(_FIST, _FIST, _FIST, _spread(_UP, -22), (52, 10, 62, 6, 66, 4)),
}
"""Pose of each static letter; J and Z are movements and are not here."""


def eased(share: float) -> float:
    """The share of a movement that is done at a share of its time, both 0 to 1: slow at its ends (smoothstep)."""
    return share * share * (3.0 - 2.0 * share)


def blend(first: Pose, second: Pose, share: float) -> Pose:
    """The pose ``share`` (0 to 1) of the way from ``first`` to ``second``, eased at both ends."""
    return np.asarray(first + (second - first) * eased(share), np.float64)
