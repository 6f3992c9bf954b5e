"""Forward kinematics: joint angles → the round cones a hand is made of.

Lengths are in palms (wrist to middle knuckle = 1); proportions follow an adult hand of medium build. Axes of the
camera: x right, y up, z towards the camera. The hand is a right hand whose thumb is on the picture's right.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.demo.poses import Pose

Vector = NDArray[np.float64]

FOREARM = ("arm", "sleeve", "cuff")
"""Kinds of cones that do not belong to the hand."""

CAMERA_DISTANCE = 7.0
"""Palms between wrist and camera: about 65 cm, an arm's length from a webcam; gives the mild perspective."""

_KNUCKLES = np.array([[0.34, 0.93, 0.0], [0.115, 0.98, -0.03], [-0.115, 0.94, -0.02], [-0.335, 0.82, 0.02]])
_BONES = np.array([[0.47, 0.27, 0.20], [0.52, 0.32, 0.21], [0.48, 0.30, 0.21], [0.37, 0.21, 0.18]])
_RADII = np.array([[0.138, 0.126, 0.114, 0.094], [0.14, 0.128, 0.116, 0.095], [0.136, 0.123, 0.112, 0.091],
                   [0.124, 0.108, 0.098, 0.08]])  # fmt: skip
_THUMB_ROOT = np.array([0.2, 0.2, 0.05])
_THUMB_BONES = np.array([0.42, 0.36, 0.27])
_THUMB_RADII = np.array([0.2, 0.145, 0.128, 0.098])


class HandBuild(NamedTuple):
    """Proportions of a hand over those of the average one.

    Attributes:
        girth: thickness of the fingers.
        fingers: length of each finger, index to pinky.
        thumb: length of the thumb.
        palm: width of the palm.
        nail: length of the nails beyond the fingertips, palms.
    """

    girth: float = 1.0
    fingers: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    thumb: float = 1.0
    palm: float = 1.0
    nail: float = 0.0


class CameraView(NamedTuple):
    """From where the hand is seen.

    Attributes:
        yaw: degrees by which the signer is turned; positive turns the palm to the thumb's side.
        below: degrees by which the camera is below the hand and looks up.
    """

    yaw: float = 0.0
    below: float = 0.0


AVERAGE, FRONTAL = HandBuild(), CameraView()


class RoundCone(NamedTuple):
    """Two spheres and the cone between them, in camera axes.

    Attributes:
        start, end: (3,) centers of the spheres.
        start_radius, end_radius: their radii.
        back: (3,) unit vector to the back of the hand, where a nail would be.
        blend: length over which it melts into what is already drawn, in palms.
        kind: "arm", "palm", "bone", "tip" (a tip has a nail), "nail" (the part of it beyond the fingertip), "sleeve" or
            "cuff" (the end of a sleeve, which is cut off straight).
    """

    start: Vector
    end: Vector
    start_radius: float
    end_radius: float
    back: Vector
    blend: float
    kind: str


def _view_rotation(yaw: float, pitch: float, roll: float) -> Vector:
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def cross(a: Vector, b: Vector) -> Vector:
    """Cross product of two vectors (3,): NumPy's takes twenty times as long for a single pair."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def build_hand(
    pose: Pose, build: HandBuild = AVERAGE, view: CameraView = FRONTAL, sleeve: float = 0.0
) -> list[RoundCone]:
    """Place every bone of a hand.

    Args:
        pose: (25,) degrees, see :mod:`streamsign.demo.poses`.
        build: proportions.
        view: from where it is seen.
        sleeve: share of the forearm that a sleeve covers, from below; 0 for none.

    Returns:
        The cones in camera axes with the wrist at the origin, perspective already applied.
    """
    cones: list[RoundCone] = []
    back = np.array([0.0, 0.0, -1.0])
    girth, wide = build.girth, np.array([build.palm, 1.0, 1.0])
    knuckles, thumb_root = _KNUCKLES * wide, _THUMB_ROOT * wide

    def add(start: Vector, end: Vector, r0: float, r1: float, blend: float, kind: str, up: Vector = back) -> None:
        cones.append(RoundCone(start, end, r0, r1, up, blend, kind))

    for side in (-0.1, 0.1):
        add(np.array([side * 1.15, -1.9, -0.1]), np.array([side, 0.02, 0.0]), 0.26, 0.165, 0.12, "arm")
    for number, knuckle in enumerate(knuckles):
        foot = np.array([knuckle[0] * 0.5, 0.1, 0.0])
        add(foot, knuckle - np.array([0, 0.05, 0.0]), 0.175, 0.14 if number < 3 else 0.125, 0.25, "palm")
    add(np.array([-0.17, 0.2, 0.05]) * wide, np.array([-0.28, 0.6, 0.05]) * wide, 0.18, 0.14, 0.22, "palm")
    add(np.array([0.26, 0.82, 0.03]) * wide, np.array([-0.26, 0.76, 0.03]) * wide, 0.13, 0.12, 0.2, "palm")

    bones = np.asarray(pose[:16]).reshape(4, 4)
    for knuckle, lengths, long, radii, angles in zip(knuckles, _BONES, build.fingers, _RADII, bones, strict=True):
        flex = np.radians(np.cumsum(angles[:3]))
        # A curled finger cannot be spread, and points at the root of the thumb: the spread fades as it closes.
        spread = np.radians(angles[3] - 6.0 * knuckle[0] / 0.34 * np.sin(min(flex[0], np.pi / 2)))
        straight = np.array([np.sin(spread), np.cos(spread), 0.0])
        joint = knuckle
        for part in range(3):
            along = np.cos(flex[part]) * straight + np.array([0, 0, np.sin(flex[part])])
            up = np.sin(flex[part]) * straight - np.array([0, 0, np.cos(flex[part])])
            tip = joint + lengths[part] * long * along
            add(joint, tip, radii[part] * girth, radii[part + 1] * girth, 0.045, "tip" if part == 2 else "bone", up)
            joint = tip
        if build.nail:
            _add_nail(cones, build.nail)

    joint = thumb_root
    thumb = np.radians(np.asarray(pose[16:22])).reshape(3, 2)
    for part, (aside, lift) in enumerate(thumb):
        along = np.array([np.sin(aside) * np.cos(lift), np.cos(aside) * np.cos(lift), np.sin(lift)])
        across = cross(along, np.array([0.55, 0.0, -0.83]))
        up = cross(across, along)
        up = up / max(float(np.linalg.norm(up)), 1e-6)
        end = joint + _THUMB_BONES[part] * build.thumb * along
        kind = ("palm", "bone", "tip")[part]
        blend = 0.22 if part == 0 else 0.06
        add(joint, end, _THUMB_RADII[part] * girth, _THUMB_RADII[part + 1] * girth, blend, kind, up)
        joint = end
    # The web between thumb and index is skin stretched between two bones: one more cone in the bay.
    thumb_knuckle = cones[-2].start
    bay = 0.55 * thumb_knuckle + 0.45 * np.array([0.24, 0.72, 0.03]) * wide
    add(np.array([0.2, 0.5, 0.03]) * wide, bay, 0.13, 0.09, 0.2, "palm")
    if build.nail:
        _add_nail(cones, build.nail, cones[-2])

    turn = _view_rotation(*(float(angle) for angle in pose[22:25]))
    from_camera = _view_rotation(view.yaw, -view.below, 0.0)
    seen = [_seen(cone, turn, from_camera) for cone in cones]
    # The forearm is continued in the same direction, so that its end is seldom in the picture.
    arms = [cone for cone in seen if cone.kind == "arm"]
    elbows = [arm._replace(start=2 * arm.start - arm.end, end=arm.start, end_radius=arm.start_radius) for arm in arms]
    return [*elbows, *seen, *_sleeve(arms, elbows, sleeve)]


def _add_nail(cones: list[RoundCone], length: float, tip: RoundCone | None = None) -> None:
    """Lengthen the nail of a finger, by default that of the last cone."""
    tip = tip or cones[-1]
    along = (tip.end - tip.start) / np.linalg.norm(tip.end - tip.start)
    root = tip.end + 0.45 * tip.end_radius * tip.back
    end = root + (0.6 * tip.end_radius + length) * along
    cones.append(RoundCone(root, end, 0.55 * tip.end_radius, 0.035, tip.back, 0.02, "nail"))


_SLEEVE_KNOTS = ((0.0, 0.05), (0.4, 0.1), (0.7, 0.06), (0.9, 0.1), (1.0, 0.07))
"""Folds of a sleeve: shares of its length, and what it adds to the radius of the forearm there, palms."""


def _sleeve(arms: list[RoundCone], elbows: list[RoundCone], cover: float) -> list[RoundCone]:
    """The cones of a sleeve round a forearm as it is seen; ``cover`` is its share of ``arms``."""
    if not cover:
        return []
    first = _SLEEVE_KNOTS[0][1]
    sleeve = [
        arm._replace(start_radius=arm.start_radius + first, end_radius=arm.end_radius + first, kind="sleeve")
        for arm in elbows
    ]
    for arm in arms:
        along, taper = arm.end - arm.start, arm.end_radius - arm.start_radius
        knots = [
            (arm.start + cover * share * along, arm.start_radius + cover * share * taper + wider)
            for share, wider in _SLEEVE_KNOTS
        ]
        for (start, start_radius), (end, end_radius) in itertools.pairwise(knots):
            sleeve.append(
                arm._replace(start=start, end=end, start_radius=start_radius, end_radius=end_radius, kind="sleeve")
            )
        sleeve[-1] = sleeve[-1]._replace(kind="cuff")
    return sleeve


def _seen(cone: RoundCone, turn: Vector, from_camera: Vector) -> RoundCone:
    # The forearm always comes up from below the picture, however the wrist turns.
    start, end = turn @ cone.start, turn @ cone.end
    if cone.kind == "arm":
        start = np.array([cone.start[0] + 0.15 * (end[0] - cone.end[0]), cone.start[1], -0.4])
    start, end = from_camera @ start, from_camera @ end
    near_start = CAMERA_DISTANCE / (CAMERA_DISTANCE - start[2])
    near_end = CAMERA_DISTANCE / (CAMERA_DISTANCE - end[2])
    return cone._replace(
        start=np.array([start[0] * near_start, start[1] * near_start, start[2]]),
        end=np.array([end[0] * near_end, end[1] * near_end, end[2]]),
        start_radius=cone.start_radius * near_start,
        end_radius=cone.end_radius * near_end,
        back=from_camera @ turn @ cone.back,
    )


def hand_box(cones: list[RoundCone]) -> tuple[float, float, float, float]:
    """The rectangle (left, bottom, right, top) round everything but the forearm, in palms, y up."""
    parts = [cone for cone in cones if cone.kind not in FOREARM]
    # The wrist is a joint, not an outline: the heel of the hand counts half, as hand detectors box it.
    low = [
        np.minimum(c.start[:2] - c.start_radius * (0.5 if c.kind == "palm" else 1.0), c.end[:2] - c.end_radius)
        for c in parts
    ]
    high = [np.maximum(c.start[:2] + c.start_radius, c.end[:2] + c.end_radius) for c in parts]
    left, bottom = np.min(low, axis=0)
    right, top = np.max(high, axis=0)
    return float(left), float(bottom), float(right), float(top)
