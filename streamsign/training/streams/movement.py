"""How alike made and filmed movement are: speed, change of shape, sharpness and uncertainty, held and on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streamsign.training.streams.readings import Readings

Vector = NDArray[np.float64]

QUANTITIES = ("speed", "change", "sharpness", "entropy")
"""Hand sizes a second; one minus the correlation of two patches, per second; focus measure over the 90th percentile of
the stream; entropy of the classifier's probabilities, nats."""

AROUND_S = 0.4
"""Longest time before or after a hold in which the hand is on the way to or from it."""

COURSE_S = (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2)
"""Times relative to the start of a hold at which the course is sampled, seconds."""

_NEAREST_S = 0.05  # a frame further away than this does not count for that time


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """Values of each quantity in some streams.

    Attributes:
        held: (frames,) by quantity, of the frames of holds.
        way: (frames,) by quantity, of the frames between them, and of AROUND_S before the first and after the last.
        course: (holds, times) by quantity, at :data:`COURSE_S` from each start of a hold; NaN where unknown.
    """

    held: dict[str, Vector]
    way: dict[str, Vector]
    course: dict[str, NDArray[np.float64]]


def movement(streams: Sequence[Readings]) -> Movement:
    """Measure streams with the classifier's readings and true holds; frames without a hand are left out."""
    held: dict[str, list[Vector]] = {name: [] for name in QUANTITIES}
    way: dict[str, list[Vector]] = {name: [] for name in QUANTITIES}
    course: dict[str, list[Vector]] = {name: [np.empty((0, len(COURSE_S)))] for name in QUANTITIES}
    for each in streams:
        if not each.truth:
            continue
        starts, ends = (np.array([getattr(hold, edge) for hold in each.truth]) for edge in ("start_s", "end_s"))
        since, until = each.times[:, None] - starts, each.times[:, None] - ends
        inside = ((since >= 0) & (until <= 0)).any(axis=1)
        near = ((since >= -AROUND_S) & (until <= AROUND_S)).any(axis=1)
        wanted = starts[:, None] + np.array(COURSE_S)
        frames = np.abs(each.times[:, None, None] - wanted).argmin(axis=0)
        apart = np.abs(each.times[frames] - wanted) > _NEAREST_S
        for name, values in quantities(each).items():
            known = np.isfinite(values)
            held[name].append(values[known & inside])
            way[name].append(values[known & near & ~inside])
            course[name].append(np.where(apart, np.nan, values[frames]))
    return Movement(
        {name: np.concatenate([*held[name], np.empty(0)]) for name in QUANTITIES},
        {name: np.concatenate([*way[name], np.empty(0)]) for name in QUANTITIES},
        {name: np.concatenate(course[name]) for name in QUANTITIES},
    )


def quantities(readings: Readings) -> dict[str, Vector]:
    """(frames,) of each of :data:`QUANTITIES`; NaN where unknown."""
    sharp = np.isfinite(readings.focus)
    best = float(np.percentile(readings.focus[sharp], 90)) if sharp.any() else np.nan
    probabilities = np.maximum(readings.posterior, 1e-9)
    return {
        "speed": readings.speed,
        "change": readings.change,
        "sharpness": readings.focus / max(best, 1e-9),
        "entropy": -(probabilities * np.log(probabilities)).sum(axis=1),
    }


def distance(one: Vector, other: Vector) -> float | None:
    """Kolmogorov–Smirnov distance of two samples: 0 for the same distribution, 1 for ones that do not overlap.

    None if one of them is empty.
    """
    if not len(one) or not len(other):
        return None
    from scipy.stats import ks_2samp  # takes long to import, and most commands need no distance

    return float(ks_2samp(one, other, method="asymp").statistic)
