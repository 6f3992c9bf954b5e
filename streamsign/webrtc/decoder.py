"""Decodes one video stream and returns only the newest frame."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
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
"""Frames that may wait: two seconds at 30 fps. When it is full, decoding continues at the next key frame."""

MAX_PIXELS = 1920 * 1200
"""Limit of width × height. Cameras are asked for 640×480; a picture of 12000×12000 takes a second and 216 MB."""

TURN_S = 0.05
"""Time after which a turn ends although frames wait. At 640×480 it decodes the whole :data:`BACKLOG`; of the largest
pictures a few, so that other cameras do not wait for all of them."""

_DECODERS = {"VP8": "vp8", "H264": "h264"}
"""FFmpeg's own decoders: with many streams on a core its VP8 decoder takes 10 % less time than libvpx."""


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """A decoded frame and its way here, in monotonic seconds (see :class:`~streamsign.webrtc.jitter.EncodedFrame`).

    Attributes:
        image: as the decoder made it, without a copy; ``pts`` is in RTP ticks since the first frame.
        timestamp: RTP timestamp, unwrapped.
        taken_s: when its decoding began.
    """

    image: VideoFrame
    timestamp: int
    first_packet_s: float
    complete_s: float
    taken_s: float
    decoded_s: float


@dataclass(slots=True)
class DecoderStatistics:
    """Frames decoded, decoded and replaced by a newer one, and dropped undecoded."""

    decoded: int = 0
    replaced: int = 0
    dropped: int = 0


class Decoder:
    """The decoder of one stream, and the frames that wait for it.

    It has no thread. Call :meth:`put` in the event loop and :meth:`newest` in any thread, one call at a time. A thread
    per camera would leave its malloc arena behind.
    """

    def __init__(self, max_pixels: int = MAX_PIXELS) -> None:
        self._max_pixels = max_pixels
        self._waiting: deque[tuple[str, EncodedFrame]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._statistics = DecoderStatistics()
        self._context: VideoCodecContext | None = None
        self._codec = ""
        self._origin: int | None = None
        self._broken = False

    def put(self, codec: str, frame: EncodedFrame) -> bool:
        """Queue a frame without blocking.

        Waiting frames are dropped when a key frame arrives, which does not need them, or when :data:`BACKLOG` is full.

        Args:
            codec: ``VP8`` or ``H264``.
            frame: the next one of the stream.

        Returns:
            False if the frame was dropped: only a key frame can follow.
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
        """Decode the waiting frames in order, because each one depends on the previous one, for :data:`TURN_S` at most.

        Returns:
            The last one, None if there is none; and whether one could not be decoded, so that only a key frame can
            follow.
        """
        newest: DecodedFrame | None = None
        failed = False
        for codec, frame in self._turn():
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
                self._statistics.replaced += len(images) - 1 + (newest is not None)
                stamps = (frame.first_packet_s, frame.complete_s, taken_s, time.monotonic())
                newest = DecodedFrame(images[-1], frame.timestamp, *stamps)
        return newest, failed

    @property
    def waiting(self) -> int:
        """Frames that wait."""
        return len(self._waiting)

    def close(self) -> None:
        """Stop after the current frame and free the decoder, without blocking."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        self._context = None

    def statistics(self) -> DecoderStatistics:
        """Counts up to now."""
        return self._statistics

    def _turn(self) -> Iterator[tuple[str, EncodedFrame]]:
        """The waiting frames in order, until the turn is over; at least one, if any waits."""
        until_s = time.monotonic() + TURN_S
        while (work := self._next()) is not None:
            yield work
            if time.monotonic() > until_s:
                return

    def _next(self) -> tuple[str, EncodedFrame] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _decode(self, codec: str, frame: EncodedFrame) -> list[VideoFrame] | None:
        """Pictures of a frame; None if it is damaged."""
        context = self._context
        if context is None or codec != self._codec:
            context = self._context = open_decoder(codec, self._max_pixels)
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


def open_decoder(codec: str, max_pixels: int = MAX_PIXELS) -> VideoCodecContext:
    """A decoder for ``VP8`` or ``H264`` without a delay of frames."""
    decoder = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(decoder, VideoCodecContext)  # noqa: S101 - both are
    decoder.flags |= Flags.low_delay
    decoder.options = {"max_pixels": str(max_pixels)}  # FFmpeg refuses a larger picture before it allocates it
    decoder.thread_count = 1  # each frame thread delays the output by a frame
    return decoder
