"""luma.py: the range of decoded pictures. The planes of pictures in files are tested in sources/test_file.py."""

from __future__ import annotations

import av
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
