"""What the locator learns from: frames with a box, close hands, cut-out hands put anywhere, pictures without one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.crop import Box
from streamsign.recognition.locate import FILL, LOCATE_SIZE, STRIDE
from streamsign.training.augment import CUT_OUT_BLACK, CUT_OUT_SOURCE, light, optics
from streamsign.training.dataset import Picture, beside_hand, read_gray, read_manifest
from streamsign.training.sampling import folders_of, signer_groups

FRAME_SHARE, CLOSE_SHARE, PASTED_SHARE, EMPTY_SHARE = 0.5, 0.2, 0.15, 0.15
"""Shares of a batch: frames, loose crops (near hands), cut-out hands before rooms, no hand."""

HAND_SHARES = (0.08, 0.9)
"""Longer side of the hand over the shorter side of the frame, drawn log-uniformly between these."""

ASPECTS = ((4, 3), (3, 4), (16, 9), (9, 16), (1, 1))
_ASPECT_CHANCES = (0.4, 0.25, 0.15, 0.1, 0.1)
_MOST_ENLARGED = 2.0  # beyond it a hand is mush
_SURE_DETECTOR = 0.6  # rows with a lower detector score teach more wrong boxes than hands
_MIRROR_CHANCE, _TURN_SIGMA = 0.5, 6.0
_EMPTY_ZOOM = (0.5, 1.0)
_OPTICS_SCALE = 0.35
"""Hands of whole frames are about a third as large as those of patches: as much blur would leave nothing of them."""

_WHOLE_CHANCE, _WHOLE_ZOOM = 0.6, 1.25
"""Chance that a frame is shown whole, as cameras will show it, give or take a step; else a part of it enlarged."""

_OWN_ASPECT_CHANCE = 0.7
_IN_ROOM_CHANCE = 0.12

MOST_CLOSE = 8000
"""Loose crops kept in memory: more of the same signers would add nothing to where hands are."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture in memory: (height, width) uint8, its hand's box in pixels or None, and whose it is."""

    pixels: NDArray[np.uint8]
    hand: Box | None
    group: str
    cut_out: bool = False


class Target(NamedTuple):
    """A batch: views (size, 160, 160, 1) float32 in −1…1; boxes (size, 4) in pixels of the view, NaN for no hand."""

    views: NDArray[np.float32]
    boxes: NDArray[np.float32]


def load_scenes(root: Path, split: str, seed: int, threads: int = 2) -> list[Scene]:
    """The scenes of a split: all frames with a box, rooms, and for training close and cut-out hands.

    Raises:
        TrainingError: there are no frames, or a picture cannot be read.
    """
    folders = folders_of(root)
    if "frames" not in folders:
        raise TrainingError(f"There is no {root / 'frames' / 'manifest.csv'}.", "Finding hands is learnt from frames/.")
    rows: list[Picture] = []
    for name, folder in folders.items():
        of_split = [picture for picture in read_manifest(folder) if picture.split == split]
        if name == "none":
            rows += of_split
        elif name == "frames":
            rows += [picture for picture in of_split if picture.hand is not None]
        elif split == "train":
            boxed = [picture for picture in of_split if picture.hand is not None]
            chosen = np.random.default_rng(seed).permutation(len(boxed))[:MOST_CLOSE]
            rows += [boxed[index] for index in sorted(chosen)]
            rows += [
                boxed[index]
                for index in sorted(set(range(len(boxed))) - set(chosen.tolist()))
                if boxed[index].source == CUT_OUT_SOURCE
            ]
    groups = signer_groups([picture.signer for picture in rows], [picture.source for picture in rows])

    def scenes(job: tuple[Picture, str]) -> list[Scene]:
        picture, group = job
        pixels = read_gray(picture.path)
        whole = Scene(pixels, picture.hand, group, picture.source == CUT_OUT_SOURCE)
        beside = beside_hand(pixels, picture.hand) if picture.hand and picture.folder.name == "frames" else None
        return [whole] if beside is None else [whole, Scene(beside.copy(), None, f"beside {group}")]

    with ThreadPoolExecutor(threads) as pool:
        return [scene for found in pool.map(scenes, zip(rows, groups, strict=True)) for scene in found]


class SceneSampler:
    """Draws balanced, augmented batches. Batch ``n`` depends on the seed and ``n`` alone, so a run can resume.

    Raises:
        TrainingError: there is no frame with a hand, or no picture without.
    """

    def __init__(self, scenes: Sequence[Scene], seed: int) -> None:
        self._seed = seed
        self._scenes = scenes
        kinds: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, scene in enumerate(scenes):
            kinds[_kind(scene)][scene.group].append(index)
        if 0 not in kinds or 3 not in kinds:
            raise TrainingError(
                "Finding hands needs frames with a box and pictures without a hand.", "Add rows to frames/ and none/."
            )
        self._pools = {kind: list(pools.values()) for kind, pools in kinds.items()}
        shares = np.array([FRAME_SHARE, CLOSE_SHARE, PASTED_SHARE, EMPTY_SHARE])
        shares *= [kind in kinds for kind in range(len(shares))]
        self._shares = shares / shares.sum()

    def batch(self, number: int, size: int) -> Target:
        """Batch ``number``."""
        rng = np.random.default_rng([self._seed, number])
        made = [self._sample(rng) for _ in range(size)]
        views = np.stack([view for view, _ in made])[..., None].astype(np.float32) / 127.5 - 1
        boxes = np.array([box or (np.nan,) * 4 for _, box in made], np.float32)
        return Target(views, boxes)

    def _pick(self, kind: int, rng: np.random.Generator) -> Scene:
        pools = self._pools[kind]
        pool = pools[rng.integers(len(pools))]
        return self._scenes[pool[rng.integers(len(pool))]]

    def _sample(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], Box | None]:
        kind = int(rng.choice(4, p=self._shares))
        scene, room = self._pick(kind, rng), self._pick(3, rng)
        height, width = scene.pixels.shape
        if scene.cut_out or rng.random() >= _OWN_ASPECT_CHANCE:
            width, height = ASPECTS[int(rng.choice(len(ASPECTS), p=_ASPECT_CHANCES))]
        zoom = LOCATE_SIZE / max(width, height)
        inner = (round(width * zoom), round(height * zoom))
        view, box = self._shown(scene, room, inner, rng)
        levels = optics(light(view.astype(np.float32), rng), rng, _OPTICS_SCALE)
        square = np.full((LOCATE_SIZE, LOCATE_SIZE), FILL, np.uint8)
        x, y = (LOCATE_SIZE - inner[0]) // 2, (LOCATE_SIZE - inner[1]) // 2
        square[y : y + inner[1], x : x + inner[0]] = np.clip(levels, 0, 255).astype(np.uint8)
        return square, None if box is None else Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)

    def _shown(
        self, scene: Scene, room: Scene, size: tuple[int, int], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], Box | None]:
        """A scene as a picture of (width, height).

        Some scenes lie in the middle of a room, so that hands are small: with a hand and without one alike, or their
        borders would give the hand away.
        """
        lies = rng.random() < _IN_ROOM_CHANCE
        if scene.cut_out or (lies and scene.hand is not None):
            return _paste(scene, _room(room.pixels, size, rng), rng)
        if scene.hand is not None:
            return _window(scene, size, rng)
        view = _room(scene.pixels, size, rng)
        if lies:
            height, width = scene.pixels.shape
            middle = Box(0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height)
            view, _ = _paste(Scene(scene.pixels, middle, ""), _room(room.pixels, size, rng), rng)
        return view, None


def _kind(scene: Scene) -> int:
    """Place among the shares: 0 frame, 1 close hand, 2 cut-out hand, 3 no hand."""
    if scene.hand is None:
        return 3
    if scene.cut_out:
        return 2
    hand = max(scene.hand.x1 - scene.hand.x0, scene.hand.y1 - scene.hand.y0)
    # A loose crop is 2.2 times its hand; a frame in which the hand is as large shows it as close.
    return 1 if hand > 0.4 * min(scene.pixels.shape) else 0


def _room(pixels: NDArray[np.uint8], size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A random part of a picture without a hand, filling (width, height)."""
    height, width = pixels.shape
    fits = min(width / size[0], height / size[1])
    part = fits * rng.uniform(*_EMPTY_ZOOM)
    x0, y0 = rng.uniform(0, width - part * size[0]), rng.uniform(0, height - part * size[1])
    mirror = -1 if rng.random() < _MIRROR_CHANCE else 1
    shift = (size[0] if mirror < 0 else 0) - mirror * x0 / part
    matrix = np.array([[mirror / part, 0, shift], [0, 1 / part, -y0 / part]], np.float32)
    return np.asarray(cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE))


class _Turn(NamedTuple):
    """How a hand is shown: a linear map, and in it the hand's centre and half its box, pixels of the view."""

    linear: NDArray[np.float64]
    middle: NDArray[np.float64]
    reach: NDArray[np.float64]


def _turn(hand: Box, zoom: float, rng: np.random.Generator) -> _Turn:
    angle = np.deg2rad(rng.normal(0, _TURN_SIGMA))
    mirror = -1 if rng.random() < _MIRROR_CHANCE else 1
    stretch = np.exp(rng.normal(0, 0.06))
    cosine, sine = np.cos(angle) * zoom, np.sin(angle) * zoom
    linear = np.array([[cosine * mirror * stretch, -sine], [sine * mirror * stretch, cosine]])
    corners = np.array([[x, y] for x in (hand.x0, hand.x1) for y in (hand.y0, hand.y1)]) @ linear.T
    middle = corners.mean(axis=0)
    # The box of a turned box overstates the hand, whose corners are empty: shrink it half the way back.
    plain = np.array([zoom * stretch * (hand.x1 - hand.x0), zoom * (hand.y1 - hand.y0)]) / 2
    return _Turn(linear, middle, (np.abs(corners - middle).max(axis=0) + plain) / 2)


def _warp(pixels: NDArray[np.uint8], matrix: NDArray[np.float32], size: tuple[int, int], zoom: float) -> Any:
    source = pixels
    if zoom < 0.5:  # warping skips pixels when it shrinks: average them first
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.4 / zoom), np.uint8)
    return cv2.warpAffine(source, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _clipped(spot: NDArray[np.float64], reach: NDArray[np.float64], size: tuple[int, int]) -> Box:
    (x0, y0), (x1, y1) = spot - reach, spot + reach
    return Box(max(0, x0), max(0, y0), min(size[0], x1), min(size[1], y1))


def _seen(reach: NDArray[np.float64], size: tuple[int, int]) -> list[tuple[float, float]]:
    """Where a hand's centre may be for most of it to be in the picture, by axis."""
    return [
        (min(0.7 * half, side / 2), max(side - 0.7 * half, side / 2)) for half, side in zip(reach, size, strict=True)
    ]


def _window(scene: Scene, size: tuple[int, int], rng: np.random.Generator) -> tuple[NDArray[np.uint8], Box | None]:
    """A part of a scene that fills the picture and holds its hand."""
    hand = scene.hand
    if hand is None:
        raise ValueError("the scene has no hand")
    height, width = scene.pixels.shape
    long = max(hand.x1 - hand.x0, hand.y1 - hand.y0)
    whole = max(size[0] / width, size[1] / height)
    closest = max(whole, min(HAND_SHARES[1] * min(size) / long, _MOST_ENLARGED))
    if _kind(scene) == 0 and rng.random() < _WHOLE_CHANCE:
        closest = min(closest, _WHOLE_ZOOM * whole)
    zoom = float(np.exp(rng.uniform(np.log(whole), np.log(closest))))
    linear, middle, reach = _turn(hand, zoom, rng)
    corners = np.array([[x, y] for x in (0, width) for y in (0, height)]) @ linear.T
    spot = np.zeros(2)
    for axis, (first, last) in enumerate(_seen(reach, size)):
        # The scene covers the picture from border to border.
        low = middle[axis] + size[axis] - corners[:, axis].max()
        high = max(low, middle[axis] - corners[:, axis].min())
        spot[axis] = np.clip(rng.uniform(min(max(low, first), high), max(min(high, last), low)), low, high)
    matrix = np.column_stack([linear, spot - middle]).astype(np.float32)
    return np.asarray(_warp(scene.pixels, matrix, size, zoom), np.uint8), _clipped(spot, reach, size)


def _paste(scene: Scene, ground: NDArray[np.uint8], rng: np.random.Generator) -> tuple[NDArray[np.uint8], Box | None]:
    """A scene, or the hand alone where it is cut out, at a random size and place before a ground."""
    hand = scene.hand
    if hand is None:
        raise ValueError("the scene has no hand")
    size = (ground.shape[1], ground.shape[0])
    long = max(hand.x1 - hand.x0, hand.y1 - hand.y0)
    lowest = HAND_SHARES[0] if scene.cut_out else 2 * HAND_SHARES[0]
    highest = max(lowest, min(HAND_SHARES[1], _MOST_ENLARGED * long / min(size)))
    zoom = float(np.exp(rng.uniform(np.log(lowest), np.log(highest)))) * min(size) / long
    linear, middle, reach = _turn(hand, zoom, rng)
    spot = np.array([rng.uniform(*span) for span in _seen(reach, size)])
    matrix = np.column_stack([linear, spot - middle]).astype(np.float32)
    covers = (scene.pixels > CUT_OUT_BLACK) if scene.cut_out else np.ones_like(scene.pixels, np.bool_)
    mask = cv2.warpAffine(covers.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    shown = _warp(scene.pixels, matrix, size, zoom) * mask + ground * (1 - mask)
    return np.clip(shown, 0, 255).astype(np.uint8), _clipped(spot, reach, size)


def cells_of(size: int = LOCATE_SIZE) -> NDArray[np.float32]:
    """Centres of the heat map's cells, (rows, columns, 2) as (x, y) in pixels of the view."""
    centers = (np.arange(size // STRIDE, dtype=np.float32) + 0.5) * STRIDE
    return np.stack(np.meshgrid(centers, centers), axis=-1)
