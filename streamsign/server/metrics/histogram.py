"""A histogram of durations over a sliding window and since its start, in the buckets of a native Prometheus histogram.

Percentiles of any span are computed from the sum of its buckets. The buckets grow geometrically, which gives
every percentile the same relative error (Masson et al., DDSketch, VLDB 2019, section 2), and memory
does not grow with the number of observations.

The available libraries do not fit: hdrhistogram brings setuptools into every installation and has no types,
and prometheus-client cannot fill native histograms.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from dataclasses import dataclass
from itertools import accumulate

SCHEMA = 6
"""Resolution: 2**SCHEMA buckets for each doubling, as in Prometheus's native histograms. Percentiles are within
2**(2**-SCHEMA / 2) - 1 = 0.6 % of the exact ones."""

ZERO_THRESHOLD_S = 1e-6
"""Durations up to this count as zero; finer than any clock read here."""

WINDOW_S = 300.0
"""Length of the window: some minutes of signing, so that a p95 of letters rests on tens of them."""

_SLICES = 10
"""The window moves by a tenth of its length at a time."""

_FIRST_BOUND, _LAST_BOUND = -14, 4
"""Whole powers of two between which cumulative counts are given: 61 µs to 16 s."""

_PER_OCTAVE = 1 << SCHEMA
_ZERO = -(1 << 30)  # the zero bucket, below every other


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds below which half, 95 % and 99 % of ``n`` observations lie; None without observations."""

    p50: float | None
    p95: float | None
    p99: float | None
    n: int


class DurationHistogram:
    """Durations of one kind.

    Args:
        window_s: length of the window.
    """

    def __init__(self, window_s: float = WINDOW_S) -> None:
        self.sum_s = 0.0
        self._slice_s = window_s / _SLICES
        self._older: Counter[int] = Counter()  # what has left the window
        self._slices: deque[tuple[float, Counter[int]]] = deque()

    def observe(self, seconds: float, now_s: float) -> None:
        """Count a duration; a negative one counts as zero.

        Args:
            seconds: the duration.
            now_s: the present, never decreasing.
        """
        if seconds > 0:
            self.sum_s += seconds
        number = now_s // self._slice_s
        if not self._slices or self._slices[-1][0] != number:
            self._slices.append((number, Counter()))
            self._drop_old(number)
        self._slices[-1][1][_bucket(seconds)] += 1

    def recent(self, now_s: float) -> Percentiles:
        """Percentiles over the window that ends now; it is up to a tenth shorter than its name."""
        self._drop_old(now_s // self._slice_s)
        return _percentiles(self._window())

    def since_start(self) -> Percentiles:
        """Percentiles over all there was."""
        return _percentiles(self._total())

    def cumulative(self) -> list[tuple[float, int]]:
        """Seconds, and how many durations since the start lie at or below them: exact counts, every half octave."""
        total = self._total()
        buckets = sorted(total)
        summed = [0, *accumulate(total[bucket] for bucket in buckets)]
        limits = range(_FIRST_BOUND * _PER_OCTAVE, _LAST_BOUND * _PER_OCTAVE + 1, _PER_OCTAVE // 2)
        return [(2 ** (limit / _PER_OCTAVE), summed[bisect_right(buckets, limit)]) for limit in limits]

    @property
    def count(self) -> int:
        """Durations so far."""
        return self._total().total()

    def _window(self) -> Counter[int]:
        summed: Counter[int] = Counter()
        for _, counts in self._slices:
            summed.update(counts)
        return summed

    def _total(self) -> Counter[int]:
        summed = self._window()
        summed.update(self._older)
        return summed

    def _drop_old(self, number: float) -> None:
        while self._slices and self._slices[0][0] <= number - _SLICES:
            self._older.update(self._slices.popleft()[1])


def _bucket(seconds: float) -> int:
    """Number i of the bucket that holds (2**((i-1)/64), 2**(i/64)] seconds."""
    return _ZERO if seconds <= ZERO_THRESHOLD_S else math.ceil(math.log2(seconds) * _PER_OCTAVE)


def _percentiles(counts: Counter[int]) -> Percentiles:
    """The values at rank ceil(q·n), the nearest-rank definition, read at the middle of their buckets."""
    n = counts.total()
    buckets = sorted(counts)
    summed = list(accumulate(counts[bucket] for bucket in buckets))

    def value_ms(q: float) -> float | None:
        if n == 0:
            return None
        bucket = buckets[bisect_left(summed, math.ceil(q * n))]
        return 0.0 if bucket == _ZERO else 1000 * 2 ** ((bucket - 0.5) / _PER_OCTAVE)

    return Percentiles(value_ms(0.50), value_ms(0.95), value_ms(0.99), n)
