"""Calibrates probabilities and chooses thresholds, on the validation split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

LOWEST_THRESHOLD = 0.5
MOST_FALSE = 0.03
"""Share of validation pictures without a letter of the model that may still be read as one."""

MOST_LOST = 0.02
"""Share of a letter's pictures that its threshold may reject."""

HARD_SIGNERS = 1 / 3
"""Share of the validation signers, those with the lowest accuracy, that the temperature is fitted to."""

MOST_HANDS_LOST = 0.025
"""Share of the validation pictures with a hand that the classifier may reject on one patch. The locator's odds and
further views are added (:mod:`streamsign.recognition.hand_search`): with them a hand is found in 0.7 % of the
validation pictures without one, and 98.6 % of the hands are found."""

UNSEEN = 0.5
"""Weight of the uniform readings that :func:`confusion_shares` adds, in signers."""

Logits = NDArray[np.float32]


def fit_temperature(logits: Logits, labels: NDArray[np.int32], groups: Sequence[str]) -> float:
    """The temperature T with the greatest likelihood of softmax(logits / T) (Guo et al. 2017, section 4.2).

    The weights were chosen on these signers, so other people are read less well, and a temperature fitted to all of
    them would be overconfident. It is fitted to those with the lowest accuracy (``HARD_SIGNERS``).

    Args:
        logits: (pictures, labels), *none* last.
        labels: (pictures,) index of the true label; pictures of a letter count.
        groups: (pictures,) names of signer groups, which have equal weight.

    Returns:
        T, between 0.2 and 5; 1 if no picture shows a letter.
    """
    letter, names = labels < logits.shape[1] - 1, np.array(groups)
    of_group = [letter & (names == name) for name in sorted(set(names[letter]))]
    if not of_group:
        return 1.0
    right = logits.argmax(axis=1) == labels
    of_group.sort(key=lambda rows: float(right[rows].mean()))
    hard = of_group[: max(1, round(HARD_SIGNERS * len(of_group)))]
    weight = np.sum([rows / rows.sum() for rows in hard], axis=0)

    def loss(log_temperature: float) -> float:
        scores = log_softmax(logits.astype(np.float64) / np.exp(log_temperature), axis=1)
        return float(-weight @ scores[np.arange(len(labels)), labels])

    found = minimize_scalar(loss, bounds=(np.log(0.2), np.log(5)), method="bounded")
    return float(np.exp(found.x))


def fit_thresholds(
    logits: Logits, labels: NDArray[np.int32], letters: Sequence[str], temperature: float
) -> dict[str, float]:
    """For each letter, the lowest threshold with few false letters.

    Each letter may have ``MOST_FALSE`` / letters false ones. A threshold is not raised further if it would reject more
    than ``MOST_LOST`` of the letter's pictures.

    Args:
        logits: (pictures, letters + 1), *none* last.
        labels: (pictures,).
        letters: names of all outputs but the last.
        temperature: from :func:`fit_temperature`.
    """
    probabilities = softmax(logits.astype(np.float64) / temperature, axis=1)
    best = probabilities.argmax(axis=1)
    none = labels == len(letters)
    thresholds: dict[str, float] = {}
    for index, letter in enumerate(letters):
        false = np.sort(probabilities[none & (best == index), index])
        allowed = int(MOST_FALSE / len(letters) * none.sum())
        wanted = float(false[-1 - allowed]) + 1e-3 if len(false) > allowed else 0.0
        own = probabilities[(labels == index) & (best == index), index]
        bearable = float(np.quantile(own, MOST_LOST)) if own.size else LOWEST_THRESHOLD
        thresholds[letter] = round(max(LOWEST_THRESHOLD, min(wanted, bearable, 0.99)), 3)
    return thresholds


def fit_presence(presence: NDArray[np.float32], there: NDArray[np.bool_]) -> float:
    """The threshold of a hand's presence: the highest that rejects few hands.

    Args:
        presence: (pictures,) probability of a hand.
        there: (pictures,) whether there is one.
    """
    if not there.any():
        return 0.5
    return round(float(np.clip(np.quantile(presence[there], MOST_HANDS_LOST), 0.5, 0.995)), 3)


def confusion_shares(logits: Logits, labels: NDArray[np.int32], groups: Sequence[str]) -> list[list[float]]:
    """P(label read | label shown), the confusions that the temporal filter expects.

    Signer groups have equal weight, and ``UNSEEN`` signers with uniform readings are added (Laplace smoothing), because
    a confusion that is absent on validation is rare, not impossible.

    Args:
        logits: (pictures, labels).
        labels: (pictures,) index of the true label.
        groups: (pictures,) names of signer groups.

    Returns:
        (labels, labels), rows sum to 1.
    """
    size = logits.shape[1]
    read, names = logits.argmax(axis=1), np.array(groups)
    rows = []
    for shown in range(size):
        mine = labels == shown
        shares = [
            np.bincount(read[mine & (names == name)], minlength=size) / (mine & (names == name)).sum()
            for name in sorted(set(names[mine]))
        ]
        total = np.sum(shares, axis=0) + UNSEEN / size if shares else np.full(size, 1.0)
        rows.append([round(float(share), 6) for share in total / total.sum()])
    return rows
