"""Decodes one video stream and hands over only the newest picture of what waits."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import av
from av import VideoFrame
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from streamsign.webrtc.jitter import EncodedFrame

RTP_CLOCK = Fraction(1, 90_000)
"""Seconds a tick of a video's RTP timestamp (RFC 3551 section 5)."""

BACKLOG = 60
"""Frames that may wait: two seconds at 30 fps. A machine that is further behind starts again at the newest."""

_DECODERS = {"VP8": "vp8", "H264": "h264"}
"""FFmpeg's own: where streams take turns on a core its VP8 takes a tenth less time than libvpx for the same picture."""


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A decoded frame and its way here, in monotonic seconds (see :class:`~streamsign.webrtc.jitter.EncodedFrame`).

    Attributes:
        image: as the decoder made it, its planes not copied; ``pts`` is in RTP ticks since the first frame.
        timestamp: RTP timestamp, unwrapped.
        taken_s: when its decoding began; those it builds on may have been decoded just before.
    """

    image: VideoFrame
    timestamp: int
    first_packet_s: float
    complete_s: float
    taken_s: float
    decoded_s: float


@dataclass(slots=True)
class DecoderStatistics:
    """Frames decoded, decoded but not handed over because a newer one waited, and dropped undecoded."""

    decoded: int = 0
    superseded: int = 0
    dropped: int = 0


class Decoder:
    """The frames of one stream that wait to be decoded, and their decoder.

    It has no thread: :meth:`put` is called in the event loop, :meth:`newest` in whatever thread has time for it, one
    call at a time. So a camera costs no thread of its own, whose malloc arena would outlive it.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, EncodedFrame]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._statistics = DecoderStatistics()
        self._context: VideoCodecContext | None = None
        self._codec = ""
        self._origin: int | None = None
        self._broken = False

    def put(self, codec: str, frame: EncodedFrame) -> bool:
        """Queue a frame; never waits.

        What waits is dropped when a key frame comes (nothing before it is needed any more) or :data:`BACKLOG` is full.

        Args:
            codec: ``VP8`` or ``H264``.
            frame: the next one of the stream.

        Returns:
            False when the frame was dropped: only a key frame can follow.
        """
        with self._lock:
            if self._closed:
                return True
            full = len(self._waiting) >= BACKLOG
            if frame.key or full:
                self._statistics.dropped += len(self._waiting)
                self._waiting.clear()
            if full and not frame.key:
                self._statistics.dropped += 1
                return False
            self._waiting.append((codec, frame))
        return True

    def newest(self) -> tuple[DecodedFrame | None, bool]:
        """Decode all that waits, in order, because each frame builds on the last.

        Returns:
            The picture of the last one, None when it gave none; and whether one could not be decoded: only a key
            frame can follow then.
        """
        newest: DecodedFrame | None = None
        failed = False
        while (work := self._next()) is not None:
            codec, frame = work
            taken_s = time.monotonic()
            if self._broken and not frame.key:
                self._statistics.dropped += 1
                continue
            images = self._decode(codec, frame)
            self._broken = images is None
            if images is None:
                failed = True
                continue
            self._statistics.decoded += len(images)
            if images:
                self._statistics.superseded += len(images) - 1 + (newest is not None)
                stamps = (frame.first_packet_s, frame.complete_s, taken_s, time.monotonic())
                newest = DecodedFrame(images[-1], frame.timestamp, *stamps)
        return newest, failed

    def close(self) -> None:
        """Decode no more after the frame it is at; never waits. What the decoder holds is freed."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        self._context = None

    def statistics(self) -> DecoderStatistics:
        """What went through so far."""
        return self._statistics

    def _next(self) -> tuple[str, EncodedFrame] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _decode(self, codec: str, frame: EncodedFrame) -> list[VideoFrame] | None:
        """Pictures of a frame; None when it is broken."""
        context = self._context
        if context is None or codec != self._codec:
            context = self._context = open_decoder(codec)
            self._codec = codec
        if self._origin is None:
            self._origin = frame.timestamp
        packet = av.Packet(frame.data)
        packet.pts = frame.timestamp - self._origin
        packet.time_base = RTP_CLOCK
        try:
            images = context.decode(packet)
        except av.FFmpegError:
            return None
        return None if any(image.is_corrupt for image in images) else images


def open_decoder(codec: str) -> VideoCodecContext:
    """A decoder for ``VP8`` or ``H264`` that gives each frame out at once."""
    decoder = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(decoder, VideoCodecContext)  # noqa: S101 - both are
    decoder.flags |= Flags.low_delay
    decoder.thread_count = 1  # frame threads hold a frame back each
    return decoder
