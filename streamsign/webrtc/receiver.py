"""Our own receiver behind aiortc's transport: a jitter buffer with timers, and the newest picture only.

aiortc's transport hands RTP packets to whatever is registered with it. :func:`install` has one video transceiver
register a :class:`LowLatencyReceiver` in place of aiortc's own; nothing is changed but that transceiver. Why aiortc's
own is not enough stands in docs/upstream-aiortc.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from aiortc import RTCRtpTransceiver
from aiortc.codecs import is_rtx
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
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
    RtpPacket,
    pack_remb_fci,
    unwrap_rtx,
)

from streamsign.webrtc.decoder import DecoderStatistics, DecoderThread, Picture
from streamsign.webrtc.jitter import JitterBuffer, JitterStatistics, Outcome
from streamsign.webrtc.payload import media_packet
from streamsign.webrtc.rtt import measure_round_trips

_JOIN_TIMEOUT_S = 1.0
_LSR_UNIT = 65_536
"""RTCP counts delays in 1/65536 s (RFC 3550 section 6.4.1)."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What an RTCP sender report says of the sender's clock (RFC 3550 section 6.4.1).

    Attributes:
        ntp_timestamp: 64 bits, seconds since 1900 in 32.32 fixed point.
        rtp_timestamp: the same moment on the media's clock, 32 bits.
        arrived_s: when it came, monotonic seconds.
    """

    ntp_timestamp: int
    rtp_timestamp: int
    arrived_s: float


def install(
    transceiver: RTCRtpTransceiver, on_picture: Callable[[Picture], None], **options: Any
) -> LowLatencyReceiver:
    """Have a video transceiver receive through a :class:`LowLatencyReceiver` (its arguments; see there).

    To be called before the connection comes up, when :func:`~streamsign.webrtc.compatibility.why_stock` says nothing
    against it. The transceiver's own track stays silent.
    """
    receiver = LowLatencyReceiver(transceiver, on_picture, **options)
    transceiver.receiver.receive = receiver.receive
    transceiver.receiver.stop = receiver.stop
    return receiver


class LowLatencyReceiver:
    """Receives one video stream; what aiortc's transport needs of a receiver, it has.

    Args:
        transceiver: whose transport and RTCP identity it uses.
        on_picture: told the newest picture, in the event loop.
        on_report: told of each sender report of the media stream, in the event loop.
    """

    def __init__(
        self,
        transceiver: RTCRtpTransceiver,
        on_picture: Callable[[Picture], None],
        *,
        on_report: Callable[[SenderReport], None] = lambda _: None,
    ) -> None:
        self._transceiver = transceiver
        self._on_picture = on_picture
        self._on_report = on_report
        self._buffer = JitterBuffer()
        self._bitrate = RemoteBitrateEstimator()
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._media_ssrc: int | None = None
        self._streams: dict[int, StreamStatistics] = {}
        self._reports: dict[int, SenderReport] = {}
        self._transport: RTCDtlsTransport | None = None
        self._decoder: DecoderThread | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Begin; aiortc calls it when the connection is up."""
        if self._transport is not None or self._stopped:
            return
        self._loop = asyncio.get_running_loop()
        self._codecs = {codec.payloadType: codec for codec in parameters.codecs}
        self._decoder = DecoderThread(self._decoded, self._undecodable)
        self._transport = self._transceiver.receiver.transport
        self._transport._register_rtp_receiver(self, parameters)
        self._start(self._report())
        self._start(measure_round_trips(self._transport.transport._connection, self._set_rtt))

    async def stop(self) -> None:
        """End for good; the decoder's thread is waited for without blocking the loop, and not for long."""
        self._stopped = True
        self._handle_disconnect()
        if self._transport is not None:
            self._transport._unregister_rtp_receiver(self)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._decoder is not None:
            await asyncio.to_thread(self._decoder.join, _JOIN_TIMEOUT_S)

    @property
    def rtt_s(self) -> float:
        """Round trip to the sender; 0.1 s until it is known."""
        return self._buffer.rtt_s

    def statistics(self) -> tuple[JitterStatistics, DecoderStatistics]:
        """What went through the buffer and the decoder."""
        return self._buffer.statistics(), self._decoder.statistics() if self._decoder else DecoderStatistics()

    # What aiortc's transport calls.

    def _handle_disconnect(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._decoder is not None:
            self._decoder.close()

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            report = SenderReport(info.ntp_timestamp, info.rtp_timestamp, time.monotonic())
            self._reports[packet.ssrc] = report
            if packet.ssrc == self._media_ssrc:
                self._on_report(report)

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        codec = self._codecs.get(packet.payload_type)
        if codec is None or self._stopped:
            return
        await self._estimate_bitrate(packet, arrival_time_ms)
        self._streams.setdefault(packet.ssrc, StreamStatistics(codec.clockRate)).add(packet)
        if is_rtx(codec):
            original = codec.parameters.get("apt")
            if original not in self._codecs or self._media_ssrc is None or len(packet.payload) < 2:
                return
            codec = self._codecs[original]
            packet = unwrap_rtx(packet, payload_type=original, ssrc=self._media_ssrc)
        elif packet.ssrc != self._media_ssrc:
            self._media_ssrc = packet.ssrc
            self._buffer = JitterBuffer(self._buffer.rtt_s)
        try:
            media = media_packet(packet, codec)
        except ValueError:
            return  # malformed: as good as lost
        await self._carry_out(self._buffer.add(media, time.monotonic()))

    async def _carry_out(self, outcome: Outcome) -> None:
        for frame in outcome.frames:
            if self._decoder is not None and not self._decoder.decode(self._codecs[frame.payload_type].name, frame):
                outcome.pli |= self._buffer.lose_picture(time.monotonic()).pli
        identity, media_ssrc = self._transceiver.sender._ssrc, self._media_ssrc
        if outcome.nack:
            nack = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=identity, media_ssrc=media_ssrc, lost=outcome.nack)
            await self._send(nack)
        if outcome.pli:
            # Of the media stream: Chrome ignores one that names its retransmission stream.
            await self._send(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=identity, media_ssrc=media_ssrc))
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._buffer.next_s()
        if due_s is not None and not self._stopped:
            self._timer = self._loop.call_later(max(0.0, due_s - time.monotonic()), self._ring)

    def _ring(self) -> None:
        self._start(self._carry_out(self._buffer.poll(time.monotonic())))

    def _set_rtt(self, rtt_s: float) -> None:
        self._buffer.rtt_s = rtt_s

    # Called in the decoder's thread. The loop may have been closed under it.

    def _decoded(self, picture: Picture) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._on_picture, picture)

    def _undecodable(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ask_for_key_frame)

    def _ask_for_key_frame(self) -> None:
        if not self._stopped:
            self._start(self._carry_out(self._buffer.lose_picture(time.monotonic())))

    # RTCP, as aiortc sends it.

    async def _estimate_bitrate(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        if packet.extensions.abs_send_time is None:
            return
        estimate = self._bitrate.add(
            abs_send_time=packet.extensions.abs_send_time,
            arrival_time_ms=arrival_time_ms,
            payload_size=len(packet.payload) + packet.padding_size,
            ssrc=packet.ssrc,
        )
        if estimate is not None:
            identity = self._transceiver.sender._ssrc
            await self._send(
                RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=identity, media_ssrc=0, fci=pack_remb_fci(*estimate))
            )

    async def _report(self) -> None:
        while True:
            # Every second on average, spread so that reports of many streams do not coincide (RFC 3550 section 6.2).
            await asyncio.sleep(0.5 + random.random())  # noqa: S311
            blocks = [self._report_block(ssrc, stream) for ssrc, stream in self._streams.items()]
            if blocks:
                await self._send(RtcpRrPacket(ssrc=self._transceiver.sender._ssrc, reports=blocks))

    def _report_block(self, ssrc: int, stream: StreamStatistics) -> RtcpReceiverInfo:
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

    async def _send(self, packet: AnyRtcpPacket) -> None:
        with contextlib.suppress(ConnectionError):
            if self._transport is not None:
                await self._transport._send_rtp(bytes(packet))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
