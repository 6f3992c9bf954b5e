"""Notices a camera that stopped sending: WebRTC itself takes half a minute to. Pure: time is an argument."""

from __future__ import annotations

from typing import Literal

Silence = Literal["connecting", "live", "stalled", "waiting", "gone"]

CONNECT_S = 20.0
"""Patience with a camera that was answered but has not sent a frame: slow phones, permission prompts, relays."""


class Watchdog:
    """Derives a camera's state from the times of its last frame and its last packet.

    Args:
        now_s: the present, monotonic seconds.
        stall_after_s: silence after which it counts as stalled.
        close_after_s: silence after which it counts as gone.
    """

    def __init__(self, now_s: float, stall_after_s: float, close_after_s: float) -> None:
        self._began_s = now_s
        self._frame_s: float | None = None
        self._packet_s: float | None = None
        self._first_packet_s = now_s
        self._connected_s: float | None = None
        self._stall_after_s = stall_after_s
        self._close_after_s = close_after_s

    def connected(self, now_s: float) -> None:
        """Note that the connection is up: if no video arrives from now on, the camera does not send."""
        self._connected_s = now_s

    def frame_came(self, now_s: float) -> None:
        """Note a decoded frame."""
        self._frame_s = now_s

    def packet_came(self, now_s: float) -> None:
        """Note a packet of the video, which may be of no use without a key frame."""
        if self._packet_s is None:
            self._first_packet_s = now_s
        self._packet_s = now_s

    def state(self, now_s: float) -> Silence:
        """The camera's state: ``waiting`` while packets arrive of which no frame can be decoded."""
        since_packet_s = float("inf") if self._packet_s is None else now_s - self._packet_s
        frame_s = self._frame_s
        if since_packet_s < self._stall_after_s:
            since_frame_s = now_s - (self._first_packet_s if frame_s is None else frame_s)
            if since_frame_s >= self._stall_after_s:
                return "waiting"
        if frame_s is None:
            patience_s = max(CONNECT_S, self._close_after_s)
            waits = now_s - self._began_s < patience_s or since_packet_s < self._close_after_s
            if not waits:
                return "gone"
            since_connected_s = 0.0 if self._connected_s is None else now_s - self._connected_s
            return "stalled" if min(since_connected_s, since_packet_s) >= self._stall_after_s else "connecting"
        silent_s = now_s - frame_s
        if min(silent_s, since_packet_s) >= self._close_after_s:
            return "gone"
        return "stalled" if silent_s >= self._stall_after_s else "live"
