"""What an RTP payload says about frames: where one begins, and whether it is a key frame. VP8 and H.264."""

from __future__ import annotations

from aiortc.codecs import depayload
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket

from streamsign.webrtc.jitter import MediaPacket

_STAP_A, _FU_A = 24, 28
_IDR, _SPS, _DELIMITER = 5, 7, 9
"""H.264 NAL unit types (RFC 6184 table 1, ITU-T H.264 table 7-1)."""

_SIZE_BYTES = 2


def media_packet(packet: RtpPacket, codec: RTCRtpCodecParameters) -> MediaPacket:
    """An RTP packet with its payload header read and removed by aiortc.

    Args:
        packet: of the media stream, or unwrapped from its retransmission stream.
        codec: VP8 or H264.

    Raises:
        ValueError: the payload is malformed.
    """
    payload = depayload(codec, packet.payload) if packet.payload else b""
    begins = key = False
    if payload:
        begins, key = _read_vp8(packet.payload, payload) if codec.name == "VP8" else _read_h264(packet.payload)
    return MediaPacket(
        sequence_number=packet.sequence_number,
        timestamp=packet.timestamp,
        marker=bool(packet.marker),
        begins=begins,
        key=key,
        payload_type=packet.payload_type,
        payload=payload,
    )


def _read_vp8(with_header: bytes, payload: bytes) -> tuple[bool, bool]:
    # RFC 7741 section 4.2: S is set and the partition index 0 in the first packet of a frame only;
    # section 4.3: the lowest bit of the frame header that follows is 0 in a key frame.
    begins = with_header[0] & 0x1F == 0x10
    return begins, begins and not payload[0] & 1


def _read_h264(payload: bytes) -> tuple[bool, bool]:
    # Only a parameter set or a delimiter says by itself that an access unit begins (H.264 section 7.4.1.2.3).
    types = set(_nal_types(payload))
    return bool(types & {_SPS, _DELIMITER}), bool(types & {_SPS, _IDR})


def _nal_types(payload: bytes) -> list[int]:
    """Types of the NAL units that begin in a payload (RFC 6184 sections 5.6 to 5.8)."""
    kind = payload[0] & 0x1F
    if kind == _FU_A:
        return [payload[1] & 0x1F] if payload[1] & 0x80 else []
    if kind != _STAP_A:
        return [kind]
    types, at = [], 1
    while at + _SIZE_BYTES < len(payload):
        types.append(payload[at + _SIZE_BYTES] & 0x1F)
        at += _SIZE_BYTES + int.from_bytes(payload[at : at + _SIZE_BYTES], "big")
    return types
