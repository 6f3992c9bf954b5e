"""What a sender is told it may send (REMB), estimated by aiortc burst by burst."""

from __future__ import annotations

from aiortc.rate import RemoteBitrateEstimator

from streamsign.webrtc.rtp import RtpPacket

_BURST = (5 << 18) // 1000
"""5 ms of abs-send-time: what aiortc's estimator, as libwebrtc's, takes together (TIMESTAMP_GROUP_LENGTH_MS)."""

_SEND_TIME_MOD = 1 << 24


class BitrateEstimator:
    """Hands the packets of a burst over as one: the estimate is of bursts anyway, and costs as much for each packet."""

    def __init__(self) -> None:
        self._estimator = RemoteBitrateEstimator()
        self._first: int | None = None
        self._last = self._arrived_ms = self._bytes = self._ssrc = 0

    def add(self, packet: RtpPacket, now_s: float) -> tuple[int, list[int]] | None:
        """Take a packet in that came at ``now_s`` (monotonic seconds).

        Returns:
            Bits a second, and the SSRCs they are for, when it is time to tell the sender.
        """
        sent = packet.abs_send_time
        if sent is None:
            return None
        told = None
        if self._first is None or (sent - self._first) % _SEND_TIME_MOD > _BURST:
            told = self._close()
            self._first = sent
        self._last, self._ssrc, self._arrived_ms = sent, packet.ssrc, int(1000 * now_s)
        self._bytes += packet.size
        return told

    def _close(self) -> tuple[int, list[int]] | None:
        """Hand the burst over that has ended."""
        if self._first is None:
            return None
        size, self._bytes = self._bytes, 0
        told: tuple[int, list[int]] | None = self._estimator.add(
            abs_send_time=self._last, arrival_time_ms=self._arrived_ms, payload_size=size, ssrc=self._ssrc
        )
        return told
