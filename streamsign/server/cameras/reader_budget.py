"""Decides which sessions may use the reader, so that a loaded server reads with the classifier alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

HIGH = 0.8
"""Load from which frames begin to wait; that of :mod:`streamsign.webrtc.adaptation`."""

SATURATED = 0.95
"""Load at which frames are dropped, because reading takes longer than the time between them."""

LOW = 0.55
"""Load below which a session may use the reader again. A reader takes less than the distance to :data:`HIGH`."""

RESTORE_AFTER_S = 5.0
"""How long the load must stay below :data:`LOW` before the next session may use the reader again."""


class ReaderBudget:
    """Takes the reader from sessions while the load is high, and gives it back to one at a time in the opposite order.

    Below :data:`SATURATED` each update takes it from one session. From :data:`SATURATED` on, each consecutive update
    takes it from twice as many as the previous one: a short peak affects one session, and a server to which forty
    cameras connect at once stops dropping frames within a few updates.
    """

    def __init__(self) -> None:
        self._small: list[str] = []
        self._next = 1
        self._low_since_s: float | None = None

    @property
    def small(self) -> frozenset[str]:
        """Sessions that read with the classifier alone."""
        return frozenset(self._small)

    def update(self, sessions: Sequence[str], load: float, now_s: float) -> None:
        """Take in the load of the last interval.

        Args:
            sessions: the connected ones, oldest first. The newest lose the reader first.
            load: share of the cores in use, or of a session's time spent on frames, 0–1.
            now_s: seconds, never decreasing.
        """
        self._small = [session for session in self._small if session in sessions]
        if load >= HIGH:
            self._low_since_s = None
            using = [session for session in sessions if session not in self._small]
            taken = self._next if load >= SATURATED else 1
            self._small += using[: -taken - 1 : -1]
            self._next = 2 * taken if load >= SATURATED else 1
            return
        self._next = 1
        if load >= LOW:
            self._low_since_s = None
            return
        if self._low_since_s is None:
            self._low_since_s = now_s
        if self._small and now_s - self._low_since_s >= RESTORE_AFTER_S:
            self._small.pop()
            self._low_since_s = now_s
