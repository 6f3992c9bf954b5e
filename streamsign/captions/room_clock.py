"""The room's clock: Unix time that never goes back."""

from __future__ import annotations

import time
from collections.abc import Callable

MAX_LAG_S = 1.0
"""The clock moves forward when Unix time is ahead by more than this: the computer was suspended, or its clock was set.
A smaller lead is left to NTP, which slows or speeds up both clocks alike."""


class RoomClock:
    """A monotonic clock anchored to Unix time.

    It starts at Unix time and advances with the monotonic clock. When Unix time is set back, it keeps advancing; when
    Unix time is set forward, it follows. So it never decreases and never stops.

    Args:
        monotonic: seconds, never decreasing.
        unix: Unix seconds, which may be set forward and back.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, unix: Callable[[], float] = time.time) -> None:
        self._monotonic = monotonic
        self._unix = unix
        self._offset_s = unix() - monotonic()

    def __call__(self) -> float:
        """The present, seconds since 1970."""
        now_s, unix_s = self._monotonic(), self._unix()
        if unix_s - (now_s + self._offset_s) > MAX_LAG_S:
            self._offset_s = unix_s - now_s
        return now_s + self._offset_s
