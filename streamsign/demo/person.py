"""The person behind the demo signer's hand: head, neck and shoulders, painted into the room; no real person."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.render import Light, Map

Color = NDArray[np.float32]

_HEAD_ASPECT = 0.76
_HAIRS = np.array([[0.05, 0.06, 0.07], [0.1, 0.16, 0.24], [0.2, 0.34, 0.5], [0.4, 0.42, 0.44]], np.float32)


def paint_person(
    room: NDArray[np.float32],
    rng: np.random.Generator,
    head: tuple[float, float],
    height: float,
    skin: Color,
    cloth: Color,
    light: Light,
) -> None:
    """Paint a person into a room, slightly out of focus.

    Args:
        room: (H, W, 3) float32 BGR, changed in place.
        rng: decides features and hair.
        head: x and y of the middle of the head, pixels.
        height: of the head from chin to crown, pixels.
        skin: (3,) BGR albedo.
        cloth: (3,) BGR albedo.
        light: of the room.
    """
    x, y = head
    tall, wide = height / 2, height / 2 * _HEAD_ASPECT
    hair = _HAIRS[rng.integers(len(_HAIRS))]
    long = bool(rng.random() < 0.4)
    painter = _Painter(room, light)
    if long:
        painter.ball(x, y + 0.15 * tall, 1.25 * wide, 1.3 * tall, hair)
    painter.ball(x, y + 1.15 * tall, 0.52 * wide, 0.75 * tall, 0.85 * skin)
    painter.ball(x, y + 3.1 * tall, 2.7 * wide, 1.8 * tall, cloth)
    painter.ball(x, y - 0.1 * tall, 1.08 * wide, 0.98 * tall, hair)
    for side in (-1, 1):
        painter.ball(x + side * 1.0 * wide, y + 0.05 * tall, 0.12 * wide, 0.2 * tall, 0.9 * skin)
    painter.ball(x, y + 0.16 * tall, 0.95 * wide, 0.86 * tall, skin)
    look = float(rng.uniform(-0.04, 0.04)) * wide
    for side in (-1, 1):
        eye_x, eye_y = x + side * 0.4 * wide + look, y - 0.05 * tall
        painter.spot(eye_x, eye_y - 0.02 * tall, 0.3 * wide, 0.15 * tall, 0.72 * skin, soft=0.5)
        painter.spot(eye_x, eye_y, 0.18 * wide, 0.055 * tall, np.full(3, 0.85, np.float32))
        painter.spot(eye_x + look, eye_y, 0.075 * wide, 0.06 * tall, np.array([0.08, 0.1, 0.14], np.float32))
        painter.spot(eye_x, eye_y - 0.17 * tall, 0.24 * wide, 0.035 * tall, 0.7 * hair + 0.1 * skin, soft=0.3)
    painter.spot(x + look, y + 0.22 * tall, 0.16 * wide, 0.16 * tall, 1.12 * skin, soft=0.6)
    painter.spot(x + look, y + 0.34 * tall, 0.2 * wide, 0.05 * tall, 0.66 * skin, soft=0.5)
    lips = skin * np.array([0.72, 0.6, 0.85], np.float32)
    painter.spot(x + look, y + 0.55 * tall, 0.33 * wide, 0.07 * tall * float(rng.uniform(0.8, 1.6)), lips, soft=0.3)
    room[:] = cv2.GaussianBlur(room, (0, 0), max(0.8, 0.008 * height))


class _Painter:
    """Draws lit ellipsoids and flat spots."""

    def __init__(self, room: NDArray[np.float32], light: Light) -> None:
        self._room, self._light = room, light

    def ball(self, x: float, y: float, a: float, b: float, color: Color) -> None:
        """An ellipsoid, half axes ``a`` and ``b`` pixels."""
        window, u, v = self._within(x, y, a, b)
        inside = u * u + v * v
        nz = np.sqrt(np.maximum(1.0 - inside, 0.0))
        lx, ly, lz = (float(part) for part in self._light.towards)
        diffuse = np.clip((u * lx - v * ly + nz * lz + 0.3) / 1.3, 0.0, 1.0)
        bright = self._light.lamp * diffuse + self._light.ambient * (0.55 + 0.45 * nz)
        edge = np.asarray(np.clip((1.0 - np.sqrt(inside)) * min(a, b) / 1.5, 0.0, 1.0), np.float32)
        self._blend(window, edge, np.asarray(bright[:, :, None] * color, np.float32))

    def spot(self, x: float, y: float, a: float, b: float, color: Color, soft: float = 0.15) -> None:
        """A flat ellipse, lit as its middle of the picture is; ``soft`` is the share of its radius that fades."""
        window, u, v = self._within(x, y, a, b)
        edge = np.asarray(np.clip((1.0 - np.hypot(u, v)) / soft, 0.0, 1.0), np.float32)
        bright = self._light.lamp * 0.75 + self._light.ambient
        self._blend(window, edge, np.asarray(bright * color, np.float32))

    def _within(self, x: float, y: float, a: float, b: float) -> tuple[tuple[slice, slice], Map, Map]:
        height, width = self._room.shape[:2]
        x0, x1 = (int(np.clip(edge, 0, width)) for edge in (x - a - 1, x + a + 2))
        y0, y1 = (int(np.clip(edge, 0, height)) for edge in (y - b - 1, y + b + 2))
        u, v = np.meshgrid((np.arange(x0, x1) - x) / a, (np.arange(y0, y1) - y) / b)
        return (slice(y0, y1), slice(x0, x1)), u.astype(np.float32), v.astype(np.float32)

    def _blend(self, window: tuple[slice, slice], share: Map, color: NDArray[np.float32]) -> None:
        under = self._room[window]
        under += share[:, :, None] * (color - under)
