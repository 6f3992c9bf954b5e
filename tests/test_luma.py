"""luma.py: the range of decoded pictures. The planes of pictures in files are tested in sources/test_file.py."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from streamsign.luma import luma_of

WIDTH, HEIGHT = 90, 60


@pytest.mark.parametrize(
    ("pixels", "color_range", "limited"),
    [
        ("yuv420p", ColorRange.MPEG, True),
        ("yuv420p", ColorRange.JPEG, False),
        ("yuv420p", ColorRange.UNSPECIFIED, True),
        ("yuvj420p", ColorRange.UNSPECIFIED, False),
        ("gray", ColorRange.UNSPECIFIED, False),
        ("gray", ColorRange.MPEG, True),
        ("nv12", ColorRange.UNSPECIFIED, True),
    ],
)
def test_the_range_is_what_the_picture_says_or_its_format_implies(
    pixels: str, color_range: ColorRange, limited: bool
) -> None:
    """The range is limited by default for YUV, and full for JPEG-style and gray formats."""
    picture = av.VideoFrame(WIDTH, HEIGHT, pixels)
    picture.color_range = color_range
    luma, found = luma_of(picture)
    assert luma.shape == (HEIGHT, WIDTH)
    assert found is limited


@pytest.mark.parametrize("width", [2, 90, 128])
def test_the_luma_is_the_plane_without_its_padding(width: int) -> None:
    """Every pixel of the picture and no other is seen, in the plane itself: what changes there changes the luma."""
    planes = np.random.default_rng(width).integers(0, 256, (HEIGHT * 3 // 2, width), np.uint8)
    picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    luma, _ = luma_of(picture)
    assert np.array_equal(luma, planes[:HEIGHT])
    view = np.frombuffer(memoryview(picture.planes[0]), np.uint8)
    assert np.shares_memory(luma, view)
