"""RTP packets as bytes."""

from __future__ import annotations

import contextlib

import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpReceiveParameters
from aiortc.rtp import HeaderExtensionsMap
from aiortc.rtp import RtpPacket as AnyRtpPacket
from hypothesis import given
from hypothesis import strategies as st

from streamsign.webrtc.ingress import ABS_SEND_TIME, abs_send_time_id
from streamsign.webrtc.rtp import parse_rtp

SEND_TIME_ID, MID_ID = 3, 1


def extensions(mid_id: int = MID_ID) -> HeaderExtensionsMap:
    """A map that writes the send time and another extension before it; ids above 14 need the longer form."""
    parameters = RTCRtpReceiveParameters(
        headerExtensions=[
            RTCRtpHeaderExtensionParameters(id=mid_id, uri="urn:ietf:params:rtp-hdrext:sdes:mid"),
            RTCRtpHeaderExtensionParameters(id=SEND_TIME_ID, uri=ABS_SEND_TIME),
        ]
    )
    assert abs_send_time_id(parameters) == SEND_TIME_ID
    made = HeaderExtensionsMap()
    made.configure(parameters)
    return made


@given(
    payload=st.binary(max_size=40),
    marker=st.integers(0, 1),
    csrc=st.lists(st.integers(0, 2**32 - 1), max_size=3),
    padding=st.integers(0, 9),
    sent=st.none() | st.integers(0, 2**24 - 1),
    mid=st.none() | st.text("ab0", min_size=1, max_size=9),
    mid_id=st.sampled_from([MID_ID, 20]),
)
def test_every_field_is_read_as_aiortc_wrote_it(
    payload: bytes, marker: int, csrc: list[int], padding: int, sent: int | None, mid: str | None, mid_id: int
) -> None:
    """A packet with any mixture of sources, padding and extensions, in either form, is read as it was written."""
    written = AnyRtpPacket(97, marker, 65_535, 2**32 - 1, 7, payload)
    written.csrc, written.padding_size = csrc, padding
    written.extensions.abs_send_time, written.extensions.mid = sent, mid
    packet = parse_rtp(written.serialize(extensions(mid_id)), SEND_TIME_ID)
    assert packet[:6] == (97, marker, 65_535, 2**32 - 1, 7, payload)
    assert (packet.size, packet.abs_send_time) == (len(payload) + padding, sent)


def test_a_send_time_nobody_agreed_on_is_passed_over() -> None:
    """Without a negotiated number no extension is taken for the send time."""
    written = AnyRtpPacket(97, payload=b"a")
    written.extensions.abs_send_time = 5
    assert parse_rtp(written.serialize(extensions()), None).abs_send_time is None


@pytest.mark.parametrize(
    "data", [b"", b"\x80" * 11, b"\x40" + b"\0" * 11, b"\x81" + b"\0" * 11, b"\x90" + b"\0" * 12, b"\xa0" + b"\0" * 11]
)
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    """Too short, another version, sources or extensions cut off, padding of no bytes: each is a ValueError."""
    with pytest.raises(ValueError, match=r"\w"):
        parse_rtp(data, None)


@given(data=st.binary(max_size=60), version=st.booleans())
def test_any_bytes_are_read_or_refused_as_aiortc_does(data: bytes, version: bool) -> None:
    """Whatever comes gives a packet or a ValueError, and the payload is the one aiortc finds."""
    if version:
        data = bytes([data[0] & 0x3F | 0x80 if data else 0x80]) + data[1:]
    with contextlib.suppress(ValueError):
        assert parse_rtp(data, SEND_TIME_ID).payload == AnyRtpPacket.parse(data).payload
