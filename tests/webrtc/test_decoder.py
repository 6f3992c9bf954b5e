"""The decoder's thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from benchmarks import timecode
from streamsign.sources.file import luma_of
from streamsign.webrtc.decoder import BACKLOG, RTP_CLOCK, DecoderThread, Picture
from streamsign.webrtc.jitter import EncodedFrame

GENEROUS_S = 30

ENCODERS = {"VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8"}), "H264": ("libx264", {"tune": "zerolatency"})}


def film(codec: str, count: int, keys: tuple[int, ...] = (0,)) -> list[EncodedFrame]:
    """Frames that show their number (from 1), those in ``keys`` (from 0) being key frames."""
    name, options = ENCODERS[codec]
    encoder = CodecContext.create(name, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuv420p"
    encoder.time_base, encoder.options, encoder.gop_size = RTP_CLOCK, options, 1000
    frames = []
    for number in range(count):
        planes = np.full((240 * 3 // 2, 320), 128, np.uint8)
        timecode.paint(planes[:240], number + 1)
        picture = VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts, picture.time_base = number * 3000, RTP_CLOCK
        picture.pict_type = 1 if number in keys else 0
        data = b"".join(bytes(packet) for packet in encoder.encode(picture))
        frames.append(EncodedFrame(data, 90_000 + number * 3000, number in keys, 97, 1.0, 2.0))
    return frames


class Taker:
    """Collects what a decoder says; ``gate`` holds its thread up."""

    def __init__(self) -> None:
        self.pictures: queue.SimpleQueue[Picture] = queue.SimpleQueue()
        self.failures: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.gate = threading.Event()
        self.gate.set()
        self.thread = DecoderThread(self._take, lambda: self.failures.put(None))

    def _take(self, picture: Picture) -> None:
        self.pictures.put(picture)
        self.gate.wait(GENEROUS_S)

    def shown(self) -> int | None:
        """Number on the next picture."""
        return timecode.read(luma_of(self.pictures.get(timeout=GENEROUS_S).image)[0])


@pytest.fixture
def taker() -> Iterator[Taker]:
    """A decoder thread that ends with the test."""
    made = Taker()
    yield made
    made.gate.set()
    made.thread.close()
    made.thread.join(GENEROUS_S)


@pytest.mark.parametrize("codec", list(ENCODERS))
def test_each_frame_comes_out_at_once(taker: Taker, codec: str) -> None:
    """Each frame gives its picture before the next one is there, stamped and counted from the first."""
    for number, frame in enumerate(film(codec, 4)):
        assert taker.thread.decode(codec, frame)
        picture = taker.pictures.get(timeout=GENEROUS_S)
        assert timecode.read(luma_of(picture.image)[0]) == number + 1
        assert (picture.image.pts, picture.image.time_base) == (number * 3000, RTP_CLOCK)
        assert (picture.timestamp, picture.first_packet_s, picture.complete_s) == (90_000 + number * 3000, 1.0, 2.0)


def test_only_the_newest_of_a_batch_is_handed_over(taker: Taker) -> None:
    """Frames that waited are all decoded, because each builds on the last, and only the newest is told."""
    taker.gate.clear()
    first, *rest = film("VP8", 10)
    taker.thread.decode("VP8", first)
    assert taker.shown() == 1
    for frame in rest:
        taker.thread.decode("VP8", frame)
    taker.gate.set()
    assert taker.shown() == 10
    assert taker.pictures.empty()
    statistics = taker.thread.statistics()
    assert (statistics.decoded, statistics.superseded, statistics.dropped) == (10, 8, 0)


def test_a_key_frame_makes_what_waits_needless(taker: Taker) -> None:
    """Frames that wait when a key frame comes are not decoded."""
    taker.gate.clear()
    first, *rest = film("VP8", 6, keys=(0, 4))
    taker.thread.decode("VP8", first)
    assert taker.shown() == 1
    for frame in rest:
        taker.thread.decode("VP8", frame)
    taker.gate.set()
    assert taker.shown() == 6
    assert taker.thread.statistics().dropped == 3


def test_a_full_backlog_is_dropped_and_told(taker: Taker) -> None:
    """A decoder that cannot keep up drops what waits and says that only a key frame can follow."""
    taker.gate.clear()
    first, *rest = film("VP8", BACKLOG + 2)
    taker.thread.decode("VP8", first)
    assert taker.shown() == 1
    assert [taker.thread.decode("VP8", frame) for frame in rest] == [True] * BACKLOG + [False]
    assert taker.thread.statistics().dropped == BACKLOG + 1


@pytest.mark.parametrize("codec", list(ENCODERS))
def test_a_broken_frame_is_never_shown(taker: Taker, codec: str) -> None:
    """A frame that cannot be decoded is told, and nothing is shown until a key frame."""
    frames = film(codec, 5, keys=(0, 3))
    taker.thread.decode(codec, frames[0])
    assert taker.shown() == 1
    broken = EncodedFrame(b"\x00" * 5, 93_000, False, 97, 1.0, 2.0)
    taker.thread.decode(codec, broken)
    taker.failures.get(timeout=GENEROUS_S)
    for frame in frames[2:]:
        taker.thread.decode(codec, frame)
    assert taker.shown() in (4, 5)


def test_closing_waits_for_nothing() -> None:
    """A thread that is stuck is left behind: closing returns, and the program may end."""
    taker = Taker()
    taker.gate.clear()
    taker.thread.decode("VP8", film("VP8", 1)[0])
    assert taker.shown() == 1
    taker.thread.close()
    assert taker.thread.decode("VP8", film("VP8", 1)[0])
    stuck = [thread for thread in threading.enumerate() if thread.name == "video-decoder"]
    assert stuck
    assert all(thread.daemon for thread in stuck)
    taker.gate.set()
    taker.thread.join(GENEROUS_S)
    assert taker.pictures.empty()
