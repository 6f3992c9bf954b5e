"""Heads of a model's networks for the letters of a folder: strength and temperature by the held-out pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from streamsign.adapting.networks import Features
from streamsign.recognition.pooling import pooled
from streamsign.training.folder.fit import STRENGTHS, Head, fit_head
from streamsign.training.letters.calibrate import Logits, fit_temperature

_SHARES = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Weights of the reader beside the classifier from which the held-out pictures choose."""


@dataclass(frozen=True, slots=True)
class FittedHead:
    """A network's head for all pictures, its temperature folded in, and its readings of the held-out pictures."""

    head: Head
    held_out: Logits
    temperature: float

    def probabilities(self) -> NDArray[np.float32]:
        """(held-out pictures, labels), by the head that was fitted without them."""
        return np.asarray(softmax(self.held_out / self.temperature, axis=1), np.float32)


def fit_calibrated(
    parts: Sequence[Features],
    none: NDArray[np.float16],
    truth: NDArray[np.intp],
    held_truth: NDArray[np.intp],
    groups: Sequence[str],
    labels: int,
) -> FittedHead:
    """Choose the strength on the held-out pictures, then fit to all.

    Args:
        parts: features of the training pictures, as they are and mirrored, then of the held-out ones.
        none: features of what is not a letter.
        truth: (training pictures,) label of each.
        held_truth: (held-out pictures,).
        groups: signer of each held-out picture.
        labels: number of labels, *none* last.
    """
    plain, mirrored, held, held_mirrored = parts
    nones = np.full(len(none), labels - 1)
    features = np.concatenate([plain, mirrored, none])
    targets = np.concatenate([truth, truth, nones])

    def score(head: Head) -> float:
        logs = log_softmax(head.logits(held), axis=1)
        return float(logs[np.arange(len(held)), held_truth].mean())

    trials = [(fit_head(features, targets, labels, strength), strength) for strength in STRENGTHS]
    head, strength = max(trials, key=lambda trial: score(trial[0]))
    logits = head.logits(held)
    temperature = fit_temperature(logits, held_truth.astype(np.int32), groups)
    every = fit_head(
        np.concatenate([features, held, held_mirrored]),
        np.concatenate([targets, held_truth, held_truth]),
        labels,
        strength,
    )
    folded = Head(every.kernel / np.float32(temperature), every.bias / np.float32(temperature))
    return FittedHead(folded, logits, temperature)


def reader_share(read: Sequence[NDArray[np.float32]], truth: NDArray[np.intp]) -> float:
    """Weight of the reader with which the held-out pictures are the most probable."""
    if len(read) == 1:
        return 1.0
    first, second = read
    rows = np.arange(len(truth))
    return max(
        _SHARES, key=lambda share: float(np.log(np.maximum(pooled(first, second, share)[rows, truth], 1e-6)).mean())
    )
