"""The training task of a reader, a larger network that only classifies letters.

It learns every shape of the training pictures, including other hand shapes and pictures without a hand. *None* is the
sum of the shapes that are not letters of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

from streamsign.errors import TrainingError
from streamsign.recognition.pooling import merging
from streamsign.training.backend import load_keras
from streamsign.training.checkpoint import assign, values
from streamsign.training.data.crops import Crop
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters.network import DROPOUT
from streamsign.training.letters.soup import SHARES
from streamsign.training.letters.task import BATCH, SMOOTHING, HeldOut, Validation
from streamsign.training.letters.unfold import GRAPH_SUFFIX
from streamsign.training.networks import LetterNetwork
from streamsign.training.reader.network import reader_network
from streamsign.training.reader.unfold import fold_normalizations

MIXUP = 0.2
"""Both parameters of the Beta distribution of the mixing ratio of two pictures (Zhang et al. 2018, "mixup")."""

OTHERS_SHARE = 0.06
"""Least share of other hand shapes in a batch."""

SURROUNDINGS_SHARE = 0.4
"""Share of the hands without a known outline whose surroundings are replaced, if they may be."""


class Mixed(NamedTuple):
    """The pictures and labels of one training step."""

    patches: NDArray[np.float32]  # (batch, size, size, 1) in −1…1
    targets: NDArray[np.float32]  # (batch, shapes), rows sum to 1


class ReaderTask:
    """The task, for :func:`streamsign.training.loop.train`.

    Args:
        sampler: makes the batches, of the size that its crops were loaded for.
        held_out: (size, size) patches of signers that are not trained on.
        network: which network.
        seed: of the first weights.
        weights: initial weights, see :func:`streamsign.training.reader.network.reader_network`.
        frozen: see :func:`streamsign.training.reader.network.reader_network`. Above 0, batch normalization keeps its
            statistics, scales and offsets everywhere.

    Raises:
        TrainingError: Keras is missing, or the weights do not fit.
    """

    def __init__(
        self,
        sampler: Sampler,
        held_out: HeldOut,
        *,
        network: LetterNetwork,
        seed: int,
        weights: Path | None,
        frozen: int,
    ) -> None:
        keras = load_keras()
        keras.utils.set_random_seed(seed)
        first = sampler.batch(0, BATCH).patches
        self.network = reader_network(network, sampler.shapes, weights, first, frozen)
        # The normalizations of a network with frozen stages are not trainable, so they keep their statistics.
        dropped = keras.layers.Dropout(DROPOUT)(self.network.get_layer("features").output)
        self.learner = keras.Model(self.network.input, self.network.get_layer("shapes")(dropped))
        self._ops, self._name, self._frozen = keras.ops, network, frozen
        self._sampler, self._held_out, self._seed = sampler, held_out, seed

    def batch(self, number: int) -> Mixed:
        """Views of pictures, each mixed with a part of the next one."""
        seen = self._sampler.batch(number, BATCH)
        rng = np.random.default_rng([self._seed, number, 1])
        own = rng.beta(MIXUP, MIXUP, len(seen.patches)).astype(np.float32)
        own = np.maximum(own, 1 - own)
        size = len(self._sampler.shapes)
        truth = np.eye(size, dtype=np.float32)[seen.shapes] * (1 - SMOOTHING) + SMOOTHING / size
        other = np.roll(np.arange(len(own)), 1)
        share = own[:, None]
        return Mixed(
            seen.patches * own[:, None, None, None] + seen.patches[other] * (1 - own[:, None, None, None]),
            truth * share + truth[other] * (1 - share),
        )

    def loss(self, found: Any, *batch: Any) -> Any:
        """Cross-entropy of the smoothed and mixed shapes."""
        return self._ops.mean(self._ops.categorical_crossentropy(Mixed(*batch).targets, found, from_logits=True))

    def judge(self) -> Validation:
        """Read the validation pictures."""
        logits = self.logits(self._held_out.crops)
        return self._held_out.judge(merged(logits, self._sampler.shapes, self._sampler.labels))

    def logits(self, crops: Sequence[Crop]) -> NDArray[np.float32]:
        """(crops, shapes) logits of (size, size) patches."""
        parts = []
        for at in range(0, len(crops), BATCH):
            patches = np.stack([crop.pixels for crop in crops[at : at + BATCH]])[..., None]
            parts.append(self.network.predict_on_batch(patches.astype(np.float32) / 127.5 - 1))
        return np.concatenate(parts)

    def keep_some_of(self, former: Path, notify: Callable[[float, Validation], None]) -> float:
        """Average the former weights with the new ones; the ratio is chosen on validation (WiSE-FT).

        See :mod:`streamsign.training.letters.soup`. The trained network keeps its batch statistics where stages are
        frozen, so that an average of two networks has them too.

        Args:
            former: weights of the same network, see :func:`streamsign.training.reader.network.reader_network`.
            notify: called with each share that was tried, 0 first, and what it is worth.

        Returns:
            The share that was kept.

        Raises:
            TrainingError: the weights do not fit, or the network took new batch statistics.
        """
        require_statistics(self._frozen)
        start = reader_network(
            self._name, self._sampler.shapes, former, self._sampler.batch(0, 1).patches, self._frozen
        )
        if former.suffix == GRAPH_SUFFIX:
            fold_normalizations(self.network)
        old, new = values(start.variables), values(self.network.variables)
        kept, best, weights = 0.0, self.judge(), new
        notify(kept, best)
        for share in SHARES:
            mixed = [share * before + (1 - share) * after for before, after in zip(old, new, strict=True)]
            assign(self.network.variables, mixed)
            seen = self.judge()
            notify(share, seen)
            if seen.score > best.score:
                kept, best, weights = share, seen, mixed
        assign(self.network.variables, weights)
        return kept

    def after(self, share: float) -> bool:
        """The batches do not change during a run."""
        del share
        return False

    def memory(self) -> Mapping[str, NDArray[Any]]:
        """Nothing."""
        return {}

    def remember(self, memory: Mapping[str, NDArray[Any]], share: float) -> None:
        """Nothing."""


def require_statistics(frozen: int) -> None:
    """Check that a network with this number of frozen stages keeps its batch statistics, so that it can be averaged.

    Raises:
        TrainingError: no stage is frozen.
    """
    if not frozen:
        raise TrainingError("An average needs the batch statistics of both networks.", "Pass --frozen as well.")


def merged(logits: NDArray[np.float32], shapes: Sequence[str], labels: Sequence[str]) -> NDArray[np.float32]:
    """Log-probabilities of labels, (pictures, labels), from (pictures, shapes) logits; *none* last.

    Args:
        logits: of the shapes.
        shapes: names of the columns.
        labels: names of the columns that come back.
    """
    logs, member = log_softmax(logits, axis=1), merging(shapes, labels, labels[-1]) > 0
    columns = [logsumexp(logs[:, member[:, index]], axis=1) for index in range(len(labels))]
    return np.stack(columns, axis=1).astype(np.float32)
