"""A camera's clock: the exchange over its data channel and its RTCP sender reports, for capture times."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from aiortc import RTCDataChannel
from pydantic import ValidationError

from streamsign.captions.events import Pong
from streamsign.webrtc.clock import CaptureTime, PingPong, RtpClock

if TYPE_CHECKING:
    from streamsign.webrtc.feedback import SenderReport

PAUSE_S = 0.5
"""Pause between pings: a camera that hears nothing for three of them connects again."""


class CameraClock:
    """Measures when a camera's frames were captured. Used in the event loop only."""

    def __init__(self) -> None:
        self._exchange = PingPong(PAUSE_S)
        self._rtp_clock = RtpClock()

    async def exchange(self, channel: RTCDataChannel) -> None:
        """Send pings and take pongs in, until the channel closes."""

        def take(text: str | bytes) -> None:
            with contextlib.suppress(ValidationError):
                self._exchange.pong(Pong.model_validate_json(text), time.monotonic())

        channel.on("message", take)
        while channel.readyState == "open":
            channel.send(self._exchange.ping(time.monotonic()).model_dump_json())
            await asyncio.sleep(self._exchange.pause_s)

    def report(self, report: SenderReport) -> None:
        """Take in a sender report of the video."""
        self._rtp_clock.report(report.ntp_timestamp, report.rtp_timestamp, report.arrived_s)

    def captured(self, rtp_timestamp: int | None, now_s: float) -> CaptureTime | None:
        """When a frame was captured, on our monotonic clock; None when that cannot be measured.

        Args:
            rtp_timestamp: of the frame; None when it is not known.
            now_s: the present, monotonic seconds.
        """
        if rtp_timestamp is None:
            return None
        return self._rtp_clock.captured(rtp_timestamp, self._exchange.estimate(now_s))
