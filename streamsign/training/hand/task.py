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
from streamsign.training.backend import load_keras
from streamsign.training.evaluation.finding import SAME_HAND
from streamsign.training.hand.locator_network import build
from streamsign.training.hand.samples import SceneSampler, cells_of
from streamsign.training.hand.scenes import HandScene
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
        TrainingError: Keras is missing, or the weights do not fit.
    """

    def __init__(
        self, sampler: SceneSampler, held_out: Sequence[HandScene], *, seed: int, weights: Path | None
    ) -> None:
        keras = load_keras()
        keras.utils.set_random_seed(seed)
        self._ops = keras.ops
        self.network = self.learner = build(weights, sampler.batch(0, 4 * BATCH).views)
        self._sampler = sampler
        self._held_out = held_out
        boxed = [letterbox(scene.pixels) for scene in held_out]
        self._views = np.stack([view for view, _ in boxed])[..., None]
        self._laid = [laid for _, laid in boxed]
        self._cells = cells_of()

    def batch(self, number: int) -> Batch:
        """Views and boxes, see :meth:`SceneSampler.batch`."""
        return self._sampler.batch(number, BATCH)

    def loss(self, found: Any, views: Any, boxes: Any) -> Any:
        """Focal loss of the heat (Law and Deng 2018, equation 1), and distance of the box in hot cells."""
        del views
        ops = self._ops
        known = ops.isfinite(boxes[:, 0])
        box = ops.where(known[:, None], boxes, ops.array([0.0, 0.0, 8.0, 8.0]))
        center = (box[:, :2] + box[:, 2:]) / 2
        side = ops.maximum(box[:, 2:] - box[:, :2], 4.0)
        away = ops.subtract(center[:, None, None, :], self._cells[None]) / STRIDE
        spread = ops.maximum(SPREAD * side / STRIDE, 0.5)[:, None, None, :]
        known = ops.cast(known, "float32")
        heat = ops.exp(-ops.sum(ops.square(away / spread), axis=-1) / 2) * known[:, None, None]
        # The hottest cell is the center, for every position of the grid.
        peak = ops.max(heat, axis=(1, 2), keepdims=True)
        is_center = ops.cast((heat >= peak) & (peak > 0), "float32")
        probability = ops.clip(ops.sigmoid(found[..., 0]), 1e-4, 1 - 1e-4)
        hit = is_center * ops.square(1 - probability) * ops.log(probability)
        miss = (1 - is_center) * (1 - heat) ** 4 * ops.square(probability) * ops.log(1 - probability)
        hands = ops.maximum(ops.sum(known), 1.0)
        focal = -ops.sum(hit + miss) / hands
        hot = ops.cast(heat > CELL_WEIGHT_FROM * peak, "float32") * heat
        log_side = ops.broadcast_to(ops.log(side / STRIDE)[:, None, None, :], ops.shape(away))
        distance = ops.abs(found[..., 1:3] - away) / ops.maximum(side / STRIDE, 1.0)[:, None, None, :]
        distance = ops.sum(distance + ops.abs(found[..., 3:5] - log_side), axis=-1)
        return focal + BOX_WEIGHT * ops.sum(hot * distance) / ops.maximum(ops.sum(hot), 1.0)

    def cells(self) -> NDArray[np.float32]:
        """The heat maps of the validation scenes, (scenes, 20, 20, 5)."""
        parts = [
            self.network.predict_on_batch(self._views[at : at + 128].astype(np.float32) / 127.5 - 1)
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
