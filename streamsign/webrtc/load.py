"""Asks a camera for less when frames go unread, and for more again when they do not. Pure: time is an argument."""

from __future__ import annotations

from typing import NamedTuple

from streamsign.captions.events import Wish

LEVELS = (
    Wish(max_framerate=30, scale_down=1),
    Wish(max_framerate=20, scale_down=1),
    Wish(max_framerate=15, scale_down=1),
    Wish(max_framerate=15, scale_down=1.5),
    Wish(max_framerate=10, scale_down=2),
)
"""From all to little. Frames go first: at 15 a second letters are read as well as at 30 (docs/temporal.md), while a far
hand needs its pixels; below 10 letters at fluent speed are lost."""

WINDOW_S = 2.0
"""Time over which frames are counted: some dozens, so that a single pause is no trend."""

LEAST_FRAMES = 10
"""Frames in a window below which it says nothing: the camera is starting, or was stopped."""

TOO_MANY, FEW = 0.2, 0.02
"""Share of unread frames from which less is asked for, and up to which more may be tried."""

TRY_AFTER_S, LONGEST_TRY_S = 10.0, 160.0
"""How long all must be well before more is tried; doubled each time that more was too much, so that a camera does not
swing for ever between two levels."""


class _Count(NamedTuple):
    at_s: float
    came: int
    unread: int


class LoadControl:
    """One camera's level."""

    def __init__(self) -> None:
        self._level = 0
        self._begun: _Count | None = None
        self._well_since_s: float | None = None
        self._try_after_s = TRY_AFTER_S
        self._risen = False

    def update(self, came: int, unread: int, now_s: float) -> Wish | None:
        """What to ask for now, when that has changed.

        Args:
            came: frames that came so far.
            unread: of them, those a newer one replaced before they were read.
            now_s: seconds, never decreasing.
        """
        now = _Count(now_s, came, unread)
        if self._begun is None or came < self._begun.came:
            self._begun = now
            return None
        if now_s - self._begun.at_s < WINDOW_S:
            return None
        frames, missed = came - self._begun.came, unread - self._begun.unread
        self._begun = now
        if frames < LEAST_FRAMES:
            return None
        if missed >= TOO_MANY * frames:
            return self._less()
        if missed > FEW * frames:
            self._well_since_s = None
            return None
        if self._well_since_s is None:
            self._well_since_s = now_s
        if self._level == 0 or now_s - self._well_since_s < self._try_after_s:
            return None
        self._level -= 1
        self._risen, self._well_since_s = True, now_s
        return LEVELS[self._level]

    def _less(self) -> Wish | None:
        self._well_since_s = None
        if self._risen:  # more was tried, and was too much
            self._try_after_s = min(LONGEST_TRY_S, 2 * self._try_after_s)
            self._risen = False
        if self._level == len(LEVELS) - 1:
            return None
        self._level += 1
        return LEVELS[self._level]
