"""Measures how many frames a second of a camera are read, and says when they are too few. Pure: time is an argument."""

from __future__ import annotations

from collections import deque

WINDOW_S = 4.0
"""Interval over which the rate is measured."""

LEAST_FPS = 4.5
"""Frames a second below which a letter must be held for longer than signers do: 0.8 s at 5 frames a second."""

READABLE_FPS = 0.9
"""Frames a second below which a letter of 2.5 s may be in one frame only, and is not read."""

_HELD_FRAMES = 2.5
"""Frame intervals for which a letter must be held, so that two frames surely show it
(``tests/recognition/test_speller.py``)."""


class FrameRate:
    """The rate of one camera's frames."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def frame_came(self, at_s: float) -> None:
        """Note a frame."""
        self._times.append(at_s)
        while at_s - self._times[0] > WINDOW_S:
            self._times.popleft()

    def advice(self) -> str:
        """A sentence for the signer if the camera is slow; empty if it is fast enough or the rate is not known yet."""
        if len(self._times) < 2:
            return ""
        seconds = self._times[-1] - self._times[0]
        if seconds < WINDOW_S / 2:
            return ""
        fps = (len(self._times) - 1) / seconds
        if fps >= LEAST_FPS:
            return ""
        cause = "Keep its page in front, add light, and close other programs."
        if fps < READABLE_FPS:
            return f"The camera is too slow: {fps:.1f} frames a second. {cause}"
        return f"The camera is slow: hold each letter for {max(0.8, _HELD_FRAMES / fps):.1f} s. {cause}"
