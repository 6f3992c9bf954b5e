"""The decoder."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from av import Packet, VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from benchmarks import timecode
from streamsign.luma import luma_of
from streamsign.webrtc.decoder import BACKLOG, RTP_CLOCK, Decoder
from streamsign.webrtc.jitter import EncodedFrame

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


def shown(decoder: Decoder) -> int | None:
    """Number on the newest picture; None when there is none."""
    picture, _ = decoder.newest()
    return None if picture is None else timecode.read(luma_of(picture.image)[0])


@pytest.mark.parametrize("codec", list(ENCODERS))
def test_each_frame_comes_out_at_once(codec: str) -> None:
    """Each frame gives its picture before the next one is there, stamped and counted from the first."""
    decoder = Decoder()
    for number, frame in enumerate(film(codec, 4)):
        assert decoder.put(codec, frame)
        picture, failed = decoder.newest()
        assert picture is not None
        assert not failed
        assert timecode.read(luma_of(picture.image)[0]) == number + 1
        assert (picture.image.pts, picture.image.time_base) == (number * 3000, RTP_CLOCK)
        assert (picture.timestamp, picture.first_packet_s, picture.complete_s) == (90_000 + number * 3000, 1.0, 2.0)


def test_only_the_newest_of_a_batch_is_handed_over() -> None:
    """All waiting frames are decoded, because each depends on the previous one, and only the newest is delivered."""
    decoder = Decoder()
    for frame in film("VP8", 10):
        decoder.put("VP8", frame)
    assert shown(decoder) == 10
    assert shown(decoder) is None
    statistics = decoder.statistics()
    assert (statistics.decoded, statistics.replaced, statistics.dropped) == (10, 9, 0)


def test_a_turn_ends_although_frames_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that are slow to decode are left for the next turn, in order, so that other cameras have theirs."""
    decoder = Decoder()
    for frame in film("VP8", 4):
        decoder.put("VP8", frame)
    monkeypatch.setattr("streamsign.webrtc.decoder.TURN_S", 0.0)
    assert [shown(decoder) for _ in range(4)] == [1, 2, 3, 4]
    assert decoder.waiting == 0
    assert shown(decoder) is None


def test_a_slow_frame_ends_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of the frame that was decoded last counts too."""
    decoder, decode = Decoder(), Decoder._decode

    def slow(*work: Any) -> list[VideoFrame] | None:
        time.sleep(0.02)
        return decode(*work)

    monkeypatch.setattr(Decoder, "_decode", slow)
    monkeypatch.setattr("streamsign.webrtc.decoder.TURN_S", 0.01)
    for frame in film("VP8", 2):
        decoder.put("VP8", frame)
    assert [shown(decoder), shown(decoder)] == [1, 2]


def test_a_key_frame_makes_what_waits_needless() -> None:
    """Frames that wait when a key frame comes are not decoded."""
    decoder = Decoder()
    for frame in film("VP8", 6, keys=(0, 4)):
        decoder.put("VP8", frame)
    assert shown(decoder) == 6
    statistics = decoder.statistics()
    assert (statistics.decoded, statistics.dropped) == (2, 4)


def test_a_full_backlog_is_dropped_and_told() -> None:
    """A decoder that cannot keep up drops what waits and says that only a key frame can follow."""
    decoder = Decoder()
    frames = film("VP8", BACKLOG + 1)
    assert [decoder.put("VP8", frame) for frame in frames] == [True] * BACKLOG + [False]
    assert decoder.statistics().dropped == BACKLOG + 1
    assert shown(decoder) is None


@pytest.mark.parametrize("codec", list(ENCODERS))
def test_a_broken_frame_is_never_shown(codec: str) -> None:
    """A frame that cannot be decoded is reported, and nothing is delivered until a key frame."""
    decoder = Decoder()
    frames = film(codec, 5, keys=(0, 3))
    decoder.put(codec, frames[0])
    assert shown(decoder) == 1
    decoder.put(codec, EncodedFrame(b"\x00" * 5, 93_000, False, 97, 1.0, 2.0))
    decoder.put(codec, frames[2])
    assert decoder.newest() == (None, True)
    for number in (3, 4):
        decoder.put(codec, frames[number])
        assert shown(decoder) == number + 1


def test_what_was_whole_before_a_broken_frame_is_shown() -> None:
    """A batch with a broken frame delivers the last complete picture and reports the break."""
    decoder = Decoder()
    for frame in (*film("VP8", 2), EncodedFrame(b"\x00" * 5, 96_000, False, 97, 1.0, 2.0)):
        decoder.put("VP8", frame)
    picture, failed = decoder.newest()
    assert failed
    assert picture is not None
    assert timecode.read(luma_of(picture.image)[0]) == 2


def test_closed_it_takes_nothing_more() -> None:
    """After its end what waits is dropped and what comes is passed over, without asking for a key frame."""
    decoder = Decoder()
    first, second = film("VP8", 2)
    decoder.put("VP8", first)
    decoder.close()
    assert decoder.put("VP8", second)
    assert decoder.newest() == (None, False)


def test_it_has_no_thread() -> None:
    """Decoding happens in the thread that asks for it, the codec's own work too."""
    decoder = Decoder()
    before = threading.active_count()
    decoder.put("VP8", film("VP8", 1)[0])
    assert shown(decoder) == 1
    assert threading.active_count() == before


def test_vp8_pictures_are_those_of_libvpx() -> None:
    """The reference decoder makes the same pictures, to the last bit."""
    decoder, reference = Decoder(), CodecContext.create("libvpx", "r")
    assert isinstance(reference, VideoCodecContext)
    for frame in film("VP8", 12, keys=(0, 7)):
        decoder.put("VP8", frame)
        picture, _ = decoder.newest()
        [expected] = reference.decode(Packet(frame.data))
        assert picture is not None
        assert np.array_equal(picture.image.to_ndarray(), expected.to_ndarray())
