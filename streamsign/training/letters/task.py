"""The training task of the classifier: its network, its loss, and its score on validation signers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from streamsign.errors import TrainingError
from streamsign.training.backend import load_keras
from streamsign.training.data.augment import plain_view
from streamsign.training.data.crops import HAND_FREE, Crop, signer_groups
from streamsign.training.data.mining import MINED_AT, sample_weights
from streamsign.training.data.sampling import Batch, Sampler
from streamsign.training.letters.network import WIDTH, build

_LABELS, _SHAPES, _JOINTS, _HAND = range(4)  # the network's outputs

BATCH = 64
SMOOTHING = 0.05
SHAPES_WEIGHT = 0.5
JOINTS_WEIGHT = 2.0
"""Weight of the joints' mean squared distance, in nats of the letter for one squared hand size."""

HAND_WEIGHT = 0.5
"""Weight of the hand's presence, in nats of the letter for one nat."""

BOX_WEIGHT, BOX_BEND = 8.0, 0.05
"""Weight of the box's error, in nats of the letter for one hand size, and the error below which it is squared (Huber
1964), because the boxes come from a detector."""

NONE_WEIGHT = 0.5
"""Cost of a false letter in the choice of the best weights, where a missed letter costs 1."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Result on the validation split: logits (pictures, labels) and two figures computed from them.

    ``presence`` (pictures,) is the probability of a hand; empty if only letters were read.
    """

    logits: NDArray[np.float32]
    macro: float
    false_letters: float
    presence: NDArray[np.float32]

    @property
    def score(self) -> float:
        """The score by which the best weights are chosen."""
        return self.macro - NONE_WEIGHT * self.false_letters

    def __str__(self) -> str:
        """The figures as one line."""
        return (
            f"validation {self.macro:.3f} over the letters (mean over signers), "
            f"{self.false_letters:.1%} of other pictures read as a letter"
        )


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Pictures of signers that are not trained on; ``labels`` (pictures,) and signer ``groups`` belong to ``crops``."""

    crops: Sequence[Crop]
    labels: NDArray[np.int32]
    groups: Sequence[str]

    @property
    def there(self) -> NDArray[np.bool_]:
        """(pictures,) whether there is a hand."""
        return np.array([crop.shape != HAND_FREE for crop in self.crops], np.bool_)

    def judge(self, logits: NDArray[np.float32]) -> Validation:
        """Validate (pictures, labels) logits or probabilities."""
        return validate(logits, self.labels, self.groups)


def hold_out(labels: Sequence[str], crops: Sequence[Crop]) -> HeldOut:
    """Label and group validation pictures.

    Args:
        labels: of the model, *none* last; all other shapes count as *none*.
        crops: the pictures.

    Raises:
        TrainingError: none of them shows a letter.
    """
    none = len(labels) - 1
    index_of = {letter: index for index, letter in enumerate(labels[:none])}
    truth = np.array([index_of.get(crop.shape, none) for crop in crops], np.int32)
    if not (truth < none).any():
        raise TrainingError("No validation picture shows a letter of the model.", "Mark some signers' rows 'val'.")
    groups = signer_groups([crop.signer for crop in crops], [crop.source for crop in crops])
    return HeldOut(crops, truth, groups)


def validate(logits: NDArray[np.float32], labels: NDArray[np.int32], groups: Sequence[str]) -> Validation:
    """Accuracy over the letters with all outputs, mean over signer groups; share of *none* read as a letter.

    Args:
        logits: (pictures, labels), *none* last.
        labels: (pictures,).
        groups: (pictures,) signer groups.
    """
    none = logits.shape[1] - 1
    read, letter = logits.argmax(axis=1), labels < none
    names = np.array(groups)
    right = [float((read == labels)[letter & (names == name)].mean()) for name in sorted(set(names[letter]))]
    false = float((read[~letter] < none).mean()) if (~letter).any() else 0.0
    return Validation(logits, float(np.mean(right)) if right else 0.0, false, np.zeros(0, np.float32))


class Letters:
    """The task, for :func:`streamsign.training.loop.train`.

    Args:
        sampler: makes the batches.
        held_out: (96, 96) patches of signers that are not trained on.
        seed: of the first weights.
        weights: initial weights, see :func:`streamsign.training.letters.network.build`.
        mine: draw hard pictures more often, see :mod:`streamsign.training.data.mining`.
        width: see :func:`streamsign.training.letters.network.build`.

    Raises:
        TrainingError: Keras is missing, or the weights do not fit.
    """

    def __init__(
        self,
        sampler: Sampler,
        held_out: HeldOut,
        *,
        seed: int,
        weights: Path | None,
        mine: bool,
        width: float = WIDTH,
    ) -> None:
        keras = load_keras()
        keras.utils.set_random_seed(seed)
        self._ops = keras.ops
        first = sampler.batch(0, 4 * BATCH).patches
        self.network = self.learner = build(len(sampler.labels), len(sampler.shapes), weights, first, width)
        self.width = width
        self._sampler = sampler
        self._held_out = held_out
        self._patches = np.stack([crop.pixels for crop in held_out.crops])[..., None]
        self._learn_joints = sampler.knows_joints
        self._mine_at = list(MINED_AT) if mine else []
        self._sample_weights: NDArray[np.float64] | None = None

    def batch(self, number: int) -> Batch:
        """Patches, labels and shapes, see :meth:`Sampler.batch`."""
        return self._sampler.batch(number, BATCH)

    def loss(self, found: Any, *batch: Any) -> Any:
        """Smoothed cross-entropy of both kinds of labels (Szegedy et al. 2016, section 7), joints, and the hand."""
        ops, seen = self._ops, Batch(*batch)
        label_logits, shape_logits, joints, hand = found
        loss = self._cross_entropy(seen.labels, label_logits)
        loss = ops.mean(seen.counts * (loss + SHAPES_WEIGHT * self._cross_entropy(seen.shapes, shape_logits)))
        there = ops.binary_crossentropy(seen.hands, hand[:, 0], from_logits=True)
        box = ops.mean(_huber(ops, hand[:, 1:] - seen.boxes), axis=1)
        loss = loss + ops.mean(HAND_WEIGHT * there + BOX_WEIGHT * seen.boxed * box)
        if not self._learn_joints:
            return loss
        apart = ops.sum(ops.square(ops.reshape(joints, ops.shape(seen.joints)) - seen.joints), axis=2)
        return loss + JOINTS_WEIGHT * ops.mean(seen.known * ops.mean(apart, axis=1))

    def _cross_entropy(self, truth: Any, logits: Any) -> Any:
        size = logits.shape[-1]
        smooth = self._ops.one_hot(truth, size) * (1 - SMOOTHING) + SMOOTHING / size
        return self._ops.categorical_crossentropy(smooth, logits, from_logits=True)

    def judge(self) -> Validation:
        """Read the validation pictures."""
        logits, hand = self._outputs(self._patches, _LABELS, _HAND)
        return replace(self._held_out.judge(logits), presence=expit(hand[:, 0]))

    def after(self, share: float) -> bool:
        """Find the hard pictures again at set shares of a run."""
        if not self._mine_at or share < self._mine_at[0]:
            return False
        self._mine_at.pop(0)
        crops, shapes = self._sampler.crops, self._sampler.shapes
        (logits,) = self._outputs(np.stack([plain_view(crop.pixels) for crop in crops])[..., None], _SHAPES)
        truth = np.array([shapes.index(crop.shape) for crop in crops], np.int32)
        self._sample_weights = sample_weights(softmax(logits, axis=1), truth, shapes)
        self._sampler.weigh(self._sample_weights)
        return True

    def memory(self) -> Mapping[str, NDArray[Any]]:
        """The weights of hard pictures."""
        return {} if self._sample_weights is None else {"sample_weights": self._sample_weights}

    def remember(self, memory: Mapping[str, NDArray[Any]], share: float) -> None:
        """Restore the weights of hard pictures."""
        self._mine_at = [later for later in self._mine_at if later > share]
        if "sample_weights" in memory:
            self._sample_weights = memory["sample_weights"]
            self._sampler.weigh(self._sample_weights)

    def _outputs(self, patches: NDArray[np.uint8], *heads: int) -> list[NDArray[np.float32]]:
        """Outputs of some heads for (pictures, 96, 96, 1) uint8, 256 at a time."""
        parts = []
        for at in range(0, len(patches), 256):
            outputs = self.network.predict_on_batch(patches[at : at + 256].astype(np.float32) / 127.5 - 1)
            parts.append([outputs[head] for head in heads])
        return [np.concatenate(part) for part in zip(*parts, strict=True)]


def _huber(ops: Any, error: Any) -> Any:
    size = ops.abs(error)
    return ops.where(size < BOX_BEND, ops.square(error) / (2 * BOX_BEND), size - BOX_BEND / 2)
