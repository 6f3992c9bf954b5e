"""The bandwidth estimate for a sender (REMB), by aiortc's estimator, once per burst."""

from __future__ import annotations

from collections import deque

from aiortc.rate import MIN_FRAME_PERIOD_HISTORY_LENGTH, OveruseEstimator, RemoteBitrateEstimator

from streamsign.webrtc.rtp import RtpPacket

_BURST = (5 << 18) // 1000
"""5 ms of abs-send-time: the interval that aiortc's estimator, as libwebrtc's, groups (TIMESTAMP_GROUP_LENGTH_MS)."""

_SEND_TIME_MOD = 1 << 24


_WINDOW_MS = 1000
_BITS = 8


class ByteRate:
    """Bits a second over the last second. aiortc's ``RateCounter`` iterates over every millisecond."""

    def __init__(self) -> None:
        self._came: deque[tuple[int, int]] = deque()
        self._bytes = 0
        self._origin_ms: int | None = None

    def add(self, size: int, now_ms: int) -> None:
        """Count bytes."""
        if self._origin_ms is None:
            self._origin_ms = now_ms
        self._forget(now_ms)
        self._came.append((now_ms, size))
        self._bytes += size

    def rate(self, now_ms: int) -> int | None:
        """Bits a second; None without data."""
        self._forget(now_ms)
        if self._origin_ms is None or not self._came or now_ms <= self._origin_ms:
            return None
        return round(1000 * _BITS * self._bytes / (now_ms - self._origin_ms + 1))

    def reset(self) -> None:
        """Discard all data."""
        self._came.clear()
        self._bytes, self._origin_ms = 0, None

    def _forget(self, now_ms: int) -> None:
        if self._origin_ms is not None:
            self._origin_ms = max(self._origin_ms, now_ms - _WINDOW_MS + 1)
            while self._came and self._came[0][0] < self._origin_ms:
                self._bytes -= self._came.popleft()[1]


class QuickOveruseEstimator(OveruseEstimator):  # type: ignore[misc]  # aiortc's is untyped here
    """Overrides a method in which aiortc calls ``min`` 60 times a burst, a tenth of all calls of a frame."""

    def update_min_frame_period(self, ts_delta: float) -> float:
        """The least of the last distances between bursts and of a new one, milliseconds."""
        if len(self.ts_delta_hist) >= MIN_FRAME_PERIOD_HISTORY_LENGTH:
            self.ts_delta_hist.pop(0)
        self.ts_delta_hist.append(ts_delta)
        least: float = min(self.ts_delta_hist)
        return least


class BitrateEstimator:
    """Passes each burst to aiortc's estimator as one packet: it estimates per burst, and each packet costs as much."""

    def __init__(self) -> None:
        self._estimator = RemoteBitrateEstimator()
        self._estimator.incoming_bitrate = ByteRate()
        self._estimator.estimator = QuickOveruseEstimator()
        self._first: int | None = None
        self._last = self._arrived_ms = self._bytes = self._ssrc = 0

    def add(self, packet: RtpPacket, now_s: float) -> tuple[int, list[int]] | None:
        """Take in a packet that arrived at ``now_s`` (monotonic seconds).

        Returns:
            Bits a second and the SSRCs that they apply to, when they are to be sent; else None.
        """
        sent = packet.abs_send_time
        if sent is None:
            return None
        estimate = None
        if self._first is None or (sent - self._first) % _SEND_TIME_MOD > _BURST:
            estimate = self._close()
            self._first = sent
        self._last, self._ssrc, self._arrived_ms = sent, packet.ssrc, int(1000 * now_s)
        self._bytes += packet.size
        return estimate

    def _close(self) -> tuple[int, list[int]] | None:
        """Pass on the burst that has ended."""
        if self._first is None:
            return None
        size, self._bytes = self._bytes, 0
        estimate: tuple[int, list[int]] | None = self._estimator.add(
            abs_send_time=self._last, arrival_time_ms=self._arrived_ms, payload_size=size, ssrc=self._ssrc
        )
        return estimate
