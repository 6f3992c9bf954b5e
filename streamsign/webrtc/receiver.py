"""A video receiver for aiortc's transport with a jitter buffer that has timers, and with the newest frame only.

aiortc's transport passes RTP packets to the receivers that are registered with it. :func:`install` registers a
:class:`LowLatencyReceiver` in place of aiortc's own for one video transceiver, and has the transport's sockets pass
media packets to it directly (:mod:`~streamsign.webrtc.ingress`). docs/upstream-aiortc.md says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpTransceiver
from aiortc.codecs import is_rtx
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtp import AnyRtcpPacket, RtcpSrPacket
from aiortc.rtp import RtpPacket as AnyRtpPacket

from streamsign.webrtc.bitrate import BitrateEstimator
from streamsign.webrtc.decoder import MAX_PIXELS, DecodedFrame, Decoder, DecoderStatistics
from streamsign.webrtc.feedback import Feedback, SenderReport
from streamsign.webrtc.ingress import abs_send_time_id, divert
from streamsign.webrtc.jitter import JitterBuffer, JitterStatistics, Outcome
from streamsign.webrtc.main_stream import MainStream
from streamsign.webrtc.payload import media_packet, original_packet
from streamsign.webrtc.rtp import RtpPacket
from streamsign.webrtc.rtt import measure_round_trips


def install(transceiver: RTCRtpTransceiver, on_frame: Callable[[], None], **options: Any) -> LowLatencyReceiver:
    """Make a video transceiver receive with a :class:`LowLatencyReceiver`; see there for the arguments.

    Call it before the connection is established, and only if :func:`~streamsign.webrtc.compatibility.why_stock` returns
    None. The transceiver's own track gets no frames.
    """
    receiver = LowLatencyReceiver(transceiver, on_frame, **options)
    transceiver.receiver.receive = receiver.receive
    transceiver.receiver.stop = receiver.stop
    return receiver


class LowLatencyReceiver:
    """Receives one video stream. It has the methods that aiortc's transport calls on a receiver.

    Args:
        transceiver: provides the transport and the RTCP identity.
        on_frame: called in the event loop when there is a frame to decode with :meth:`newest`.
        on_report: called in the event loop with each sender report of the media stream.
        max_pixels: width times height of the largest picture that is decoded.
    """

    def __init__(
        self,
        transceiver: RTCRtpTransceiver,
        on_frame: Callable[[], None],
        *,
        on_report: Callable[[SenderReport], None] = lambda _: None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self._transceiver = transceiver
        self._on_frame = on_frame
        self._on_report = on_report
        self._buffer = JitterBuffer()
        self._bitrate = BitrateEstimator()
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._originals: dict[int, int | None] = {}
        self._main = MainStream()
        self.packet_s: float | None = None
        """When the last packet of the video arrived, monotonic seconds; padding does not count."""
        self._feedback = Feedback(transceiver)
        self._transport: RTCDtlsTransport | None = None
        self._decoder = Decoder(max_pixels)
        self._timer: asyncio.TimerHandle | None = None
        self._measuring: asyncio.Task[None] | None = None
        self._stopped = False

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Start receiving. aiortc calls this when the connection is established."""
        if self._transport is not None or self._stopped:
            return
        self._loop = asyncio.get_running_loop()
        self._codecs = {codec.payloadType: codec for codec in parameters.codecs}
        self._originals = {
            codec.payloadType: codec.parameters.get("apt") for codec in parameters.codecs if is_rtx(codec)
        }
        self._main = MainStream([encoding.ssrc for encoding in parameters.encodings])
        self._transport = self._transceiver.receiver.transport
        self._transport._register_rtp_receiver(self, parameters)
        divert(self._transport, abs_send_time_id(parameters))
        self._feedback.start(self._transport)
        self._measuring = asyncio.ensure_future(
            measure_round_trips(self._transport.transport._connection, self._set_rtt)
        )

    async def stop(self) -> None:
        """Stop receiving, permanently."""
        self._stopped = True
        self._handle_disconnect()
        if self._transport is not None:
            self._transport._unregister_rtp_receiver(self)
        await self._feedback.stop()
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)

    def newest(self) -> DecodedFrame | None:
        """Decode the waiting frames for one turn; return the newest one, None without one.

        One call at a time, in any thread. ``on_frame`` is called again if frames are left.
        """
        picture, failed = self._decoder.newest()
        with contextlib.suppress(RuntimeError):  # the loop may have been closed meanwhile
            if failed:
                self._loop.call_soon_threadsafe(self._ask_for_key_frame)
            if self._decoder.waiting:  # its turn is over; the next one continues
                self._loop.call_soon_threadsafe(self._on_frame)
        return picture

    @property
    def rtt_s(self) -> float:
        """Round trip to the sender in seconds; 0.1 until it is measured."""
        return self._buffer.rtt_s

    @property
    def waiting(self) -> int:
        """Encoded frames that wait for the decoder."""
        return self._decoder.waiting

    def statistics(self) -> tuple[JitterStatistics, DecoderStatistics]:
        """Counts of the jitter buffer and of the decoder."""
        return self._buffer.statistics(), self._decoder.statistics()

    # Called by aiortc's transport.

    def _handle_disconnect(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._decoder.close()

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            report = self._feedback.take_report(packet)
            if packet.ssrc == self._main.ssrc:
                self._on_report(report)

    async def _handle_rtp_packet(self, packet: AnyRtpPacket, arrival_time_ms: int) -> None:
        """Take a packet that was in aiortc's queue before its sockets were diverted."""
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

    # Called by the sockets.

    def take_packet(self, packet: RtpPacket) -> None:
        """Take a packet of the media stream or of its retransmission stream."""
        codec = self._codecs.get(packet.payload_type)
        if codec is None or self._stopped:
            return
        now_s = time.monotonic()
        estimate = self._bitrate.add(packet, now_s)
        if estimate is not None:
            self._feedback.limit_bitrate(*estimate)
        self._feedback.count(packet, codec.clockRate)
        if packet.payload_type in self._originals:
            original = self._originals[packet.payload_type]
            if original not in self._codecs or self._main.ssrc is None or len(packet.payload) < 2:
                return
            codec = self._codecs[original]
            packet = original_packet(packet, original, self._main.ssrc)
        else:
            before = self._main.ssrc
            if not self._main.takes(packet.ssrc, now_s):
                return
            if before != packet.ssrc:
                self._buffer = JitterBuffer(self._buffer.rtt_s)
        if packet.payload:
            self.packet_s = now_s
        try:
            media = media_packet(packet, codec)
        except ValueError:
            return  # malformed: counts as lost
        self._carry_out(self._buffer.add(media, now_s))

    def _carry_out(self, outcome: Outcome) -> None:
        for frame in outcome.frames:
            if not self._decoder.put(self._codecs[frame.payload_type].name, frame):
                outcome.pli |= self._buffer.lose_picture(time.monotonic()).pli
        if outcome.frames:
            self._on_frame()
        if outcome.nack:
            self._feedback.request_packets(self._main.ssrc, outcome.nack)
        if outcome.pli:
            self._feedback.request_key_frame(self._main.ssrc)
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
