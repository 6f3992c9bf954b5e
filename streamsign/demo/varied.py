"""Scenes that differ more than those of ``make_scene``: hands, sleeves, views, light, blur."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from streamsign.demo.hand import CameraView, HandBuild
from streamsign.demo.person import paint_person
from streamsign.demo.render import Light
from streamsign.demo.scene import Scene, Sleeve, make_scene
from streamsign.recognition.framing import guide_square

MOST_YAW = 60.0
"""Greatest yaw of a signer to either side, degrees."""

_BELOW = (-10.0, 35.0)  # camera angle below the hand, degrees
_FACES, _SLEEVES, _PAINTED, _LONG_NAILS, _DIM = 0.5, 0.6, 0.2, 0.15, 0.3  # shares of scenes
_EXPOSURE_S = (1 / 120, 1 / 24)
_CLOTHS = np.array(  # BGR
    [
        [0.12, 0.12, 0.13],
        [0.55, 0.53, 0.5],
        [0.85, 0.85, 0.84],
        [0.45, 0.25, 0.14],
        [0.15, 0.18, 0.5],
        [0.2, 0.35, 0.2],
    ],
    np.float32,
)
_PAINTS = np.array([[0.15, 0.1, 0.7], [0.55, 0.45, 0.85], [0.1, 0.1, 0.1], [0.9, 0.92, 0.95]], np.float32)  # BGR


def make_varied_scene(
    seed: int,
    width: int,
    height: int,
    *,
    yaw: float | None = None,
    below: float | None = None,
    face: bool | None = None,
) -> Scene:
    """A scene with another hand, sleeve, nails, view, light and shutter for each seed.

    Args:
        seed: chooses all of it; room and skin are those of :func:`~streamsign.demo.scene.make_scene`.
        width: of the picture in pixels.
        height: of the picture in pixels.
        yaw: degrees by which the signer is turned; None for the seed's choice.
        below: degrees by which the camera is below the hand; None for the seed's choice.
        face: whether the person is behind the hand, with the face beside it; None for the seed's choice.
    """
    scene = make_scene(seed, width, height)
    rng = np.random.default_rng([seed, 17])
    long = rng.uniform(0.9, 1.12)
    index, middle, ring, pinky = (float(long * each) for each in rng.uniform(0.96, 1.04, 4))
    nail = float(rng.uniform(0.03, 0.1)) if rng.random() < _LONG_NAILS else 0.0
    hand = HandBuild(
        float(rng.uniform(0.84, 1.18)),
        (index, middle, ring, pinky),
        float(rng.uniform(0.93, 1.07)),
        float(rng.uniform(0.92, 1.08)),
        nail,
    )
    chosen = CameraView(float(rng.uniform(-MOST_YAW, MOST_YAW)), float(rng.uniform(*_BELOW)))
    cloth = _CLOTHS[rng.integers(len(_CLOTHS))] * float(rng.uniform(0.8, 1.15))
    cover = float(rng.uniform(0.5, 0.92))
    light, darker = _light(rng)
    faces = np.random.default_rng([seed, 18])  # with and without a face, all else is the same
    has_face = bool(faces.random() < _FACES) if face is None else face
    background = scene.background * np.float32(darker)
    size = float(rng.uniform(0.6, 1.05) / 1.3)
    aside = (float(rng.uniform(-0.12, 0.12)), float(rng.uniform(-0.06, 0.06)))
    if has_face:
        guide = guide_square(width, height)
        side = -1 if faces.random() < 0.5 else 1
        head = float(faces.uniform(0.75, 1.0)) * 1.25 * size * guide.side
        head_x = guide.center_x + (aside[0] + side * float(faces.uniform(0.25, 0.8)) * size) * guide.side
        head_y = guide.center_y + (aside[1] - float(faces.uniform(0.0, 0.25))) * guide.side
        paint_person(background, faces, (head_x, head_y), head, scene.skin, cloth, light)
    return replace(
        scene,
        hand=hand,
        view=CameraView(chosen.yaw if yaw is None else yaw, chosen.below if below is None else below),
        light=light,
        gain=scene.gain / np.sqrt(darker),
        noise=scene.noise / darker,
        background=background,
        size=size,
        exposure_s=float(np.exp(rng.uniform(*np.log(_EXPOSURE_S)))),
        sleeve=Sleeve(cover, cloth) if rng.random() < _SLEEVES else None,
        nails=_PAINTS[rng.integers(len(_PAINTS))] if rng.random() < _PAINTED else None,
        aside=aside,
    )


def _light(rng: np.random.Generator) -> tuple[Light, float]:
    """A lamp that may be at the side, or dim, and the brightness of the room over the usual one."""
    towards = np.array([rng.uniform(-1.2, 1.2), rng.uniform(-0.1, 0.9), rng.uniform(0.35, 1.0)])
    darker = float(rng.uniform(0.6, 0.85)) if rng.random() < _DIM else 1.0
    lamp, ambient = float(rng.uniform(0.55, 1.0)), float(rng.uniform(0.2, 0.45))
    return Light(towards / np.linalg.norm(towards), darker * lamp, darker * ambient), darker
