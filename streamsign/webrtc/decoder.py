"""A thread that decodes one video stream and hands over only the newest picture of what waits."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
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

_DECODERS = {"VP8": "libvpx", "H264": "h264"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame and its way here, in monotonic seconds (see :class:`~streamsign.webrtc.jitter.EncodedFrame`).

    Attributes:
        image: as the decoder made it, its planes not copied; ``pts`` is in RTP ticks since the first frame.
        timestamp: RTP timestamp, unwrapped.
    """

    image: VideoFrame
    timestamp: int
    first_packet_s: float
    complete_s: float
    decoded_s: float


@dataclass(slots=True)
class DecoderStatistics:
    """Frames decoded, decoded but not handed over because a newer one waited, and dropped undecoded."""

    decoded: int = 0
    superseded: int = 0
    dropped: int = 0


class DecoderThread:
    """Decodes frames in their order in a thread of its own, which ends with the program whatever it is doing.

    Args:
        on_picture: told each newest picture, in the thread.
        on_failure: told, in the thread, that a frame cannot be decoded: only a key frame can follow.
    """

    def __init__(self, on_picture: Callable[[Picture], None], on_failure: Callable[[], None]) -> None:
        self._on_picture = on_picture
        self._on_failure = on_failure
        self._waiting: deque[tuple[str, EncodedFrame]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._statistics = DecoderStatistics()
        self._thread = threading.Thread(target=self._run, name="video-decoder", daemon=True)
        self._thread.start()

    def decode(self, codec: str, frame: EncodedFrame) -> bool:
        """Queue a frame; never waits.

        What waits is dropped when a key frame comes (nothing before it is needed any more) or :data:`BACKLOG` is full.

        Args:
            codec: ``VP8`` or ``H264``.
            frame: the next one of the stream.

        Returns:
            False when the frame was dropped: only a key frame can follow.
        """
        with self._changed:
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
            self._changed.notify()
        return True

    def close(self) -> None:
        """Let the thread end after the frame it is at; never waits."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread to end. Blocks: not for the event loop."""
        self._thread.join(timeout_s)

    def statistics(self) -> DecoderStatistics:
        """What went through so far."""
        return self._statistics

    def _next(self) -> tuple[str, EncodedFrame] | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return None if self._closed else self._waiting.popleft()

    def _run(self) -> None:
        decoder: VideoCodecContext | None = None
        name = ""
        origin: int | None = None
        broken = False
        while (work := self._next()) is not None:
            codec, frame = work
            if broken and not frame.key:
                self._statistics.dropped += 1
                continue
            if decoder is None or codec != name:
                decoder, name = open_decoder(codec), codec
            if origin is None:
                origin = frame.timestamp
            images = _decode(decoder, frame, frame.timestamp - origin)
            broken = images is None
            if images is None:
                self._on_failure()
                continue
            self._statistics.decoded += len(images)
            if not images:
                continue
            if self._waiting:
                self._statistics.superseded += len(images)
                continue
            now_s = time.monotonic()
            self._on_picture(Picture(images[-1], frame.timestamp, frame.first_packet_s, frame.complete_s, now_s))


def open_decoder(codec: str) -> VideoCodecContext:
    """A decoder for ``VP8`` or ``H264`` that gives each frame out at once."""
    decoder = av.CodecContext.create(_DECODERS[codec], "r")
    assert isinstance(decoder, VideoCodecContext)  # noqa: S101 - both are
    decoder.flags |= Flags.low_delay
    decoder.thread_count = 1  # frame threads hold a frame back each
    return decoder


def _decode(decoder: VideoCodecContext, frame: EncodedFrame, pts: int) -> list[VideoFrame] | None:
    """Pictures of a frame; None when it is broken."""
    packet = av.Packet(frame.data)
    packet.pts = pts
    packet.time_base = RTP_CLOCK
    try:
        images = decoder.decode(packet)
    except av.FFmpegError:
        return None
    return None if any(image.is_corrupt for image in images) else images
