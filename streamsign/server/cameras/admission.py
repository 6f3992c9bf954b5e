"""Whether the processor has room for one more camera. Pure: time is an argument."""

from __future__ import annotations

from streamsign.server.http.problems import Problem

SUSTAINED_S = 3.0
"""How long the use must be over, or under, the limit before admission changes: the start of a camera is a peak."""

MARGIN = 0.1
"""Share of the limit by which the use must fall below it before cameras are admitted again."""

RETRY_AFTER_S = 10
"""What a refused camera is asked to wait."""


def full() -> Problem:
    """The response to a camera that is one too many."""
    return Problem(
        503,
        "full",
        "The server has as many cameras as it allows.",
        "Stop another camera, or raise --max-sessions.",
        {"Retry-After": "5"},
    )


def busy() -> Problem:
    """The response to a camera for which the processor has no room."""
    return Problem(
        503,
        "busy",
        "The server's processor is in full use by the cameras it has.",
        "Try again in some seconds, stop another camera, or raise --max-cpu.",
        {"Retry-After": str(RETRY_AFTER_S)},
    )


class Admission:
    """Admits cameras while the process leaves a part of its cores free, so that those here keep their latency.

    Args:
        limit: share of the cores in use from which no further camera is admitted, 0–1; 1 admits always.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._since_s: float | None = None
        self.open = True

    def update(self, cpu: float | None, now_s: float) -> None:
        """Take in the use since the last update.

        Args:
            cpu: share of the cores that the process used, 0–1; None if it is not known.
            now_s: seconds, never decreasing.
        """
        if self._limit >= 1:
            return
        changes = cpu is not None and (cpu >= self._limit if self.open else cpu < self._limit * (1 - MARGIN))
        if not changes:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = now_s
        elif now_s - self._since_s >= SUSTAINED_S:
            self.open, self._since_s = not self.open, None

    def reset(self) -> None:
        """The last camera has left."""
        self.open, self._since_s = True, None
