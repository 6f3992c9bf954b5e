"""Probabilities of several networks as those of one model's labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MIN_PROBABILITY = 1e-6
"""Probabilities are clipped to this before their logarithm is taken."""


def merging(
    outputs: Sequence[str], labels: Sequence[str], none_label: str, none_factor: float = 1.0
) -> NDArray[np.float32]:
    """How a graph's outputs add up to a model's labels: (outputs, labels) weights for :func:`merge`.

    Args:
        outputs: names of the graph's outputs. One that is not a label counts for *none*.
        labels: of the model.
        none_label: the label *none*.
        none_factor: of the probability of *none*. A network that was trained with another share of *none* than the
            model expects gives other odds; the factor is their ratio (Saerens et al. 2002).
    """
    none = labels.index(none_label)
    weights = np.zeros((len(outputs), len(labels)), np.float32)
    for row, name in enumerate(outputs):
        column = labels.index(name) if name in labels else none
        weights[row, column] = none_factor if column == none else 1.0
    return weights


def merge(probabilities: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of a model's labels, (..., labels), each row summing to 1.

    Args:
        probabilities: (..., outputs).
        weights: (outputs, labels), from :func:`merging`.
    """
    summed = np.matmul(probabilities, weights)
    return np.asarray(summed / summed.sum(axis=-1, keepdims=True), np.float32)


def pooled(classified: NDArray[np.float32], read: NDArray[np.float32], reader_share: float) -> NDArray[np.float32]:
    """Both networks' probabilities of one patch as one: their weighted geometric mean.

    The logarithmic opinion pool of Genest and Zidek (1986).

    Args:
        classified: (..., labels) by the classifier.
        read: (..., labels) by the reader.
        reader_share: weight of the reader, 0–1.
    """
    logs = (1 - reader_share) * np.log(np.maximum(classified, _MIN_PROBABILITY))
    logs += reader_share * np.log(np.maximum(read, _MIN_PROBABILITY))
    product = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(product / product.sum(axis=-1, keepdims=True), np.float32)
