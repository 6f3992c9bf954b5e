"""The announced size of a WebP."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from streamsign.collection.webp import webp_size


@pytest.mark.parametrize("quality", [80, 101])
@pytest.mark.parametrize("shape", [(40, 300), (120, 96, 4)])
def test_reads_the_size_that_encoders_write(quality: int, shape: tuple[int, ...]) -> None:
    """Lossy, lossless and extended files give the width and height of their picture."""
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    encoded = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
    assert webp_size(encoded) == (shape[1], shape[0])


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x89PNG" + bytes(40), b"RIFF\0\0\0\0WEBPVP8 " + bytes(20)])
def test_other_files_have_no_size(content: bytes) -> None:
    """Other bytes, and a cut WebP, have none."""
    assert webp_size(content) is None
