"""Notices a camera that stopped sending: WebRTC itself takes half a minute to. Pure: time is an argument."""

from __future__ import annotations

from typing import Literal

Silence = Literal["connecting", "live", "stalled", "gone"]

CONNECT_S = 20.0
"""Patience with a camera that was answered but has not sent a frame: slow phones, permission prompts, relays."""


class Watchdog:
    """Tells how a camera does by when its last frame came.

    Args:
        now_s: the present, monotonic seconds.
        stall_after_s: silence after which it counts as stalled.
        close_after_s: silence after which it counts as gone.
    """

    def __init__(self, now_s: float, stall_after_s: float, close_after_s: float) -> None:
        self._began_s = now_s
        self._last_s: float | None = None
        self._stall_after_s = stall_after_s
        self._close_after_s = close_after_s

    def frame_came(self, now_s: float) -> None:
        """Note a frame."""
        self._last_s = now_s

    def state(self, now_s: float) -> Silence:
        """How the camera does at a time."""
        if self._last_s is None:
            return "connecting" if now_s - self._began_s < max(CONNECT_S, self._close_after_s) else "gone"
        silent_s = now_s - self._last_s
        if silent_s >= self._close_after_s:
            return "gone"
        return "stalled" if silent_s >= self._stall_after_s else "live"
