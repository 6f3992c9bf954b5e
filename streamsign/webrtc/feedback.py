"""The RTCP that a video receiver sends: NACK, PLI, REMB and receiver reports."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from aiortc import RTCRtpTransceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    pack_remb_fci,
)

from streamsign.webrtc.rtp import RtpPacket

_LSR_UNIT = 65_536
"""RTCP delays are in 1/65536 s (RFC 3550, section 6.4.1)."""

_MAX_BLOCKS = 31
"""Report blocks of one packet: their count has five bits (RFC 3550, section 6.4.2)."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """The sender information of an RTCP sender report (RFC 3550, section 6.4.1).

    Attributes:
        ntp_timestamp: 64 bits, seconds since 1900 in 32.32 fixed point.
        rtp_timestamp: the same moment on the media's clock, 32 bits.
        arrived_s: when it arrived, monotonic seconds.
    """

    ntp_timestamp: int
    rtp_timestamp: int
    arrived_s: float


class Feedback:
    """Sends a receiver's RTCP, with the identity of a transceiver's sender. Used in the event loop only."""

    def __init__(self, transceiver: RTCRtpTransceiver) -> None:
        self._transceiver = transceiver
        self._transport: RTCDtlsTransport | None = None
        self._streams: dict[int, StreamStatistics] = {}
        self._reports: dict[int, SenderReport] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, transport: RTCDtlsTransport) -> None:
        """Send over a transport from now on, receiver reports among it."""
        self._transport = transport
        self._run(self._send_reports())

    async def stop(self) -> None:
        """Send nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def count(self, packet: RtpPacket, clock_rate: int) -> None:
        """Count a received packet for the reports."""
        stream = self._streams.get(packet.ssrc)
        if stream is None:
            stream = self._streams[packet.ssrc] = StreamStatistics(clock_rate)
        stream.add(packet)

    def take_report(self, packet: RtcpSrPacket) -> SenderReport:
        """Take in a sender report that arrives now; receiver reports refer to it."""
        info = packet.sender_info
        report = SenderReport(info.ntp_timestamp, info.rtp_timestamp, time.monotonic())
        self._reports[packet.ssrc] = report
        return report

    def request_packets(self, media_ssrc: int | None, sequence_numbers: Sequence[int]) -> None:
        """Request missing packets (NACK, RFC 4585, section 6.2.1)."""
        lost = list(sequence_numbers)
        self._send(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._ssrc, media_ssrc=media_ssrc, lost=lost))

    def request_key_frame(self, media_ssrc: int | None) -> None:
        """Request a key frame (PLI, RFC 4585, section 6.3.1).

        Args:
            media_ssrc: of the media stream; Chrome ignores a PLI for the retransmission stream.
        """
        self._send(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._ssrc, media_ssrc=media_ssrc))

    def limit_bitrate(self, bits_per_s: int, ssrcs: list[int]) -> None:
        """Send a bandwidth estimate (REMB, draft-alvestrand-rmcat-remb-03)."""
        fci = pack_remb_fci(bits_per_s, ssrcs)
        self._send(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=self._ssrc, media_ssrc=0, fci=fci))

    @property
    def _ssrc(self) -> int:
        ssrc: int = self._transceiver.sender._ssrc
        return ssrc

    async def _send_reports(self) -> None:
        while True:
            # Every second on average, spread so that reports of many streams do not coincide (RFC 3550, section 6.2).
            await asyncio.sleep(0.5 + random.random())  # noqa: S311
            blocks = [self._block(ssrc, stream) for ssrc, stream in self._streams.items()]
            for first in range(0, len(blocks), _MAX_BLOCKS):
                self._send(RtcpRrPacket(ssrc=self._ssrc, reports=blocks[first : first + _MAX_BLOCKS]))

    def _block(self, ssrc: int, stream: StreamStatistics) -> RtcpReceiverInfo:
        report = self._reports.get(ssrc)
        waited = int((time.monotonic() - report.arrived_s) * _LSR_UNIT) if report else 0
        return RtcpReceiverInfo(
            ssrc=ssrc,
            fraction_lost=stream.fraction_lost,
            packets_lost=stream.packets_lost,
            highest_sequence=stream.max_seq,
            jitter=stream.jitter,
            lsr=report.ntp_timestamp >> 16 & 0xFFFFFFFF if report else 0,
            dlsr=min(waited, 0xFFFFFFFF),
        )

    def _send(self, packet: AnyRtcpPacket) -> None:
        self._run(self._write(packet))

    async def _write(self, packet: AnyRtcpPacket) -> None:
        with contextlib.suppress(ConnectionError):
            if self._transport is not None:
                await self._transport._send_rtp(bytes(packet))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
