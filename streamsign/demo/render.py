"""Drawing a hand: a depth map of round cones, then light on it, in NumPy and OpenCV alone.

Every cone is hit by parallel rays in closed form; overlapping cones melt into each other over a short length, which
gives knuckles and webs. Shading is a wrapped Lambert term, a little gloss, shadows marched through the depth map and
creases darkened where the surface lies below its surroundings.

Source of the ray/round-cone intersection: Inigo Quilez, "intersectors" (MIT), iquilezles.org/articles/intersectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.hand import FOREARM, RoundCone, cross

Map = NDArray[np.float32]

NO_DEPTH = np.float32(-9.0)
"""Depth of pixels without hand."""


_BLUR_REACH = 4.0
"""Standard deviations from its middle at which OpenCV cuts a Gaussian of float32 off."""


@dataclass(frozen=True, slots=True)
class HandPlacement:
    """Where the hand is in the picture: pixels of the wrist, pixels a palm, roll in degrees, mirrored or not."""

    wrist_x: float
    wrist_y: float
    palm_px: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Surface:
    """What the camera sees of a hand.

    Attributes:
        depth: (H, W) float32, palms towards the camera, :data:`NO_DEPTH` beside the hand.
        mask: (H, W) bool, True on the hand and forearm.
        hand: (H, W) bool, True on the hand without the forearm.
        nail: (H, W) float32, 1 on a fingernail.
        cloth: (H, W) float32, 1 on a sleeve.
    """

    depth: Map
    mask: NDArray[np.bool_]
    hand: NDArray[np.bool_]
    nail: Map
    cloth: Map


def bounds(mask: NDArray[np.bool_], margin: float = 0.0) -> tuple[slice, slice]:
    """Bounding rows and columns of the True pixels, of which there is at least one.

    Args:
        mask: (H, W) bool.
        margin: pixels that are added on each side, as far as the picture reaches.
    """
    more = int(np.ceil(margin))
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - more), int(rows[-1]) + 1 + more),
        slice(max(0, int(columns[0]) - more), int(columns[-1]) + 1 + more),
    )


def trace(cones: list[RoundCone], place: HandPlacement, width: int, height: int) -> Surface:
    """Depth map of a hand, width × height pixels."""
    depth = np.full((height, width), NO_DEPTH, np.float32)
    hand = np.zeros((height, width), bool)
    nail, cloth = (np.zeros((height, width), np.float32) for _ in range(2))
    sign = -1.0 if place.mirrored else 1.0
    scale = place.palm_px
    flesh = [cone for cone in cones if cone.kind in ("arm", "palm")]
    for number, cone in enumerate([*flesh, *(cone for cone in cones if cone.kind not in ("arm", "palm"))]):
        if number == len(flesh):
            _knead(depth, 0.05 * scale)
        xs = [place.wrist_x + sign * scale * p[0] for p in (cone.start, cone.end)]
        ys = [place.wrist_y - scale * p[1] for p in (cone.start, cone.end)]
        reach = [scale * r + 1 for r in (cone.start_radius, cone.end_radius)]
        x0 = max(0, int(min(xs[0] - reach[0], xs[1] - reach[1])))
        x1 = min(width, int(max(xs[0] + reach[0], xs[1] + reach[1])) + 2)
        y0 = max(0, int(min(ys[0] - reach[0], ys[1] - reach[1])))
        y1 = min(height, int(max(ys[0] + reach[0], ys[1] + reach[1])) + 2)
        if x0 >= x1 or y0 >= y1:
            continue
        px = (sign * (np.arange(x0, x1, dtype=np.float32) - place.wrist_x) / scale)[None, :]
        py = ((place.wrist_y - np.arange(y0, y1, dtype=np.float32)) / scale)[:, None]
        found = _hit(cone, px, py)
        if cone.kind == "cuff":
            found = _cut(cone, px, py, found)
        window = (slice(y0, y1), slice(x0, x1))
        before = depth[window]
        on = found > NO_DEPTH
        in_front = on & (found > before)
        h = np.clip(0.5 + 0.5 * (found - before) / cone.blend, 0.0, 1.0)
        melted = before * (1 - h) + found * h + cone.blend * h * (1 - h)
        depth[window] = np.where(on, melted, before)
        hand[window] = np.where(in_front, cone.kind not in FOREARM, hand[window])
        on_nail = _nail(cone, px, py, found) if cone.kind == "tip" else float(cone.kind == "nail")
        nail[window] = np.where(in_front, on_nail, nail[window])
        cloth[window] = np.where(in_front, cone.kind in ("sleeve", "cuff"), cloth[window])
    return Surface(depth, depth > NO_DEPTH, hand, nail, cloth)


def _knead(depth: Map, sigma: float) -> None:
    # Palm and forearm are one lump of flesh: the seams between their cones go.
    on = depth > NO_DEPTH
    if not on.any():
        return
    part = bounds(on, 1 + _BLUR_REACH * sigma)
    there, mask = depth[part], on[part].astype(np.float32)
    total = cv2.GaussianBlur(np.where(on[part], there, 0).astype(np.float32), (0, 0), sigma)
    depth[part] = np.where(on[part], total / (cv2.GaussianBlur(mask, (0, 0), sigma) + np.float32(1e-4)), NO_DEPTH)


def _hit(cone: RoundCone, px: Map, py: Map) -> Map:
    # Rays run along −z from z = 0; names as in the source.
    ba = (cone.end - cone.start).astype(np.float32)
    ra, rb = np.float32(cone.start_radius), np.float32(cone.end_radius)
    ax, ay = px - np.float32(cone.start[0]), py - np.float32(cone.start[1])
    bx, by = px - np.float32(cone.end[0]), py - np.float32(cone.end[1])
    az, bz = -np.float32(cone.start[2]), -np.float32(cone.end[2])
    rr = ra - rb
    m0 = float(ba @ ba)
    m1 = ba[0] * ax + ba[1] * ay + ba[2] * az
    m2, m3 = -ba[2], -az
    flat_a, flat_b = ax * ax + ay * ay, bx * bx + by * by
    d2 = m0 - rr * rr
    k2 = d2 - m2 * m2
    k1 = d2 * m3 - m1 * m2 + m2 * rr * ra
    k0 = d2 * (flat_a + az * az) - m1 * m1 + m1 * rr * ra * 2.0 - m0 * ra * ra
    found = np.full(flat_a.shape, NO_DEPTH, np.float32)
    if d2 > 1e-6 and k2 > 1e-6:
        h = k1 * k1 - k0 * k2
        t = (-np.sqrt(np.maximum(h, 0)) - k1) / k2
        y = m1 - ra * rr + t * m2
        found = np.where((h >= 0) & (y > 0) & (y < d2), -t, found)
    h1, h2 = ra * ra - flat_a, rb * rb - flat_b
    found = np.maximum(found, np.where(h1 > 0, np.sqrt(np.maximum(h1, 0)) - az, NO_DEPTH))
    found = np.maximum(found, np.where(h2 > 0, np.sqrt(np.maximum(h2, 0)) - bz, NO_DEPTH))
    return np.asarray(found, np.float32)


def _cut(cone: RoundCone, px: Map, py: Map, z: Map) -> Map:
    """Depth of a cone without the half ball at its end."""
    along = cone.end - cone.start
    u = (px - cone.end[0]) * along[0] + (py - cone.end[1]) * along[1] + (z - cone.end[2]) * along[2]
    return np.asarray(np.where(u <= 0, z, NO_DEPTH), np.float32)


def _nail(cone: RoundCone, px: Map, py: Map, z: Map) -> Map:
    along = cone.end - cone.start
    length = float(np.linalg.norm(along))
    along = along / length
    side = cross(along, cone.back)
    x, y, depth = px - cone.start[0], py - cone.start[1], z - cone.start[2]
    u = (x * along[0] + y * along[1] + depth * along[2]) / length
    v = (x * side[0] + y * side[1] + depth * side[2]) / cone.end_radius
    w = (x * cone.back[0] + y * cone.back[1] + depth * cone.back[2]) / cone.end_radius
    inside = (((u - 0.86) / 0.36) ** 2 + (v / 0.72) ** 2 < 1.0) & (w > 0.35)
    return np.asarray(inside, np.float32)


@dataclass(frozen=True, slots=True)
class Light:
    """Light in the room: (3,) unit vector towards the lamp (camera axes), its strength and that of the rest."""

    towards: NDArray[np.float64]
    lamp: float
    ambient: float


def shade(surface: Surface, light: Light, palm_px: float) -> Map:
    """Brightness of each pixel of the hand, 1 = skin facing the lamp; (H, W) float32; undefined outside the hand.

    Only the rectangle of the hand is computed, with the margin that the blurs need.
    """
    shaded = np.zeros_like(surface.depth)
    if not surface.mask.any():
        return shaded
    soft, softer = max(0.6, palm_px * 0.012), max(0.7, palm_px * 0.02)
    part = bounds(surface.mask, 2 + _BLUR_REACH * (soft + softer))
    on, depth = surface.mask[part], surface.depth[part]
    mask = on.astype(np.float32)
    filled = np.where(on, depth, 0.0).astype(np.float32)
    weight = cv2.GaussianBlur(mask, (0, 0), soft) + np.float32(1e-4)
    smooth = cv2.GaussianBlur(filled, (0, 0), soft) / weight
    # Just outside the outline the blur carries the surface on, so that the rim has no false cliff.
    inner = np.asarray(np.where(weight > 0.02, smooth, -0.25), np.float32)
    step = np.float32(palm_px / 8.0)
    gx = np.clip(cv2.Sobel(inner, cv2.CV_32F, 1, 0, ksize=3) * step, -2.5, 2.5)
    gy = np.clip(cv2.Sobel(inner, cv2.CV_32F, 0, 1, ksize=3) * step, -2.5, 2.5)
    length = np.sqrt(gx * gx + gy * gy + 1.0)
    nx, ny, nz = -gx / length, gy / length, 1.0 / length
    lx, ly, lz = (float(v) for v in light.towards)
    facing = nx * lx + ny * ly + nz * lz
    diffuse = np.clip((facing + 0.3) / 1.3, 0.0, 1.0)

    shadow = np.zeros_like(inner)
    solid = np.where(on, inner, np.float32(-1.0))
    flat = max(float(np.hypot(lx, ly)), 1e-3)
    for reach in (0.06, 0.12, 0.2, 0.3):
        dx, dy = -lx / flat * reach * palm_px, ly / flat * reach * palm_px
        moved = cv2.warpAffine(
            solid, np.array([[1, 0, dx], [0, 1, dy]], np.float32), inner.shape[::-1], borderValue=(-1.0,)
        )
        height = inner + reach * lz / flat
        shadow = np.maximum(shadow, np.clip((moved - height) / 0.08, 0.0, 1.0))
    shadow = cv2.GaussianBlur(shadow, (0, 0), softer)

    half = np.array([lx, ly, lz + 1.0])
    half /= np.linalg.norm(half)
    gloss = np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0.0, 1.0) ** 24
    bright = light.lamp * (diffuse * (1 - 0.55 * shadow) + 0.1 * gloss * (1 - shadow))
    bright = (bright + light.ambient * (0.55 + 0.45 * nz)) * (
        1.0 - np.clip(0.8 * _creases(surface, palm_px)[part], 0.0, 0.7)
    )
    shaded[part] = bright * (1.0 + 0.1 * surface.nail[part])
    return shaded


def _creases(surface: Surface, palm_px: float) -> Map:
    """How far each pixel of the hand lies below its surroundings, (H, W) float32, 0 beside the hand."""
    filled = np.where(surface.mask, surface.depth, 0.0).astype(np.float32)
    hand = bounds(surface.mask)
    crease = np.zeros_like(filled)
    for spread, depth, share in ((0.02, 0.03, 0.35), (0.07, 0.12, 0.4), (0.16, 0.3, 0.3)):
        radius = max(0.8, spread * palm_px)
        part = bounds(surface.mask, 1 + _BLUR_REACH * radius)
        weight = cv2.GaussianBlur(surface.mask[part].astype(np.float32), (0, 0), radius) + np.float32(1e-4)
        around = np.zeros_like(filled)
        around[part] = cv2.GaussianBlur(filled[part], (0, 0), radius) / weight
        crease[hand] += share * np.clip((around[hand] - filled[hand]) / depth, 0.0, 1.0)
    return crease
