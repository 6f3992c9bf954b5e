"""Augments a scene for the locator: rotation, mirroring, scale, position and light, with its box."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import FILL
from streamsign.training.data.augment import CUT_OUT_BLACK, light, optics
from streamsign.training.hand.scenes import HandScene

HAND_SHARES = (0.08, 0.9)
"""Range of the longer side of the hand over the shorter side of the frame, drawn log-uniformly."""

CLOSE = 0.4
"""Longer side of a hand over the shorter side of its picture from which it counts as close."""

_MOST_ENLARGED = 2.0  # a hand enlarged by more is too blurred
_MIRROR_CHANCE, _TURN_SIGMA, _STRETCH_SIGMA = 0.5, 14.0, 0.12
_EMPTY_ZOOM = (0.5, 1.0)
_OPTICS_SCALE = 0.35
"""Scale of the blur: hands of whole frames are about a third as large as those of patches."""

_WHOLE_CHANCE, _WHOLE_ZOOM = 0.6, 1.25
"""Probability that almost the whole frame is shown, as by a camera; otherwise a part of it is enlarged."""

View = tuple[NDArray[np.uint8], Box | None]
"""A picture (height, width) and its hand's box in pixels of it; None without a hand."""


def is_close(scene: HandScene) -> bool:
    """Whether a scene shows its hand as large as a loose crop does, which is 2.2 times its hand."""
    hand = scene.hand
    return hand is not None and hand.longer_side > CLOSE * min(scene.pixels.shape)


def room_of(pixels: NDArray[np.uint8], size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A random part of a picture without a hand, filling (width, height)."""
    height, width = pixels.shape
    fits = min(width / size[0], height / size[1])
    part = fits * rng.uniform(*_EMPTY_ZOOM)
    x0, y0 = rng.uniform(0, width - part * size[0]), rng.uniform(0, height - part * size[1])
    mirror = -1 if rng.random() < _MIRROR_CHANCE else 1
    shift = (size[0] if mirror < 0 else 0) - mirror * x0 / part
    matrix = np.array([[mirror / part, 0, shift], [0, 1 / part, -y0 / part]], np.float32)
    return np.asarray(cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE))


class Turn(NamedTuple):
    """The map of a hand into a view: a linear map, and the hand's center and half of its box, pixels of the view."""

    linear: NDArray[np.float64]
    middle: NDArray[np.float64]
    reach: NDArray[np.float64]


def turn(hand: Box, zoom: float, rng: np.random.Generator) -> Turn:
    """A random rotation and stretch, mirrored half of the time; ``zoom`` is the scale from picture to view."""
    angle = np.deg2rad(rng.normal(0, _TURN_SIGMA))
    mirror = -1 if rng.random() < _MIRROR_CHANCE else 1
    stretch = np.exp(rng.normal(0, _STRETCH_SIGMA))
    cosine, sine = np.cos(angle) * zoom, np.sin(angle) * zoom
    linear = np.array([[cosine * mirror * stretch, -sine], [sine * mirror * stretch, cosine]])
    corners = np.array([[x, y] for x in (hand.x0, hand.x1) for y in (hand.y0, hand.y1)]) @ linear.T
    middle = corners.mean(axis=0)
    # The box of a rotated box is too large, because its corners are empty: shrink it by half of the difference.
    plain = np.array([zoom * stretch * (hand.width), zoom * (hand.height)]) / 2
    return Turn(linear, middle, (np.abs(corners - middle).max(axis=0) + plain) / 2)


def warp(pixels: NDArray[np.uint8], matrix: NDArray[np.float32], size: tuple[int, int], zoom: float) -> Any:
    """A picture under an affine map to a view of (width, height); ``zoom`` pixels of it for one of the picture."""
    source = pixels
    if zoom < 0.5:  # cv2.warpAffine skips pixels when it shrinks: average them first
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.4 / zoom), np.uint8)
    return cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def clipped(spot: NDArray[np.float64], reach: NDArray[np.float64], size: tuple[int, int]) -> Box:
    """The box of a hand at a place in a view of (width, height), clipped to the view."""
    (x0, y0), (x1, y1) = spot - reach, spot + reach
    return Box(max(0, x0), max(0, y0), min(size[0], x1), min(size[1], y1))


def _seen(reach: NDArray[np.float64], size: tuple[int, int]) -> list[tuple[float, float]]:
    """Range of a hand's center, by axis, in which most of the hand is in the picture."""
    return [
        (min(0.7 * half, side / 2), max(side - 0.7 * half, side / 2)) for half, side in zip(reach, size, strict=True)
    ]


def window(scene: HandScene, size: tuple[int, int], rng: np.random.Generator) -> View:
    """A part of a scene that fills the picture and contains its hand."""
    hand = scene.hand
    if hand is None:
        raise ValueError("the scene has no hand")
    height, width = scene.pixels.shape
    long = hand.longer_side
    whole = max(size[0] / width, size[1] / height)
    closest = max(whole, min(HAND_SHARES[1] * min(size) / long, _MOST_ENLARGED))
    if not is_close(scene) and rng.random() < _WHOLE_CHANCE:
        closest = min(closest, _WHOLE_ZOOM * whole)
    zoom = float(np.exp(rng.uniform(np.log(whole), np.log(closest))))
    linear, middle, reach = turn(hand, zoom, rng)
    corners = np.array([[x, y] for x in (0, width) for y in (0, height)]) @ linear.T
    spot = np.zeros(2)
    for axis, (first, last) in enumerate(_seen(reach, size)):
        # The scene covers the picture from border to border.
        low = middle[axis] + size[axis] - corners[:, axis].max()
        high = max(low, middle[axis] - corners[:, axis].min())
        spot[axis] = np.clip(rng.uniform(min(max(low, first), high), max(min(high, last), low)), low, high)
    matrix = np.column_stack([linear, spot - middle]).astype(np.float32)
    return np.asarray(warp(scene.pixels, matrix, size, zoom), np.uint8), clipped(spot, reach, size)


def paste(scene: HandScene, ground: NDArray[np.uint8], rng: np.random.Generator) -> View:
    """A scene, or only its segmented hand, at a random size and place on a background."""
    hand = scene.hand
    if hand is None:
        raise ValueError("the scene has no hand")
    size = (ground.shape[1], ground.shape[0])
    long = hand.longer_side
    lowest = HAND_SHARES[0] if scene.cut_out else 2 * HAND_SHARES[0]
    highest = max(lowest, min(HAND_SHARES[1], _MOST_ENLARGED * long / min(size)))
    zoom = float(np.exp(rng.uniform(np.log(lowest), np.log(highest)))) * min(size) / long
    linear, middle, reach = turn(hand, zoom, rng)
    spot = np.array([rng.uniform(*span) for span in _seen(reach, size)])
    matrix = np.column_stack([linear, spot - middle]).astype(np.float32)
    covers = (scene.pixels > CUT_OUT_BLACK) if scene.cut_out else np.ones_like(scene.pixels, np.bool_)
    mask = cv2.warpAffine(covers.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    shown = warp(scene.pixels, matrix, size, zoom) * mask + ground * (1 - mask)
    return np.clip(shown, 0, 255).astype(np.uint8), clipped(spot, reach, size)


def squared(shown: View, size: int, rng: np.random.Generator) -> View:
    """A picture with changed light and sharpness, letterboxed by :func:`letterbox`."""
    view, box = shown
    height, width = view.shape
    levels = optics(light(view.astype(np.float32), rng), rng, _OPTICS_SCALE)
    square = np.full((size, size), FILL, np.uint8)
    x, y = (size - width) // 2, (size - height) // 2
    square[y : y + height, x : x + width] = np.clip(levels, 0, 255).astype(np.uint8)
    return square, None if box is None else Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)
