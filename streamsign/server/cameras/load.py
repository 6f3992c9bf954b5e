"""The server's load: the larger of the process's share of its cores and the sessions' share of time spent on frames."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping


def available_cores(given: int | None = None) -> int:
    """Cores that this process may use: those that were given, or all that it may run on."""
    if given is not None:
        return given
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ServerLoad:
    """Load between two updates.

    Args:
        cpu_s: CPU seconds that the process has used.
        cores: that it may use.
    """

    def __init__(self, cpu_s: Callable[[], float] = time.process_time, cores: int | None = None) -> None:
        self._cpu_s = cpu_s
        self._cores = cores or available_cores()
        self._last: tuple[float, float, dict[str, float]] | None = None
        self.cpu: float | None = None
        """The process's share of its cores between the last two updates, 0–1; None before."""

    def update(self, busy_s: Mapping[str, float], now_s: float) -> float | None:
        """The load since the previous update, 0–1; None at the first.

        Args:
            busy_s: seconds that each session has spent on frames, waits for a thread included.
            now_s: seconds, never decreasing.
        """
        before, self._last = self._last, (now_s, self._cpu_s(), dict(busy_s))
        if before is None or now_s <= before[0]:
            return None
        passed_s = now_s - before[0]
        shares = [(busy - before[2][name]) / passed_s for name, busy in busy_s.items() if name in before[2]]
        self.cpu = (self._last[1] - before[1]) / (passed_s * self._cores)
        return min(1.0, max(self.cpu, statistics.median(shares) if shares else 0.0))
