"""What the closer look learns from: windows round hands, cut as serving cuts them, and round what is taken for one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.crop import Box
from streamsign.recognition.locate import CLOSER_SIZE, closer_window, letterbox
from streamsign.training.hand.samples import Target, target
from streamsign.training.hand.scenes import Scene
from streamsign.training.hand.views import View, clipped, distracted, paste, room_of, squared, turn, warp

EMPTY_SHARE = 0.4
"""Share of a batch that shows no hand."""

MISTAKEN_SHARE = 0.6
"""Share of those that show what the first look took for a hand; the rest is any part of a picture without one."""

OFF = 0.12
"""Standard deviation of where the window is, and of the logarithm of how large, in hand sizes: the first look's box is
a guess, and a hand has moved since it was last seen."""

FAR_OFF_CHANCE, FAR_OFF = 0.25, 0.45
"""Chance that it moved fast, and how far at most."""

DISTRACTED = 0.4
"""Chance of a piece of another picture in a window, beside its hand or where one would be."""

_DISTRACTION_SHARES = (0.15, 0.6)

_WINDOWS = (0.15, 0.9)
"""Longer side of an imagined hand where there is none, over the shorter side of the picture."""

_ROOM = (320, 240)
_LEAST_PX = 16

Mistakes = Sequence[tuple[Scene, Box]]
"""Scenes without a hand, and what the first look took for one."""


class CloserSampler:
    """Draws balanced, augmented windows. Batch ``n`` depends on the seed and ``n`` alone, so a run can resume.

    Args:
        scenes: with and without a hand.
        mistakes: of the first look on them.
        seed: of the draws.
    """

    def __init__(self, scenes: Sequence[Scene], mistakes: Mistakes, seed: int) -> None:
        self.size = CLOSER_SIZE
        self._seed = seed
        self._mistakes = _by_group([(scene, scene.group, box) for scene, box in mistakes])
        self._hands = _by_group([(scene, scene.group, scene.hand) for scene in scenes if scene.hand is not None])
        self._empty = _by_group([(scene, scene.group, None) for scene in scenes if scene.hand is None])

    def batch(self, number: int, size: int) -> Target:
        """Batch ``number``."""
        rng = np.random.default_rng([self._seed, number])
        return target([self._sample(rng) for _ in range(size)])

    def _sample(self, rng: np.random.Generator) -> View:
        if rng.random() >= EMPTY_SHARE:
            scene, hand = _pick(self._hands, rng)
            if scene.cut_out:
                pixels, hand = paste(scene, room_of(_pick(self._empty, rng)[0].pixels, _ROOM, rng), rng)
                scene = replace(scene, pixels=pixels, hand=hand)
        elif self._mistakes and rng.random() < MISTAKEN_SHARE:
            scene, hand = _pick(self._mistakes, rng)
        else:
            scene, _ = _pick(self._empty, rng)
            hand = anywhere(scene.pixels, rng)
        if hand is None:
            raise ValueError("nothing to look at")
        view = _shown(around(scene, hand, rng), self.size, rng)
        if rng.random() < DISTRACTED:
            share = float(rng.uniform(*_DISTRACTION_SHARES))
            view = distracted(view, _pick(self._empty, rng)[0].pixels, rng, share)
        return squared(view, self.size, rng)


_Pools = list[list[tuple[Scene, Box | None]]]


def _by_group(found: Sequence[tuple[Scene, str, Box | None]]) -> _Pools:
    pools: dict[str, list[tuple[Scene, Box | None]]] = defaultdict(list)
    for scene, group, box in found:
        pools[group].append((scene, box))
    return list(pools.values())


def _pick(pools: _Pools, rng: np.random.Generator) -> tuple[Scene, Box | None]:
    pool = pools[rng.integers(len(pools))]
    return pool[rng.integers(len(pool))]


def anywhere(pixels: NDArray[np.uint8], rng: np.random.Generator) -> Box:
    """The box of a hand that is not there, at a random place of a picture (height, width)."""
    height, width = pixels.shape
    half = rng.uniform(*_WINDOWS) * min(height, width) / 2
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    return Box(x - half, y - half, x + half, y + half)


def around(scene: Scene, hand: Box, rng: np.random.Generator) -> Scene:
    """The window of a closer look at about where a hand is: a scene of its own, with the scene's hand if it has one."""
    long = max(hand.x1 - hand.x0, hand.y1 - hand.y0)
    spread = rng.uniform(-FAR_OFF, FAR_OFF, 2) if rng.random() < FAR_OFF_CHANCE else rng.normal(0, OFF, 2)
    x, y = np.array([hand.x0 + hand.x1, hand.y0 + hand.y1]) / 2 + long * spread
    half = long * float(np.exp(rng.normal(0, OFF))) / 2
    rows, columns = closer_window(scene.pixels.shape, Box(x - half, y - half, x + half, y + half))
    if min(rows.stop - rows.start, columns.stop - columns.start) < _LEAST_PX:
        return scene
    there = scene.hand
    if there is not None:
        left, top = columns.start, rows.start
        there = Box(there.x0 - left, there.y0 - top, there.x1 - left, there.y1 - top)
    return Scene(np.ascontiguousarray(scene.pixels[rows, columns]), there, scene.group)


def windows(scenes: Sequence[Scene], mistakes: Mistakes, seed: int) -> list[Scene]:
    """What the closer look is judged by: a window for each scene, and for each mistake of the first look."""
    rng = np.random.default_rng(seed)
    looked = [(scene, scene.hand or anywhere(scene.pixels, rng)) for scene in scenes]
    return [around(scene, hand, rng) for scene, hand in (*looked, *mistakes)]


def _shown(scene: Scene, size: int, rng: np.random.Generator) -> View:
    """A window as large as its view, turned and half the time mirrored."""
    height, width = scene.pixels.shape
    _, laid = letterbox(scene.pixels, size)
    inner = (max(1, round(width * laid.zoom)), max(1, round(height * laid.zoom)))
    hand = scene.hand or Box(0, 0, width, height)
    linear, middle, reach = turn(hand, laid.zoom, rng)
    shift = np.array(inner) / 2 - linear @ (np.array([width, height]) / 2)
    matrix = np.column_stack([linear, shift]).astype(np.float32)
    view = np.asarray(warp(scene.pixels, matrix, inner, laid.zoom), np.uint8)
    return view, None if scene.hand is None else clipped(middle + shift, reach, inner)
