"""Reads from RTP payloads where a frame begins and whether it is a key frame. VP8 and H.264."""

from __future__ import annotations

from aiortc.codecs import depayload
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from streamsign.webrtc.jitter import MediaPacket
from streamsign.webrtc.rtp import RtpPacket

_STAP_A, _FU_A = 24, 28
_SLICE, _IDR, _SPS, _DELIMITER = 1, 5, 7, 9
"""H.264 NAL unit types (RFC 6184 table 1, ITU-T H.264 table 7-1)."""

_SIZE_BYTES = 2
_VP8 = "video/VP8"


def media_packet(packet: RtpPacket, codec: RTCRtpCodecParameters) -> MediaPacket:
    """An RTP packet with its payload header read and removed.

    Args:
        packet: of the media stream, or unwrapped from its retransmission stream.
        codec: VP8 or H264.

    Raises:
        ValueError: the payload is malformed.
    """
    payload = packet.payload
    begins = key = False
    first_slice = None
    if payload and codec.mimeType == _VP8:
        header, payload = payload[0], payload[vp8_descriptor_size(payload) :]
        # RFC 7741 section 4.2: S is set and the partition index 0 in the first packet of a frame only;
        # section 4.3: the lowest bit of the frame header that follows is 0 in a key frame.
        begins = header & 0x1F == 0x10
        key = begins and bool(payload) and not payload[0] & 1
    elif payload:
        payload = depayload(codec, payload)
        begins, key, first_slice = _read_h264(packet.payload)
    number, timestamp, marker = packet.sequence_number, packet.timestamp, bool(packet.marker)
    return MediaPacket(number, timestamp, marker, begins, key, packet.payload_type, payload, first_slice)


def original_packet(packet: RtpPacket, payload_type: int, ssrc: int) -> RtpPacket:
    """The packet a retransmission holds (RFC 4588 section 4).

    Args:
        packet: of the retransmission stream, with two bytes of payload at least.
        payload_type: of the media stream.
        ssrc: of the media stream.
    """
    return packet._replace(
        payload_type=payload_type,
        sequence_number=int.from_bytes(packet.payload[:2], "big"),
        ssrc=ssrc,
        payload=packet.payload[2:],
    )


def vp8_descriptor_size(payload: bytes) -> int:
    """Bytes of the VP8 payload descriptor (RFC 7741 section 4.2).

    Raises:
        ValueError: the payload ends within it.
    """
    size = 1
    if payload[0] & 0x80:
        if len(payload) < 2:
            raise ValueError("the VP8 descriptor is cut short")
        extended, size = payload[1], 2
        if extended & 0x80:  # picture number, of one byte or two
            size += 2 if len(payload) > size and payload[size] & 0x80 else 1
        size += bool(extended & 0x40) + bool(extended & 0x30)
    if len(payload) < size:
        raise ValueError("the VP8 descriptor is cut short")
    return size


def _read_h264(payload: bytes) -> tuple[bool, bool, bool | None]:
    # By itself only a delimiter or a parameter set says that an access unit begins (H.264 section 7.4.1.2.3), and a
    # sender may repeat parameter sets before each slice. Macroblock 0 is in the first slice only (section 7.4.3).
    units = _nal_units(payload)
    types = {kind for kind, _ in units}
    first_slice = next((bool(header & 0x80) for kind, header in units if kind in (_SLICE, _IDR)), None)
    return bool(types & {_SPS, _DELIMITER}), bool(types & {_SPS, _IDR}), first_slice


def _nal_units(payload: bytes) -> list[tuple[int, int]]:
    """Type and first content byte of the NAL units that begin in a payload (RFC 6184 sections 5.6 to 5.8).

    A slice's first byte begins with the number of its first macroblock as ue(v), which is one set bit for 0.
    """
    kind = payload[0] & 0x1F
    if kind == _FU_A:
        return [(payload[1] & 0x1F, _byte(payload, 2))] if payload[1] & 0x80 else []
    if kind != _STAP_A:
        return [(kind, _byte(payload, 1))]
    units, at = [], 1
    while at + _SIZE_BYTES < len(payload):
        units.append((payload[at + _SIZE_BYTES] & 0x1F, _byte(payload, at + _SIZE_BYTES + 1)))
        at += _SIZE_BYTES + int.from_bytes(payload[at : at + _SIZE_BYTES], "big")
    return units


def _byte(payload: bytes, at: int) -> int:
    return payload[at] if at < len(payload) else 0
