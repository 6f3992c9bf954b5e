"""The room round the hand and the camera that films it: light, walls, skin, sensor, all drawn from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.hand import FRONTAL, CameraView, HandBuild
from streamsign.demo.render import Light, Map

FloatImage = NDArray[np.float32]
"""(H, W, 3) float32 BGR, 0 black to 1 white."""


EXPOSURE_S = 1 / 60
"""Shutter time of an indoor webcam; what moves meanwhile is blurred."""


@dataclass(frozen=True, slots=True)
class Sleeve:
    """A sleeve: the share of the forearm that it covers, from below, and its (3,) BGR albedo."""

    cover: float
    color: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything about a recording that does not move.

    Attributes:
        light: where the lamp is and how strong.
        skin: (3,) BGR albedo of the skin.
        gain: exposure of the camera, 1 = as lit.
        noise: standard deviation of the sensor noise, in gray levels of 255.
        background: (H, W, 3) the room, out of focus.
        texture: (H, W) brightness of the skin relative to its mean.
        hand: proportions of the hand.
        size: hand's longer side over the side of the guide box.
        mirrored: the hand is a left hand.
        wander: (4,) phases of the slow drift of position, roll and distance, radians.
        view: from where the hand is seen.
        exposure_s: shutter time.
        sleeve: None for a bare forearm.
        nails: (3,) BGR albedo of painted nails; None for nails without paint.
        aside: where the hand is in the picture, right and down of the guide box, sides of the box.
    """

    light: Light
    skin: NDArray[np.float32]
    gain: float
    noise: float
    background: FloatImage
    texture: Map
    hand: HandBuild
    size: float
    mirrored: bool
    wander: NDArray[np.float64]
    view: CameraView = FRONTAL
    exposure_s: float = EXPOSURE_S
    sleeve: Sleeve | None = None
    nails: NDArray[np.float32] | None = None
    aside: tuple[float, float] = (0.0, 0.0)


_SKINS = np.array(  # BGR, linear steps from very light to dark skin
    [[0.66, 0.76, 0.93], [0.55, 0.66, 0.86], [0.44, 0.56, 0.78], [0.35, 0.46, 0.67], [0.24, 0.34, 0.53]], np.float32
)


@lru_cache(maxsize=8)  # a scene takes as long as two pictures in it, and many films are of the same one
def make_scene(seed: int, width: int, height: int) -> Scene:
    """A room, a light and a skin for a width × height picture; the same seed gives the same scene, read-only."""
    rng = np.random.default_rng([seed, 7])
    side = rng.uniform(-0.7, 0.7)
    towards = np.array([side, rng.uniform(0.25, 0.8), rng.uniform(0.6, 1.0)])
    lamp = rng.uniform(0.6, 0.95)
    place = float(rng.uniform(0, len(_SKINS) - 1.001))
    low = int(place)
    skin = _SKINS[low] * (1 - (place - low)) + _SKINS[low + 1] * (place - low)
    grain = rng.normal(0, 1, (height, width)).astype(np.float32)
    coarse = cv2.GaussianBlur(grain, (0, 0), height / 40) * (height / 40)
    fine = cv2.GaussianBlur(grain[::-1], (0, 0), 1.2)
    scene = Scene(
        light=Light(towards / np.linalg.norm(towards), lamp, float(rng.uniform(0.22, 0.4))),
        skin=skin.astype(np.float32),
        gain=float(rng.uniform(0.88, 1.12)),
        noise=float(rng.uniform(1.0, 3.0)),
        background=_room(rng, width, height, float(skin.mean())),
        texture=(1.0 + 0.02 * coarse + 0.02 * fine).astype(np.float32),
        hand=HandBuild(girth=float(rng.uniform(0.94, 1.08))),
        size=float(rng.uniform(0.95, 1.05) / 1.3),
        mirrored=bool(rng.random() < 0.35),
        wander=rng.uniform(0, 2 * np.pi, 4),
    )
    for shared in (scene.skin, scene.background, scene.texture, scene.wander):
        shared.flags.writeable = False
    return scene


def _room(rng: np.random.Generator, width: int, height: int, skin: float) -> FloatImage:
    # A wall with falling light, then furniture, pictures and window frames out of focus.
    wall = np.array(rng.uniform(0.25, 0.85)) + rng.uniform(-0.06, 0.06, 3)
    if abs(float(wall.mean()) - 0.85 * skin) < 0.13:  # people do not choose a wall on which their hand vanishes
        wall = wall + (0.2 if wall.mean() > 0.85 * skin else -0.2)
    xs, ys = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    fall = 1 + rng.uniform(-0.18, 0.18) * xs + rng.uniform(-0.18, 0.18) * ys
    room = (wall[None, None, :] * fall[:, :, None]).astype(np.float32)
    for _ in range(int(rng.integers(2, 7))):
        tint = np.clip(wall * rng.uniform(0.45, 1.35) + rng.uniform(-0.08, 0.08, 3), 0.04, 0.98)
        if abs(float(tint.mean()) - 0.8 * skin) < 0.12:  # nor hold it before a piece of furniture of its color
            tint = np.clip(tint + (0.22 if wall.mean() > 0.85 * skin else -0.22), 0.04, 0.98)
        color = tuple(float(c) for c in tint)
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        w, h = (int(rng.uniform(0.06, 0.3) * height) for _ in range(2))
        if rng.random() < 0.7:
            cv2.rectangle(room, (x - w, y - h), (x + w, y + h), color, -1)
        else:
            cv2.ellipse(room, (x, y), (w, h), float(rng.uniform(0, 180)), 0, 360, color, -1)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), height * rng.uniform(0.008, 0.025)), np.float32)
