"""A limit of a rate: of frames that are read, or of messages that are received. Pure: time is an argument."""

from __future__ import annotations

BURST = 3
"""Frames of a camera that may be read at once: a network delivers them unevenly."""


class Pace:
    """A token bucket (ITU-T I.371, leaky bucket as a meter).

    Args:
        per_s: events a second in the long run.
        at_once: events that may follow each other without a pause.
    """

    def __init__(self, per_s: float, at_once: float = BURST) -> None:
        self._every_s = 1 / per_s
        self._ahead_s = (at_once - 1) / per_s
        self._due_s = float("-inf")

    def wait_s(self, now_s: float, count: int = 1) -> float:
        """Seconds to wait before the next event, which counts as so many; 0 if it may happen now and was counted."""
        wait_s = self._due_s - self._ahead_s - now_s
        if wait_s > 0:
            return wait_s
        self._due_s = max(self._due_s, now_s) + count * self._every_s
        return 0.0
