"""The brightness plane of a decoded video frame, for every source that decodes with PyAV."""

from __future__ import annotations

import re
import struct
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

_LUMA_FIRST = re.compile(r"(yuvj?a?4[0-4][0-4]p|nv12|nv21|nv16|nv24|gray)")
"""Pixel formats whose first plane is 8-bit brightness, by FFmpeg's names."""

_MATRIX = struct.Struct("=9i")


class _Format(NamedTuple):
    """Whether a format's first plane is brightness, and whether that is full range unless the picture says."""

    has_luma: bool
    is_full: bool


@cache
def _format(name: str) -> _Format:
    return _Format(_LUMA_FIRST.fullmatch(name) is not None, name == "gray" or name.startswith("yuvj"))


def luma_of(picture: VideoFrame) -> tuple[NDArray[np.uint8], bool]:
    """Brightness of a decoded picture and whether it is limited range (16–235).

    Planar YUV gives a view of the decoder's own plane, padding at the end of its rows left out; any other format is
    converted. The picture stands upright: it is turned and mirrored as its display matrix says.

    Returns:
        (height, width) uint8, and True when black is 16 (ITU-R BT.601, also assumed of YUV that does not say).
    """
    # Few calls: decoding has replaced this code in the processor's caches, and each call takes microseconds.
    pixels = _format(picture.format.name)
    luma: NDArray[np.uint8]
    if pixels.has_luma:
        plane = picture.planes[0]
        luma = np.ndarray((picture.height, picture.width), np.uint8, memoryview(plane), 0, (plane.line_size, 1))
        said = picture.color_range
        limited = said == ColorRange.MPEG or (said != ColorRange.JPEG and not pixels.is_full)
    else:
        luma = np.asarray(picture.reformat(format="gray").to_ndarray(), np.uint8)
        limited = False
    return _upright(luma, picture), limited


def _upright(luma: NDArray[np.uint8], picture: VideoFrame) -> NDArray[np.uint8]:
    """A view of the plane as the display matrix of the picture says, turned by quarters and mirrored.

    The matrix (ISO/IEC 14496-12 section 6.2.2) sends the point (x, y) to (a·x + c·y, b·x + d·y), with y downwards. An
    angle between the quarters counts as the nearest one; translation and scale do not matter.
    """
    side_data = picture.side_data
    matrix: Any = side_data.get("DISPLAYMATRIX") if len(side_data) else None
    if matrix is None:
        return luma
    a, b, _, c, d, *_ = _MATRIX.unpack_from(bytes(matrix))
    if abs(b) + abs(c) > abs(a) + abs(d):
        luma, right, down = luma.T, c, b
    else:
        right, down = a, d
    return luma[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1]
