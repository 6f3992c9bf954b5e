"""Random views of a hand, as other cameras, rooms and arms would show it. Pure functions of (crop, rng).

The ranges are those of a phone at arm's length: the hand is off the guide box by up to about 12 % and −18 to +50 % in
size, wrists turn, rooms are dim or lit from the side, and hands move during the exposure.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.framing import HAND_MARGIN, square_around
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.patch import PATCH_SIZE, cut_patch

LOOSE_MARGIN = 2.2
"""Side of a loose crop over the hand's longer side: a patch 1.5 × as wide as serving's, shifted 12 %, still fits."""

LOOSE_SIZE = 160
"""Side of a loose crop in pixels: one pixel of it is about one pixel of the patch (96 / 1.3 against 160 / 2.2)."""

HAND_PX = PATCH_SIZE / HAND_MARGIN
"""Longer side of a hand in the patch, pixels."""

CUT_OUT_SOURCE = "massey5"
"""Source whose pictures have their background cut away."""

CUT_OUT_BLACK = 18  # below this a cut-out picture is background; JPEG noise of black stays under it

WIDE_SHARE = 0.15
"""Share of the views of hands that show the hand as far off as when a tracker almost loses it."""

ELASTIC_SHARE = 0.5
"""Share of the views of hands with elastic distortions (Simard et al. 2003)."""

_ELLIPSE = 1.45
"""Axes of the ellipse that keeps a hand, over its box's: the box's corners lie just inside."""

_SOFT_EDGE = 0.03
"""Standard deviation of the ellipse's edge over the side of the loose crop."""

Gray = NDArray[np.uint8]
Levels = NDArray[np.float32]

_NOTHING: Gray = np.zeros((0, 0), np.uint8)


def loose_side(patch: int) -> int:
    """Side of the loose crop for patches of this side, pixels: 160 for 96, 187 for 112."""
    return round(patch * LOOSE_SIZE / PATCH_SIZE)


def patch_side(loose: int) -> int:
    """Side of the patches for a loose crop of this side; the inverse of :func:`loose_side`."""
    return round(loose * PATCH_SIZE / LOOSE_SIZE)


def loose_crop(gray: Gray, square: Square, size: int = LOOSE_SIZE) -> Gray:
    """A square of a picture resampled to (size, size) uint8; edge pixels are repeated outside the picture."""
    zoom = size / square.side
    move = size / 2 - np.array([square.center_x, square.center_y]) * zoom
    matrix = np.array([[zoom, 0, move[0]], [0, zoom, move[1]]], np.float32)
    crop = cv2.warpAffine(gray, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def loose_hand(gray: Gray, hand: Box, size: int = LOOSE_SIZE) -> Gray:
    """A hand with room around it for :func:`augment` to shift, turn and scale in: (size, size) uint8."""
    return loose_crop(gray, square_around(hand, LOOSE_MARGIN), size)


def plain_view(crop: Gray) -> Gray:
    """The patch that serving would cut from a loose crop, up to resampling: (160, 160) to (96, 96) uint8.

    A loose crop of another side gives a patch of :func:`patch_side`.
    """
    whole = len(crop)
    square = Square(whole / 2, whole / 2, whole * HAND_MARGIN / LOOSE_MARGIN)
    return cut_patch(crop, square, patch_side(whole))


def swap_background(crop: Gray, background: Gray, rng: np.random.Generator, mask: Gray | None = None) -> Gray:
    """Paste a hand on another picture, with a different brightness.

    Args:
        crop: the hand, (side, side) uint8.
        background: what to put behind it, of the same side.
        rng: decides the light of both.
        mask: 1 where the hand is, a square uint8 of any side; without it the hand was cut out on black.
    """
    if mask is not None and mask.shape != crop.shape:
        mask = np.asarray(cv2.resize(mask, crop.shape, interpolation=cv2.INTER_NEAREST), np.uint8)
    if mask is None:
        mask = (crop > CUT_OUT_BLACK).astype(np.uint8)
    elif rng.random() < 0.3:  # sometimes without its outermost pixel, which may belong to the original room
        mask = np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8)), np.uint8)
    return _before(crop, background, np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (3, 3), 0), np.float32), rng)


def swap_surroundings(crop: Gray, background: Gray, hand: tuple[float, float], rng: np.random.Generator) -> Gray:
    """Replace the surroundings of a hand whose outline is unknown: all outside a soft ellipse around its box.

    Args:
        crop: a loose crop of the hand, (side, side) uint8.
        background: what to put around it, of the same side.
        hand: width and height of the hand's box over its longer side.
        rng: decides the light of both.
    """
    side = len(crop)
    inside = np.zeros((side, side), np.float32)
    axes = tuple(max(1, round(share * side / LOOSE_MARGIN / 2 * _ELLIPSE)) for share in hand)
    cv2.ellipse(inside, (side // 2, side // 2), axes, 0, 0, 360, (1.0,), -1)
    share = np.asarray(cv2.GaussianBlur(inside, (0, 0), side * _SOFT_EDGE), np.float32)
    return _before(crop, background, share, rng)


def _before(crop: Gray, background: Gray, share: Levels, rng: np.random.Generator) -> Gray:
    if rng.random() < 0.5:
        background = background[:, ::-1]
    skin, shade = (np.float32(np.exp(rng.normal(0, 0.2))) for _ in range(2))
    return np.asarray(np.clip(crop * skin * share + background * shade * (1 - share), 0, 255), np.uint8)


class View(NamedTuple):
    """A random view and the rotation of its hand: mirrored first, then ``angle`` radians clockwise.

    A (160, 160) loose crop gives (96, 96) uint8 pixels, one of another side :func:`patch_side`.

    ``matrix`` (2, 3) maps points of the loose crop to points of the view. ``framed`` is False where serving would move
    the patch first, because the hand is too far off its center or its size.
    """

    pixels: Gray
    angle: float
    mirror: bool
    matrix: NDArray[np.float32]
    framed: bool


def augment(crop: Gray, rng: np.random.Generator, *, holds_hand: bool) -> Gray:
    """The pixels of :func:`random_view`."""
    return random_view(crop, rng, holds_hand=holds_hand).pixels


def random_view(crop: Gray, rng: np.random.Generator, *, holds_hand: bool, wide: float = WIDE_SHARE) -> View:
    """One random view.

    Args:
        crop: (side, side) uint8, from :func:`loose_hand`, or a whole hand-free square.
        rng: decides everything; the same state gives the same view.
        holds_hand: False for a hand-free square, which is only zoomed into.
        wide: share of the views of hands that show the hand as far off as when a tracker almost loses it.

    Returns:
        The view, framed approximately as in serving, :func:`patch_side` pixels wide and high.
    """
    size = patch_side(len(crop))
    place = _geometry(rng, len(crop), size, wide if holds_hand else None)
    seen = _taken(crop, place.matrix, size, rng, elastic=holds_hand and rng.random() < ELASTIC_SHARE)
    view = optics(light(seen.astype(np.float32), rng), rng, size / PATCH_SIZE)
    return place._replace(pixels=np.clip(_occlude(view, rng), 0, 255).astype(np.uint8))


def between_shapes(before: View, after: View, rng: np.random.Generator) -> View:
    """A blend of two hand shapes, blurred by 6–40 % of the hand: the transition from one to the other.

    Half a hand's width in a fifth of a second is 6 % in a sixtieth, 30 % in a tenth of a second of exposure.
    """
    share = rng.uniform(0.3, 0.7)
    both = before.pixels * np.float32(1 - share) + after.pixels * np.float32(share)
    hand = HAND_PX * len(both) / PATCH_SIZE
    moved = _motion_blur(both, round(rng.uniform(0.06, 0.4) * hand), float(rng.uniform(0, np.pi)))
    return before._replace(pixels=np.clip(moved, 0, 255).astype(np.uint8))


def _geometry(rng: np.random.Generator, loose: int, size: int, wide: float | None) -> View:
    """A view of size × size of a loose crop, without its pixels; ``wide`` is None where it holds no hand."""
    framed, reach = True, 0.12
    if wide is not None:
        smallest, largest = 0.82, 1.5
        if rng.random() < wide:
            framed, reach, smallest, largest = False, 0.32, 0.6, 1.9
        zoom = size * LOOSE_MARGIN / (loose * HAND_MARGIN)
        zoom /= np.exp(rng.uniform(np.log(smallest), np.log(largest)))
    else:
        zoom = size / loose * np.exp(rng.uniform(0, 0.5))
    angle = np.deg2rad(rng.normal(0, 11))
    stretch, shear = np.exp(rng.normal(0, 0.08)), rng.normal(0, 0.07)
    mirror = -1 if rng.random() < 0.5 else 1
    cosine, sine = np.cos(angle) * zoom, np.sin(angle) * zoom
    turned = np.array([[cosine * mirror * stretch, -sine], [sine * mirror * stretch, cosine]])
    # Hands differ in proportion and in their angle to the lens.
    linear = turned @ np.array([[1, shear], [0, 1]])
    middle = np.full(2, loose / 2)
    shift = size / 2 - linear @ middle + rng.uniform(-reach, reach, 2) * size
    matrix = np.column_stack([linear, shift]).astype(np.float32)
    return View(_NOTHING, float(angle), mirror < 0, matrix, framed)


@lru_cache
def _grid(size: int) -> NDArray[np.float32]:
    return np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).astype(np.float32)


def _taken(crop: Gray, matrix: NDArray[np.float32], side: int, rng: np.random.Generator, *, elastic: bool) -> Gray:
    """The patch, sometimes with an elastic distortion, because fingers differ in length and thickness."""
    size = (side, side)
    if not elastic:
        view = cv2.warpAffine(crop, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(view, np.uint8)
    bends = rng.normal(0, rng.uniform(0.5, 3.0) * side / PATCH_SIZE, (5, 5, 2)).astype(np.float32)
    places = cv2.resize(bends, size, interpolation=cv2.INTER_CUBIC) + _grid(side)
    back = cv2.invertAffineTransform(matrix)
    sources = cv2.transform(places, back)
    view = cv2.remap(crop, sources, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(view, np.uint8)


def light(view: Levels, rng: np.random.Generator) -> Levels:
    """Change light and exposure. Any size."""
    height, width = view.shape
    if rng.random() < 0.25:  # a window or lamp at one side
        y, x = np.arange(height)[:, None] / height - 0.5, np.arange(width)[None] / width - 0.5
        side = rng.uniform(0, 2 * np.pi)
        view = view * (1 + rng.uniform(0, 0.6) * (np.cos(side) * x + np.sin(side) * y)).astype(np.float32)
    if rng.random() < 0.5:
        view = 255 * np.power(np.clip(view / 255, 0, 1), np.float32(np.exp(rng.normal(0, 0.35))))
    contrast, brightness = np.exp(rng.normal(0, 0.22)), rng.normal(0, 22)
    return np.asarray((view - 128) * contrast + 128 + brightness, np.float32)


def optics(view: Levels, rng: np.random.Generator, scale: float = 1.0) -> Levels:
    """Simulate another camera: motion blur, focus, distance, noise, video encoding. Any size.

    Args:
        view: (height, width) float32 levels.
        rng: decides everything.
        scale: size of a hand in the view over that of one in a letter's patch; blur is in proportion to it.
    """
    height, width = view.shape
    kind = rng.random()
    if kind < 0.22:
        length = 1 + round(scale * float(rng.integers(1, 8)))
        view = _motion_blur(view, length, float(rng.uniform(0, np.pi)))
    elif kind < 0.35:
        view = np.asarray(cv2.GaussianBlur(view, (0, 0), float(rng.uniform(0.4, 0.4 + scale))), np.float32)
    elif kind < 0.47:  # a hand far away, enlarged
        share = 1 - scale * (1 - rng.integers(36, 80) / PATCH_SIZE)
        low = cv2.resize(view, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
        view = np.asarray(cv2.resize(low, (width, height)), np.float32)
    if rng.random() < 0.4:
        view = view + rng.normal(0, rng.uniform(1, 10), view.shape).astype(np.float32)
    if rng.random() < 0.1:  # a video encoder at a low bit rate leaves 8×8 blocks, as JPEG does
        levels = np.clip(view, 0, 255).astype(np.uint8)
        coded = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 60))])[1]
        view = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.float32)
    return view


def _motion_blur(view: Levels, length: int, angle: float) -> Levels:
    """Average along a straight path of ``length`` pixels: the hand moves while the shutter is open."""
    reach = max(4, length // 2 + 1)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    half = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = np.round(reach - half).astype(int), np.round(reach + half).astype(int)
    cv2.line(kernel, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), (1.0,))
    return np.asarray(cv2.filter2D(view, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.float32)


def _occlude(view: Levels, rng: np.random.Generator) -> Levels:
    """Sometimes cover a part at one border (random erasing, Zhong et al. 2020), outside the hand."""
    if rng.random() >= 0.12:
        return view
    scale = len(view) / PATCH_SIZE
    depth, width = round(scale * int(rng.integers(9, 21))), round(scale * int(rng.integers(10, 34)))
    start = int(rng.integers(0, len(view) - width))
    covered = view.copy()
    np.rot90(covered, int(rng.integers(4)))[:depth, start : start + width] = rng.uniform(0, 255)
    return covered
