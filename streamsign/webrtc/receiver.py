"""Our own receiver behind aiortc's transport: a jitter buffer with timers, and the newest picture only.

aiortc's transport hands RTP packets to whatever is registered with it. :func:`install` has one video transceiver
register a :class:`LowLatencyReceiver` in place of aiortc's own, which also has the transport's media packets brought to
it without a detour (:mod:`~streamsign.webrtc.ingress`). Why aiortc's
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
    pack_remb_fci,
)
from aiortc.rtp import RtpPacket as AnyRtpPacket

from streamsign.webrtc.bitrate import BitrateEstimator
from streamsign.webrtc.decoder import DecodedFrame, Decoder, DecoderStatistics
from streamsign.webrtc.ingress import abs_send_time_id, divert
from streamsign.webrtc.jitter import JitterBuffer, JitterStatistics, Outcome
from streamsign.webrtc.payload import media_packet, original_packet
from streamsign.webrtc.rtp import RtpPacket
from streamsign.webrtc.rtt import measure_round_trips

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


def install(transceiver: RTCRtpTransceiver, on_frame: Callable[[], None], **options: Any) -> LowLatencyReceiver:
    """Have a video transceiver receive through a :class:`LowLatencyReceiver` (its arguments; see there).

    To be called before the connection comes up, when :func:`~streamsign.webrtc.compatibility.why_stock` says nothing
    against it. The transceiver's own track stays silent.
    """
    receiver = LowLatencyReceiver(transceiver, on_frame, **options)
    transceiver.receiver.receive = receiver.receive
    transceiver.receiver.stop = receiver.stop
    return receiver


class LowLatencyReceiver:
    """Receives one video stream; what aiortc's transport needs of a receiver, it has.

    Args:
        transceiver: whose transport and RTCP identity it uses.
        on_frame: told, in the event loop, that there is a frame to be decoded: :meth:`newest` does it.
        on_report: told of each sender report of the media stream, in the event loop.
    """

    def __init__(
        self,
        transceiver: RTCRtpTransceiver,
        on_frame: Callable[[], None],
        *,
        on_report: Callable[[SenderReport], None] = lambda _: None,
    ) -> None:
        self._transceiver = transceiver
        self._on_frame = on_frame
        self._on_report = on_report
        self._buffer = JitterBuffer()
        self._bitrate = BitrateEstimator()
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._originals: dict[int, int | None] = {}
        self._media_ssrc: int | None = None
        self._streams: dict[int, StreamStatistics] = {}
        self._reports: dict[int, SenderReport] = {}
        self._transport: RTCDtlsTransport | None = None
        self._decoder = Decoder()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Begin; aiortc calls it when the connection is up."""
        if self._transport is not None or self._stopped:
            return
        self._loop = asyncio.get_running_loop()
        self._codecs = {codec.payloadType: codec for codec in parameters.codecs}
        self._originals = {
            codec.payloadType: codec.parameters.get("apt") for codec in parameters.codecs if is_rtx(codec)
        }
        self._transport = self._transceiver.receiver.transport
        self._transport._register_rtp_receiver(self, parameters)
        divert(self._transport, abs_send_time_id(parameters))
        self._start(self._report())
        self._start(measure_round_trips(self._transport.transport._connection, self._set_rtt))

    async def stop(self) -> None:
        """End for good."""
        self._stopped = True
        self._handle_disconnect()
        if self._transport is not None:
            self._transport._unregister_rtp_receiver(self)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def newest(self) -> DecodedFrame | None:
        """Decode what came, and give the newest picture; None when there is none. One call at a time, in any thread."""
        picture, failed = self._decoder.newest()
        if failed:
            with contextlib.suppress(RuntimeError):  # the loop may have been closed meanwhile
                self._loop.call_soon_threadsafe(self._ask_for_key_frame)
        return picture

    @property
    def rtt_s(self) -> float:
        """Round trip to the sender; 0.1 s until it is known."""
        return self._buffer.rtt_s

    def statistics(self) -> tuple[JitterStatistics, DecoderStatistics]:
        """What went through the buffer and the decoder."""
        return self._buffer.statistics(), self._decoder.statistics()

    # What aiortc's transport calls.

    def _handle_disconnect(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._decoder.close()

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            report = SenderReport(info.ntp_timestamp, info.rtp_timestamp, time.monotonic())
            self._reports[packet.ssrc] = report
            if packet.ssrc == self._media_ssrc:
                self._on_report(report)

    async def _handle_rtp_packet(self, packet: AnyRtpPacket, arrival_time_ms: int) -> None:
        """Packets that were in aiortc's queue before its sockets were tapped."""
        self.take_packet(
            RtpPacket(
                packet.payload_type,
                packet.marker,
                packet.sequence_number,
                packet.timestamp,
                packet.ssrc,
                packet.payload,
                len(packet.payload) + packet.padding_size,
                packet.extensions.abs_send_time,
            )
        )

    # What the sockets call.

    def take_packet(self, packet: RtpPacket) -> None:
        """Take a packet of the media stream or its retransmission stream."""
        codec = self._codecs.get(packet.payload_type)
        if codec is None or self._stopped:
            return
        now_s = time.monotonic()
        estimate = self._bitrate.add(packet, now_s)
        if estimate is not None:
            self._feed_back(fmt=RTCP_PSFB_APP, media_ssrc=0, fci=pack_remb_fci(*estimate))
        stream = self._streams.get(packet.ssrc)
        if stream is None:
            stream = self._streams[packet.ssrc] = StreamStatistics(codec.clockRate)
        stream.add(packet)
        if packet.payload_type in self._originals:
            original = self._originals[packet.payload_type]
            if original not in self._codecs or self._media_ssrc is None or len(packet.payload) < 2:
                return
            codec = self._codecs[original]
            packet = original_packet(packet, original, self._media_ssrc)
        elif packet.ssrc != self._media_ssrc:
            self._media_ssrc = packet.ssrc
            self._buffer = JitterBuffer(self._buffer.rtt_s)
        try:
            media = media_packet(packet, codec)
        except ValueError:
            return  # malformed: as good as lost
        self._carry_out(self._buffer.add(media, now_s))

    def _carry_out(self, outcome: Outcome) -> None:
        for frame in outcome.frames:
            if not self._decoder.put(self._codecs[frame.payload_type].name, frame):
                outcome.pli |= self._buffer.lose_picture(time.monotonic()).pli
        if outcome.frames:
            self._on_frame()
        if outcome.nack:
            identity = self._transceiver.sender._ssrc
            self._send(
                RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=identity, media_ssrc=self._media_ssrc, lost=outcome.nack)
            )
        if outcome.pli:
            # Of the media stream: Chrome ignores one that names its retransmission stream.
            self._feed_back(fmt=RTCP_PSFB_PLI, media_ssrc=self._media_ssrc)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_s = self._buffer.next_s()
        if due_s is not None and not self._stopped:
            self._timer = self._loop.call_later(max(0.0, due_s - time.monotonic()), self._ring)

    def _ring(self) -> None:
        self._carry_out(self._buffer.poll(time.monotonic()))

    def _set_rtt(self, rtt_s: float) -> None:
        self._buffer.rtt_s = rtt_s

    def _ask_for_key_frame(self) -> None:
        if not self._stopped:
            self._carry_out(self._buffer.lose_picture(time.monotonic()))

    # RTCP, as aiortc sends it.

    async def _report(self) -> None:
        while True:
            # Every second on average, spread so that reports of many streams do not coincide (RFC 3550 section 6.2).
            await asyncio.sleep(0.5 + random.random())  # noqa: S311
            blocks = [self._report_block(ssrc, stream) for ssrc, stream in self._streams.items()]
            if blocks:
                self._send(RtcpRrPacket(ssrc=self._transceiver.sender._ssrc, reports=blocks))

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

    def _feed_back(self, **fields: Any) -> None:
        self._send(RtcpPsfbPacket(ssrc=self._transceiver.sender._ssrc, **fields))

    def _send(self, packet: AnyRtcpPacket) -> None:
        self._start(self._write(packet))

    async def _write(self, packet: AnyRtcpPacket) -> None:
        with contextlib.suppress(ConnectionError):
            if self._transport is not None:
                await self._transport._send_rtp(bytes(packet))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
