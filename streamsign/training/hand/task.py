"""The training task of the locator: its loss, and its score on frames of validation signers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import STRIDE, Letterbox, decode, letterbox
from streamsign.training.evaluation.finding import SAME_HAND
from streamsign.training.hand.locator_network import build
from streamsign.training.hand.samples import SceneSampler, cells_of
from streamsign.training.hand.scenes import HandScene
from streamsign.training.letters.network import tensorflow
from streamsign.training.loop import Batch

BATCH = 32
SPREAD = 0.18
"""Standard deviation of the heat around a center, over the box's side; at least half a cell."""

CELL_WEIGHT_FROM = 0.3
"""Heat from which a cell also learns the box: the hottest cell is not always that of the center."""

BOX_WEIGHT = 1.0
FALSE_WEIGHT = 0.5
"""Cost of a false hand, where a missed hand costs 1."""


@dataclass(frozen=True, slots=True)
class LocatorScore:
    """Figures of the weights on validation, at one threshold."""

    recall: float
    false_hands: float
    overlap: float

    @property
    def score(self) -> float:
        """The score by which the best weights are chosen."""
        return self.recall + 0.25 * self.overlap - FALSE_WEIGHT * self.false_hands

    def __str__(self) -> str:
        """The figures as one line."""
        return (
            f"validation: {self.recall:.1%} of hands found (mean over signers, overlap {self.overlap:.2f}), "
            f"a hand found in {self.false_hands:.1%} of pictures without one"
        )


class Hands:
    """The task, for :func:`streamsign.training.loop.train`.

    Raises:
        TrainingError: TensorFlow is missing, or the weights do not fit.
    """

    def __init__(
        self, sampler: SceneSampler, held_out: Sequence[HandScene], *, seed: int, weights: Path | None
    ) -> None:
        self._tf = tensorflow()
        self._tf.keras.utils.set_random_seed(seed)
        self.network = build(weights, sampler.batch(0, 4 * BATCH).views)
        self._sampler = sampler
        self._held_out = held_out
        boxed = [letterbox(scene.pixels) for scene in held_out]
        self._views = np.stack([view for view, _ in boxed])[..., None]
        self._laid = [laid for _, laid in boxed]
        self._cells = cells_of()
        self._forward = self._tf.function(lambda views: self.network(views, training=False), autograph=False)

    def batch(self, number: int) -> Batch:
        """Views and boxes, see :meth:`SceneSampler.batch`."""
        return self._sampler.batch(number, BATCH)

    def loss(self, views: Any, boxes: Any) -> Any:
        """Focal loss of the heat (Law and Deng 2018, equation 1), and distance of the box in hot cells."""
        tf = self._tf
        found = self.network(views, training=True)
        known = tf.math.is_finite(boxes[:, 0])
        box = tf.where(known[:, None], boxes, tf.constant([0.0, 0.0, 8.0, 8.0]))
        center = (box[:, :2] + box[:, 2:]) / 2
        side = tf.maximum(box[:, 2:] - box[:, :2], 4.0)
        away = (center[:, None, None, :] - self._cells[None]) / STRIDE
        spread = tf.maximum(SPREAD * side / STRIDE, 0.5)[:, None, None, :]
        heat = tf.exp(-tf.reduce_sum(tf.square(away / spread), axis=-1) / 2)
        heat *= tf.cast(known, tf.float32)[:, None, None]
        # The hottest cell is the center, for every position of the grid.
        peak = tf.reduce_max(heat, axis=(1, 2), keepdims=True)
        is_center = tf.cast((heat >= peak) & (peak > 0), tf.float32)
        probability = tf.clip_by_value(tf.sigmoid(found[..., 0]), 1e-4, 1 - 1e-4)
        hit = is_center * tf.square(1 - probability) * tf.math.log(probability)
        miss = (1 - is_center) * (1 - heat) ** 4 * tf.square(probability) * tf.math.log(1 - probability)
        hands = tf.maximum(tf.reduce_sum(tf.cast(known, tf.float32)), 1.0)
        focal = -tf.reduce_sum(hit + miss) / hands
        hot = tf.cast(heat > CELL_WEIGHT_FROM * peak, tf.float32) * heat
        log_side = tf.broadcast_to(tf.math.log(side / STRIDE)[:, None, None, :], tf.shape(away))
        distance = tf.abs(found[..., 1:3] - away) / tf.maximum(side / STRIDE, 1.0)[:, None, None, :]
        distance = tf.reduce_sum(distance + tf.abs(found[..., 3:5] - log_side), axis=-1)
        return focal + BOX_WEIGHT * tf.reduce_sum(hot * distance) / tf.maximum(tf.reduce_sum(hot), 1.0)

    def cells(self) -> NDArray[np.float32]:
        """The heat maps of the validation scenes, (scenes, 20, 20, 5)."""
        parts = [
            self._forward(self._tf.constant(self._views[at : at + 128].astype(np.float32) / 127.5 - 1)).numpy()
            for at in range(0, len(self._views), 128)
        ]
        return np.concatenate(parts)

    def judge(self) -> LocatorScore:
        """Find the validation hands and score them."""
        return judge(self.cells(), self._laid, self._held_out)

    def after(self, share: float) -> bool:
        """The batches do not change during a run."""
        return False

    def memory(self) -> Mapping[str, NDArray[Any]]:
        """Nothing."""
        return {}

    def remember(self, memory: Mapping[str, NDArray[Any]], share: float) -> None:
        """Nothing."""


def judge(
    cells: NDArray[np.float32], laid: Sequence[Letterbox], scenes: Sequence[HandScene], threshold: float = 0.5
) -> LocatorScore:
    """Scores the hands found in one view of each scene.

    Args:
        cells: (scenes, rows, columns, 5).
        laid: position of each scene in its view.
        scenes: with boxes in their own pixels.
        threshold: least score of a hand.
    """
    found = [decode(map_, lies, max_hands=1, min_score=threshold) for map_, lies in zip(cells, laid, strict=True)]
    return judge_found([hands[0].box if hands else None for hands in found], scenes)


def judge_found(found: Sequence[Box | None], scenes: Sequence[HandScene]) -> LocatorScore:
    """Share of hands found, mean over signers; their overlap; share of hand-free pictures with a found hand.

    Args:
        found: box of each scene's hand, in its pixels; None where none was found.
        scenes: with boxes.
    """
    overlaps: dict[str, list[float]] = {}
    false = []
    for box, scene in zip(found, scenes, strict=True):
        if scene.hand is None:
            false.append(box is not None)
        else:
            height, width = scene.pixels.shape
            shared = 0.0 if box is None else _inside(box, width, height).iou(scene.hand)
            overlaps.setdefault(scene.group, []).append(shared)
    recalls = [float(np.mean([each >= SAME_HAND for each in group])) for group in overlaps.values()]
    return LocatorScore(
        recall=float(np.mean(recalls)) if recalls else 0.0,
        false_hands=float(np.mean(false)) if false else 0.0,
        overlap=float(np.mean([np.mean(group) for group in overlaps.values()])) if overlaps else 0.0,
    )


def _inside(box: Box, width: int, height: int) -> Box:
    return Box(max(0.0, box.x0), max(0.0, box.y0), min(float(width), box.x1), min(float(height), box.y1))
