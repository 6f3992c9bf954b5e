"""Frame beginnings and key frames in real VP8 and H.264 payloads."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.codecs import CODECS, get_encoder
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from streamsign.webrtc.decoder import open_decoder
from streamsign.webrtc.jitter import JitterBuffer, MediaPacket
from streamsign.webrtc.payload import media_packet, original_packet, vp8_descriptor_size
from streamsign.webrtc.rtp import RtpPacket

VP8, H264 = (next(each for each in CODECS["video"] if each.name == name) for name in ("VP8", "H264"))


def _packet(
    codec: RTCRtpCodecParameters, payload: bytes, number: int = 0, marker: bool = False, timestamp: int = 0
) -> RtpPacket:
    return RtpPacket(codec.payloadType, int(marker), number, timestamp, 1, payload, len(payload), None)


def _encoded(codec: RTCRtpCodecParameters, count: int) -> list[list[MediaPacket]]:
    """Packets of ``count`` noisy frames, the third of them a forced key frame."""
    encoder = get_encoder(codec)
    dice = np.random.default_rng(1)
    frames = []
    for number in range(count):
        picture = VideoFrame.from_ndarray(dice.integers(0, 256, (240 * 3 // 2, 320), np.uint8), format="yuv420p")
        picture.pts, picture.time_base = number * 3000, Fraction(1, 90_000)
        payloads, timestamp = encoder.encode(picture, force_keyframe=number == 2)
        packets = [
            _packet(codec, payload, place, place == len(payloads) - 1, timestamp)
            for place, payload in enumerate(payloads)
        ]
        frames.append([media_packet(packet, codec) for packet in packets])
    return frames


@pytest.mark.parametrize("codec", [VP8, H264], ids=lambda codec: codec.name)
def test_key_frames_and_beginnings_are_seen(codec: RTCRtpCodecParameters) -> None:
    """The first and the forced frame are key frames that say where they begin; no other packet claims either."""
    frames = _encoded(codec, 4)
    assert [any(packet.key for packet in frame) for frame in frames] == [True, False, True, False]
    for frame in frames:
        assert len(frame) > 1
        assert not any(packet.begins for packet in frame[1:])
        assert [packet.marker for packet in frame] == [False] * (len(frame) - 1) + [True]
    assert frames[0][0].begins
    assert frames[2][0].begins


def test_padding_is_empty() -> None:
    """A packet without payload is padding and begins nothing."""
    packet = media_packet(_packet(VP8, b"", 7), VP8)
    assert (packet.payload, packet.begins, packet.key) == (b"", False, False)


def test_parameter_sets_in_one_packet_are_seen() -> None:
    """SPS and PPS aggregated in one packet, as Chrome and Safari send them, begin a key frame."""
    aggregate = bytes([24]) + b"\x00\x03\x67ab" + b"\x00\x02\x68c"
    packet = media_packet(_packet(H264, aggregate), H264)
    assert packet.begins
    assert packet.key
    assert packet.payload == b"\0\0\0\1\x67ab\0\0\0\1\x68c"


@given(payload=st.binary(max_size=40), codec=st.sampled_from([VP8, H264]))
def test_any_bytes_are_read_or_refused(payload: bytes, codec: RTCRtpCodecParameters) -> None:
    """Whatever comes over the network gives a packet or a ValueError."""
    with contextlib.suppress(ValueError):
        media_packet(_packet(codec, payload), codec)


@given(
    picture=st.none() | st.integers(0, 0x7FFF),
    level=st.none() | st.integers(0, 255),
    layer=st.none() | st.tuples(st.integers(0, 3), st.integers(0, 1)),
    key_index=st.none() | st.integers(0, 31),
)
def test_a_vp8_descriptor_ends_where_aiortc_ends_it(
    picture: int | None, level: int | None, layer: tuple[int, int] | None, key_index: int | None
) -> None:
    """With any of its optional fields the descriptor has the length it was written with; cut short it is refused."""
    written = bytes(VpxPayloadDescriptor(1, 0, picture, level, layer, key_index))
    assert vp8_descriptor_size(written + b"frame") == len(written)
    for size in range(1, len(written)):
        with pytest.raises(ValueError, match="cut short"):
            vp8_descriptor_size(written[:size])


@given(st.binary(min_size=1, max_size=8))
def test_any_vp8_descriptor_is_read_as_aiortc_reads_it(payload: bytes) -> None:
    """Whatever comes is cut where aiortc cuts it, or refused when it refuses it."""
    try:
        expected = len(payload) - len(VpxPayloadDescriptor.parse(payload)[1])
    except ValueError:
        with pytest.raises(ValueError, match="cut short"):
            vp8_descriptor_size(payload)
    else:
        assert vp8_descriptor_size(payload) == expected


def test_a_retransmission_holds_its_original() -> None:
    """The original's number comes first in the payload; what follows is its payload."""
    again = RtpPacket(98, 1, 500, 9000, 2, b"\x01\x02abc", 5, 77)
    original = original_packet(again, payload_type=97, ssrc=1)
    assert original[:6] == (97, 1, 0x0102, 9000, 1, b"abc")


def _sliced(count: int) -> list[list[RtpPacket]]:
    """Packets of frames of three slices, with parameter sets before each IDR slice, as GStreamer repeats them."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 160, 120, "yuv420p", Fraction(1, 30)
    encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "x264-params": "slices=3:keyint=4:scenecut=0"}
    dice = np.random.default_rng(1)
    frames, number = [], 0
    parameter_sets: list[bytes] = []
    for index in range(count):
        picture = VideoFrame.from_ndarray(dice.integers(0, 256, (180, 160), np.uint8), format="yuv420p")
        picture.pts = index
        payloads = [b"\x09\xf0"] if index % 2 else []  # an access unit delimiter
        for unit in [unit for packet in encoder.encode(picture) for unit in _nal_units_of(bytes(packet))]:
            kind = unit[0] & 0x1F
            if kind in (7, 8):
                parameter_sets = [unit] if kind == 7 else [parameter_sets[0], unit]
            elif kind in (1, 5):
                payloads += [*(parameter_sets if kind == 5 else []), *H264Encoder._packetize([unit])]
        frames.append(
            [
                _packet(H264, payload, number + place, place == len(payloads) - 1, index * 3000)
                for place, payload in enumerate(payloads)
            ]
        )
        number += len(payloads)
    return frames


def _nal_units_of(stream: bytes) -> list[bytes]:
    return [part.rstrip(b"\0") for part in stream.split(b"\0\0\1") if part.rstrip(b"\0")]


SLICED = _sliced(9)


@given(
    start=st.integers(0, sum(map(len, SLICED[:5])) - 1),
    lost=st.sets(st.integers(0, sum(map(len, SLICED)) - 1), max_size=2),
)
def test_slices_with_repeated_parameter_sets_are_one_frame(start: int, lost: set[int]) -> None:
    """Wherever reception begins and whatever is lost, every frame that comes out is whole and is decoded."""
    buffer, decoder = JitterBuffer(), open_decoder("H264")
    whole = {b"".join(media_packet(packet, H264).payload for packet in frame) for frame in SLICED}
    shown = []
    for packet in (packet for frame in SLICED for packet in frame):
        if packet.sequence_number >= start and packet.sequence_number not in lost:
            shown += [frame.data for frame in buffer.add(media_packet(packet, H264), 0.0).frames]
    assert set(shown) <= whole
    assert all(decoder.decode(av.Packet(data)) for data in shown)
    if not lost:
        begun = sum(frame[0].sequence_number < start for frame in SLICED)
        assert len(shown) == len(SLICED) - 4 * -(-begun // 4)  # every fourth is a key frame
