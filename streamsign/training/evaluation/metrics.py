"""Figures of an evaluation, as pure functions of labels and readings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

ECE_BINS = 15
ECE_BIN_IMAGES = 25
"""Pictures for each bin of a signer's calibration error."""

GOOD_SIGNER = 0.9
"""Accuracy above which a signer counts as good."""

BOOTSTRAP_ROUNDS = 2000

Interval = tuple[float, float]
Floats = NDArray[np.float64]


def wilson(right: int, count: int) -> Interval | None:
    """95 % score interval of a share (Wilson 1927).

    Pictures of one signer are not independent: between signers see :func:`signer_bootstrap`.

    Returns:
        Lower and upper bound, or None without observations.
    """
    if count == 0:
        return None
    from scipy.stats import binomtest  # takes long to import, and most commands need no interval

    interval = binomtest(right, count).proportion_ci(0.95, "wilson")
    return float(interval.low), float(interval.high)


class SignerFigures(TypedDict):
    """Figures of a signer group: pictures, accuracy with its interval, calibration error."""

    images: int
    accuracy: float
    accuracy_ci95: Interval | None
    ece: float | None


def signer_figures(right: NDArray[np.bool_], confidence: Floats, groups: Sequence[str]) -> dict[str, SignerFigures]:
    """Figures of every signer group, by name.

    The calibration error of a group has a bin for every ``ECE_BIN_IMAGES`` pictures, at most ``ECE_BINS``: bins of few
    pictures differ from their confidence by chance.

    Args:
        right: (pictures,) whether each was read right.
        confidence: (pictures,) probability of the label that was read.
        groups: (pictures,) names.
    """
    names = np.array(groups, dtype=object)
    figures: dict[str, SignerFigures] = {}
    for name in sorted(set(groups), key=str):
        rows = names == name
        count, hits = int(rows.sum()), int(right[rows].sum())
        bins = int(np.clip(count // ECE_BIN_IMAGES, 1, ECE_BINS))
        figures[name] = {
            "images": count,
            "accuracy": hits / count,
            "accuracy_ci95": wilson(hits, count),
            "ece": expected_calibration_error(confidence[rows], right[rows], bins),
        }
    return figures


def accuracy_by_group(right: NDArray[np.bool_], groups: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Count and share of right readings of every signer group, by name.

    Args:
        right: (pictures,) whether each was read right.
        groups: (pictures,) names.
    """
    names = np.array(groups, dtype=object)
    return {
        name: (int((names == name).sum()), float(right[names == name].mean())) for name in sorted(set(groups), key=str)
    }


def signer_bootstrap(accuracies: Sequence[float], seed: int = 0, rounds: int = BOOTSTRAP_ROUNDS) -> Interval | None:
    """95 % percentile interval of the mean over signers, signers drawn with replacement (Efron 1979).

    Args:
        accuracies: one a signer group.
        seed: of the draws.
        rounds: number of draws.

    Returns:
        Lower and upper bound, or None with fewer than two signers.
    """
    if len(accuracies) < 2:
        return None
    rng = np.random.default_rng(seed)
    values = np.array(accuracies)
    means = values[rng.integers(len(values), size=(rounds, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def confusion(true: NDArray[np.intp], read: NDArray[np.intp], labels: int) -> NDArray[np.int64]:
    """(labels, labels) counts; row = true label, column = label read."""
    counts = np.zeros((labels, labels), np.int64)
    np.add.at(counts, (true, read), 1)
    return counts


def precision_recall_f1(counts: NDArray[np.int64], index: int) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1 of one label of a confusion matrix; None where nothing was read or shown."""
    hits = int(counts[index, index])
    shown, read = int(counts[index].sum()), int(counts[:, index].sum())
    return (
        hits / read if read else None,
        hits / shown if shown else None,
        2 * hits / (read + shown) if shown else None,
    )


def swapped(counts: NDArray[np.int64], one: int, other: int) -> float | None:
    """(one read as other + other read as one) over the pictures of both; None without pictures."""
    shown = int(counts[one].sum() + counts[other].sum())
    return int(counts[one, other] + counts[other, one]) / shown if shown else None


def weighted_f1(counts: NDArray[np.int64]) -> float | None:
    """F1 of every label that was shown, weighted by how often it was shown; None when nothing was."""
    shown = counts.sum(axis=1)
    if not shown.sum():
        return None
    scores = [precision_recall_f1(counts, index)[2] or 0.0 for index in range(len(counts))]
    return float(np.dot(scores, shown) / shown.sum())


def calibration_bins(
    confidence: Floats, right: NDArray[np.bool_], bins: int = ECE_BINS
) -> list[dict[str, float | int]]:
    """Mean confidence and accuracy in bins of equal mass (Nguyen and O'Connor 2015), least confident first.

    Args:
        confidence: (pictures,) probability of the label that was read.
        right: (pictures,) whether it was the true one.
        bins: number of bins; fewer when there are fewer pictures.
    """
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(bins, len(order))) if len(order) else []
    return [
        {"images": len(part), "confidence": float(confidence[part].mean()), "accuracy": float(right[part].mean())}
        for part in parts
    ]


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = ECE_BINS) -> float | None:
    """Mean distance between confidence and accuracy over :func:`calibration_bins`.

    Returns:
        Between 0 and 1; None without pictures.
    """
    rows = calibration_bins(confidence, right, bins)
    if not rows:
        return None
    return sum(row["images"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / len(confidence)
