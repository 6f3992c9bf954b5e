"""How much a camera is asked to send, by how busy its recognizer is. Pure: time is an argument.

While a recognizer cannot keep up, newer frames replace older ones that were encoded, sent and decoded for nothing.
Asking for fewer frames costs no letter that would have been read, and leaves the core to the other cameras.
"""

from __future__ import annotations

from typing import NamedTuple

from streamsign.captions.events import Quality

LEVELS = (
    Quality(max_framerate=30, scale_down=1),
    Quality(max_framerate=20, scale_down=1),
    Quality(max_framerate=15, scale_down=1),
    Quality(max_framerate=15, scale_down=2),
    Quality(max_framerate=10, scale_down=2),
)
"""From a page's default to the least quality that is still readable. The rate is reduced first, because a frame costs
more than its pixels."""

WINDOW_S = 1.0
"""Interval over which utilization is measured."""

HIGH = 0.8
"""Utilization from which frames wait and are replaced: they arrive in bunches."""

TARGET = 0.5
"""Greatest utilization that is expected of the next level up: so far below HIGH that the step up is not reverted."""

HIGH_WINDOWS = 2
"""Busy windows in a row that count as load."""

UP_AFTER_S, LONGEST_UP_AFTER_S = 5.0, 80.0
"""Quiet time before a step up; doubled up to the second value each time a step up is reverted."""

TRIAL_S = 20.0
"""A step up that is reverted within this time was a mistake."""

_FRAME_SHARE = 0.5
"""Share of a full-sized frame's cost that does not depend on its size: locating and classifying."""


class _Window(NamedTuple):
    busy_s: float
    at_s: float


class LoadAdaptation:
    """Decides when to request a lower quality of a camera, and when a higher one. One per camera."""

    def __init__(self) -> None:
        self._level = 0
        self._window: _Window | None = None
        self._settling = False
        self._high_windows = 0
        self._quiet_since_s: float | None = None
        self._raised_s: float | None = None
        self._up_after_s = UP_AFTER_S

    @property
    def quality(self) -> Quality:
        """The quality that is requested."""
        return LEVELS[self._level]

    def update(self, busy_s: float, now_s: float) -> Quality | None:
        """Take in how busy the recognizer was.

        Args:
            busy_s: seconds spent on this camera's frames so far, including waits for a thread; never decreasing.
            now_s: the present, seconds, never decreasing.

        Returns:
            The quality to request if it changed, else None.
        """
        before = self._window
        if before is not None and now_s - before.at_s < WINDOW_S:
            return None
        self._window = _Window(busy_s, now_s)
        if before is None or self._settling:  # the first window after a change still holds frames from before it
            self._settling = False
            return None
        utilization = (busy_s - before.busy_s) / (now_s - before.at_s)
        self._high_windows = self._high_windows + 1 if utilization >= HIGH else 0
        if self._high_windows >= HIGH_WINDOWS and self._level + 1 < len(LEVELS):
            return self._down(now_s)
        if not self._level or utilization * _cost(LEVELS[self._level - 1]) / _cost(self.quality) > TARGET:
            self._quiet_since_s = None
            return None
        if self._quiet_since_s is None:
            self._quiet_since_s = before.at_s
        return self._up(now_s) if now_s - self._quiet_since_s >= self._up_after_s else None

    def _down(self, now_s: float) -> Quality:
        mistaken = self._raised_s is not None and now_s - self._raised_s <= TRIAL_S
        self._up_after_s = min(2 * self._up_after_s, LONGEST_UP_AFTER_S) if mistaken else UP_AFTER_S
        return self._go(self._level + 1)

    def _up(self, now_s: float) -> Quality:
        self._raised_s = now_s
        return self._go(self._level - 1)

    def _go(self, level: int) -> Quality:
        self._level = level
        self._settling = True
        self._high_windows, self._quiet_since_s = 0, None
        return self.quality


def _cost(quality: Quality) -> float:
    """Cost of reading one second of a camera, in full-sized frames."""
    return quality.max_framerate * (_FRAME_SHARE + (1 - _FRAME_SHARE) / quality.scale_down**2)
