"""Whether two pictures of a hand show the same: the difference of their thumbnails."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL = 32
"""Side of a thumbnail, pixels."""

SAME_PICTURE = 2.5
"""Two pictures of one signer and letter are the same below this root-mean-square difference (gray levels, of 32×32
thumbnails): the noise of a webcam stays below it, a hand that moved by a pixel of the thumbnail does not."""

Thumbnail = NDArray[np.float32]


def thumbnail_of(pixels: NDArray[np.uint8], side: int = THUMBNAIL) -> Thumbnail:
    """A picture shrunk to (side, side) float32, gray levels."""
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def difference(one: Thumbnail, other: Thumbnail) -> float:
    """Root-mean-square difference of two thumbnails, gray levels."""
    return float(np.sqrt(np.mean(np.square(one - other))))
