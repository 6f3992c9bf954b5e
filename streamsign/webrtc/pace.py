"""A limit of how often a camera's frames are read. Pure: time is an argument."""

from __future__ import annotations

BURST = 3
"""Frames that may follow each other at once: a network delivers them unevenly."""


class Pace:
    """A token bucket (ITU-T I.371, leaky bucket as a meter).

    Args:
        per_s: frames a second in the long run.
    """

    def __init__(self, per_s: float) -> None:
        self._every_s = 1 / per_s
        self._due_s = float("-inf")

    def wait_s(self, now_s: float) -> float:
        """Seconds to wait before the next frame may be read; 0 lets it be read now, and counts it."""
        wait_s = self._due_s - (BURST - 1) * self._every_s - now_s
        if wait_s > 0:
            return wait_s
        self._due_s = max(self._due_s, now_s) + self._every_s
        return 0.0
