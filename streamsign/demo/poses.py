"""The handshapes of the static letters, as joint angles of a right hand seen by the camera it signs to.

Angles are degrees. A finger has four: flexion at its three joints (0 is straight, positive curls into the palm) and
spread (positive towards the thumb). A thumb bone has two: its direction in the plane of the palm (0 along the forearm,
90 straight out to the thumb side, negative across the palm) and its lift out of that plane on the palm's side.
The view turns the whole hand: yaw (positive turns the palm to the thumb's side of the picture), pitch (positive tips
the fingertips towards the camera) and roll (positive tips the fingertips to the thumb's side).

Source of the shapes: the ASL alphabet as drawn by hand in public charts, then tuned by eye on rendered pictures.
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
_THUMB_OVER: _Thumb = (12, 42, -42, 12, -62, -8)
_THUMB_BESIDE: _Thumb = (35, 25, 8, 12, 0, 5)


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
    "A": _pose(_FIST, _FIST, _FIST, _FIST, (32, 18, 6, 16, -2, 8)),
    "B": _pose(_UP, _UP, _UP, _spread(_UP, 2), (10, 40, -45, 18, -65, 0)),
    "C": _pose(_C, _C, _C, (22, 34, 20, 0), (38, 42, 54, 48, 52, 36), (60, 0, 4)),
    "D": _pose(_UP, _O, _O, _O, (24, 55, -2, 50, -8, 24), (30, 0, 0)),
    "E": _pose(_E, _E, _E, _spread(_E, -2), (44, 28, -52, 22, -82, -4), (0, -12, 4)),
    "F": _pose(
        (58, 62, 40, 0), _spread(_UP, 2), _spread(_UP, -8), _spread(_UP, -18), (28, 52, 2, 46, 4, 22), (18, 0, 0)
    ),
    "G": _pose(_UP, _FIST, _FIST, _FIST, (20, 45, 8, 25, 2, 8), (30, 0, 82)),
    "H": _pose(_UP, _UP, _FIST, _FIST, (20, 42, -10, 24, -30, 5), (15, 0, 82)),
    "I": _pose(_FIST, _FIST, _FIST, _spread(_UP, -8), _THUMB_OVER),
    "K": _pose(_spread(_UP, 6), (42, 8, 5, -4), _FIST, _FIST, (18, 40, -4, 30, -2, 16), (10, 0, 0)),
    "L": _pose(_spread(_UP, 2), _FIST, _FIST, _FIST, (66, 10, 80, 4, 88, 0)),
    "M": _pose((70, 60, 30, 0), (70, 60, 30, 0), (70, 60, 30, 0), _FIST, (5, 40, -50, 10, -70, -15)),
    "N": _pose((70, 60, 30, 0), (70, 60, 30, 0), _FIST, _FIST, (8, 40, -40, 12, -50, -10)),
    "O": _pose(_O, _O, _O, (44, 52, 40, 0), (24, 57, 2, 50, -8, 20), (66, 0, 2)),
    "P": _pose(_spread(_UP, 6), (45, 8, 5, -4), _FIST, _FIST, (18, 40, -4, 30, -2, 16), (20, 0, 130)),
    "Q": _pose(_UP, _FIST, _FIST, _FIST, (30, 45, 15, 25, 8, 8), (30, 0, 150)),
    "R": _pose((4, 5, 3, -7), (14, 6, 3, 11), _FIST, _FIST, _THUMB_OVER),
    "S": _pose(_FIST, _FIST, _FIST, _FIST, (18, 50, -40, 26, -70, 2)),
    "T": _pose((62, 90, 50, 0), _FIST, _FIST, _FIST, (18, 40, -14, 30, -10, 20)),
    "U": _pose(_spread(_UP, -1), _spread(_UP, 1), _FIST, _FIST, _THUMB_OVER),
    "V": _pose(_spread(_UP, 15), _spread(_UP, -12), _FIST, _FIST, _THUMB_OVER),
    "W": _pose(_spread(_UP, 15), _UP, _spread(_UP, -15), _FIST, (10, 42, -46, 14, -72, -8)),
    "X": _pose((12, 82, 38, 0), _FIST, _FIST, _FIST, _THUMB_OVER),
    "Y": _pose(_FIST, _FIST, _FIST, _spread(_UP, -22), (52, 10, 62, 6, 66, 4)),
}
"""Pose of each static letter; J and Z are movements and are not here."""


def blend(first: Pose, second: Pose, share: float) -> Pose:
    """The pose ``share`` (0 to 1) of the way from ``first`` to ``second``, eased eased at both ends."""
    eased = share * share * (3.0 - 2.0 * share)
    return np.asarray(first + (second - first) * eased, np.float64)
