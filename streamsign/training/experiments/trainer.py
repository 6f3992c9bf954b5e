"""Trains a network for a fixed number of steps with Adam: balanced, augmented batches, cosine learning rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from streamsign.errors import TrainingError
from streamsign.training.backend import tensorflow
from streamsign.training.data.augment import augment, swap_background
from streamsign.training.data.mining import MINED_AT, sample_weights
from streamsign.training.experiments.configuration import BATCH, Configuration
from streamsign.training.experiments.data import LABELS, Example
from streamsign.training.experiments.measure import logits_of, scaled

Notify = Callable[[int], None]

WARM_UP_SHARE = 0.1
_SWAP_CHANCE = 0.85  # share of segmented hands; the rest stay on black, as in sampling


class Batches:
    """Draws augmented batches, labels in equal shares. A batch depends only on the seed and its number.

    Args:
        examples: loose crops; every label that has one gets its share.
        seed: decides everything.
    """

    def __init__(self, examples: Sequence[Example], seed: int) -> None:
        self._examples = examples
        self._seed = seed
        self._weights = np.ones(len(examples))
        by_label: dict[int, list[int]] = defaultdict(list)
        for index, example in enumerate(examples):
            by_label[example.label].append(index)
        self._pools = [np.array(pool) for _, pool in sorted(by_label.items())]
        self._rooms = [example for example in examples if not example.holds_hand]

    def weigh(self, weights: NDArray[np.float64]) -> None:
        """Set the weight of each example within its label; (examples,), above 0."""
        self._weights = weights

    def batch(self, number: int, size: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Patches (size, 96, 96, channels) float32 in −1…1, and their labels (size,)."""
        rng = np.random.default_rng([self._seed, number])
        picked = [self._examples[self._pick(rng)] for _ in range(size)]
        views = np.stack([self._view(example, rng) for example in picked])
        return scaled(views), np.array([example.label for example in picked], np.int32)

    def _pick(self, rng: np.random.Generator) -> int:
        pool = self._pools[rng.integers(len(self._pools))]
        weights = self._weights[pool]
        return int(rng.choice(pool, p=weights / weights.sum()))

    def _view(self, example: Example, rng: np.random.Generator) -> NDArray[np.uint8]:
        room = None
        if example.cut_out and self._rooms and rng.random() < _SWAP_CHANCE:
            room = self._rooms[rng.integers(len(self._rooms))]
        seed = rng.integers(2**63)
        planes = []
        for plane in range(example.pixels.shape[-1]):
            same = np.random.default_rng(seed)  # all color channels get the same augmentation
            pixels = example.pixels[..., plane]
            if room is not None:
                pixels = swap_background(pixels, room.pixels[..., plane], same)
            planes.append(augment(pixels, same, holds_hand=example.holds_hand))
        return np.stack(planes, axis=-1)


def rate_at(step: int, steps: int, highest: float) -> float:
    """Learning rate of a step: linear warm-up over the first tenth, then a half cosine to zero."""
    warm = max(1.0, WARM_UP_SHARE * steps)
    return float(highest * min(1.0, (step + 1) / warm) * (0.5 + 0.5 * np.cos(np.pi * step / steps)))


def train(configuration: Configuration, network: Any, examples: Sequence[Example], notify: Notify) -> None:
    """Fit a network in place, ``configuration.steps`` steps of 32 pictures; ``notify`` gets the number of every step.

    Raises:
        TrainingError: the loss became NaN or infinite.
    """
    tf = tensorflow()
    optimizer = tf.keras.optimizers.Adam(configuration.rate)
    optimizer.build(network.trainable_variables)

    def step(patches: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = network(patches, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    compiled = tf.function(step, autograph=False)  # there is no Python control flow to rewrite
    batches = Batches(examples, configuration.seed)
    mined_at = {int(share * configuration.steps) for share in MINED_AT} if configuration.mined else set()
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(batches.batch, 0, BATCH)
        for number in range(configuration.steps):
            patches, labels = ahead.result()
            if number in mined_at:
                batches.weigh(hardness(network, examples))
            ahead = pool.submit(batches.batch, number + 1, BATCH)
            optimizer.learning_rate.assign(rate_at(number, configuration.steps, configuration.rate))
            loss = float(compiled(tf.constant(patches), tf.constant(labels)))
            if not np.isfinite(loss):
                raise TrainingError(f"The loss is {loss} at step {number} of {configuration}.", "Try another --seed.")
            notify(number + 1)


def hardness(network: Any, examples: Sequence[Example]) -> NDArray[np.float64]:
    """Weights of the training pictures, (examples,), as :mod:`streamsign.training.data.mining` gives them."""
    truth = np.array([example.label for example in examples], np.int32)
    logits = logits_of(network, [example.framed for example in examples])
    return sample_weights(softmax(logits, axis=1), truth, LABELS)
