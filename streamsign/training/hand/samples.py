"""Draws the locator's batches: frames, close hands, hands pasted on other pictures, pictures without a hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import LOCATE_SIZE, STRIDE
from streamsign.training.hand.scenes import HandScene
from streamsign.training.hand.views import View, is_close, paste, room_of, squared, window

FRAME_SHARE, CLOSE_SHARE, PASTED_SHARE, EMPTY_SHARE = 0.4, 0.26, 0.14, 0.2
"""Shares of a batch: frames, loose crops (close hands), hands pasted on rooms, no hand."""

ASPECTS = ((4, 3), (3, 4), (16, 9), (9, 16), (1, 1))
_ASPECT_CHANCES = (0.4, 0.25, 0.15, 0.1, 0.1)
_OWN_ASPECT_CHANCE = 0.7
_IN_ROOM_CHANCE = 0.12

HARD_LETTERS = "CDGHIPQX"
"""Letters whose boxes are found worst on the validation signers: fingers point sideways, down, or one is raised."""

HARD_WEIGHT = 3
"""How many times as often as another picture of its signer one of ``HARD_LETTERS`` is drawn."""


class Target(NamedTuple):
    """A batch: views (size, 160, 160, 1) float32 in −1…1; boxes (size, 4) in pixels of the view, NaN for no hand."""

    views: NDArray[np.float32]
    boxes: NDArray[np.float32]


class SceneSampler:
    """Draws balanced, augmented batches. Batch ``n`` depends only on the seed and ``n``, so a run can resume.

    Raises:
        TrainingError: the frames with a hand, or the pictures without one, are missing.
    """

    def __init__(self, scenes: Sequence[HandScene], seed: int) -> None:
        self._seed = seed
        self._scenes = scenes
        kinds: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, scene in enumerate(scenes):
            times = HARD_WEIGHT if scene.letter and scene.letter in HARD_LETTERS else 1
            kinds[_kind(scene)][scene.group] += [index] * times
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

    def _pick(self, kind: int, rng: np.random.Generator) -> HandScene:
        pools = self._pools[kind]
        pool = pools[rng.integers(len(pools))]
        return self._scenes[pool[rng.integers(len(pool))]]

    def _sample(self, rng: np.random.Generator) -> View:
        kind = int(rng.choice(4, p=self._shares))
        scene, room = self._pick(kind, rng), self._pick(3, rng)
        height, width = scene.pixels.shape
        if scene.cut_out or rng.random() >= _OWN_ASPECT_CHANCE:
            width, height = ASPECTS[int(rng.choice(len(ASPECTS), p=_ASPECT_CHANCES))]
        zoom = LOCATE_SIZE / max(width, height)
        view = self._shown(scene, room, (round(width * zoom), round(height * zoom)), rng)
        return squared(view, LOCATE_SIZE, rng)

    def _shown(self, scene: HandScene, room: HandScene, size: tuple[int, int], rng: np.random.Generator) -> View:
        """A scene as a picture of (width, height).

        Some scenes are placed in the middle of a room, so that hands are small. This is done to scenes with and without
        a hand, so that the borders do not reveal a hand.
        """
        lies = rng.random() < _IN_ROOM_CHANCE
        if scene.cut_out or (lies and scene.hand is not None):
            return paste(scene, room_of(room.pixels, size, rng), rng)
        if scene.hand is not None:
            return window(scene, size, rng)
        view = room_of(scene.pixels, size, rng)
        if lies:
            height, width = scene.pixels.shape
            middle = Box(0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height)
            view, _ = paste(HandScene(scene.pixels, middle, ""), room_of(room.pixels, size, rng), rng)
        return view, None


def _kind(scene: HandScene) -> int:
    """Index of the share: 0 frame, 1 close hand, 2 pasted hand, 3 no hand."""
    if scene.hand is None:
        return 3
    return 2 if scene.cut_out else int(is_close(scene))


def cells_of(size: int = LOCATE_SIZE) -> NDArray[np.float32]:
    """Centers of the heat map's cells, (rows, columns, 2) as (x, y) in pixels of the view."""
    centers = (np.arange(size // STRIDE, dtype=np.float32) + 0.5) * STRIDE
    return np.stack(np.meshgrid(centers, centers), axis=-1)
