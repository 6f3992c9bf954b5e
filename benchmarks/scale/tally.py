"""What a simulation counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Spread:
    """Loads of all open workers at one moment: the mean, the highest over the mean, and the share within 20 % of it."""

    mean: float
    highest: float
    near: float


def spread_of(loads: Sequence[int]) -> Spread | None:
    """The spread; None without workers or cameras. A load within one camera of the mean is near, however small."""
    if not loads or not any(loads):
        return None
    values = np.asarray(loads, np.float64)
    mean = float(values.mean())
    near = np.abs(values - mean) <= max(0.2 * mean, 1.0)
    return Spread(mean, float(values.max()) / mean, float(near.mean()))


@dataclass(slots=True)
class Tally:
    """Counts of one run. Those of the time before the figures are taken count only where they are conserved.

    Attributes:
        begun, ended, abandoned: cameras that came, that left with a worker, and that left without one.
        counted: of the time in which figures are taken: offers, those refused (503), times that a gateway asked
            again, moves, crashes, and letters.
        silences_s: time without media by reason: "begin", "crash", "machine", "drain".
        letters_late_s: delays of a sample of the letters that waited for NATS.
        spreads: one a minute.
        busiest: most offers that one worker got within a second.
        most_live: most cameras at a time.
        hourly_live: the same in each hour, from 0.
    """

    begun: int = 0
    ended: int = 0
    abandoned: int = 0
    counted: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    silences_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    letters_late_s: list[float] = field(default_factory=list)
    spreads: list[Spread] = field(default_factory=list)
    busiest: int = 0
    most_live: int = 0
    hourly_live: Counter[int] = field(default_factory=Counter)

    @property
    def refused(self) -> float:
        """Share of the offers that were answered 503."""
        return self.counted["refused"] / self.counted["offers"] if self.counted["offers"] else 0.0

    def quantiles_s(self, *reasons: str) -> tuple[float, float, float] | None:
        """p50, p95 and p99 of the time without media for these reasons; None when it did not happen."""
        samples = [each for reason in reasons for each in self.silences_s.get(reason, [])]
        return quantiles(samples)


def quantiles(samples: Sequence[float]) -> tuple[float, float, float] | None:
    """p50, p95 and p99; None without samples."""
    if not samples:
        return None
    p50, p95, p99 = (float(value) for value in np.percentile(np.asarray(samples, np.float64), (50, 95, 99)))
    return p50, p95, p99
