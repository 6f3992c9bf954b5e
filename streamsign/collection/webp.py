"""The size that a WebP file announces, read before it is decoded: a small file may announce a huge picture."""

from __future__ import annotations

import struct


def webp_size(content: bytes) -> tuple[int, int] | None:
    """Return the width and height of a WebP picture in pixels (RFC 9649, sections 2.4 to 2.7).

    Returns None if the content is not a still WebP picture. An extended file (VP8X) has the size of its canvas.
    """
    if len(content) < 30 or content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    chunk, start = content[12:16], content[20:30]
    if chunk == b"VP8 " and start[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", start[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if chunk == b"VP8L" and start[0] == 0x2F:
        (bits,) = struct.unpack("<I", start[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X" and not start[0] & 0x02:  # not animated
        return int.from_bytes(start[4:7], "little") + 1, int.from_bytes(start[7:10], "little") + 1
    return None
