"""The rendered hand to copy."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.hand import build_hand, hand_box
from streamsign.demo.poses import LETTERS
from streamsign.demo.render import HandPlacement, Light, shade, trace

PICTURE_PX = 720
"""Side of the picture: sharp where it is shown at 360 CSS pixels on a screen of two pixels each."""

_HAND_SHARE = 0.8
"""Longer side of the hand, without its forearm, over the side of the picture."""
_SKIN = np.array([0.48, 0.6, 0.82], np.float32)
"""BGR of a medium skin: it stands out on the light and on the dark page."""
_LIGHT = Light(np.array([-0.42, 0.5, 0.757]), 0.82, 0.34)
_WEBP_QUALITY = 88


@lru_cache(maxsize=32)
def drawn_hand(letter: str) -> bytes:
    """A right hand holding a letter as its signer's camera sees it, without noise or room.

    Args:
        letter: one of :data:`streamsign.demo.poses.LETTERS`.

    Returns:
        A WebP of PICTURE_PX × PICTURE_PX with a transparent background.
    """
    cones = build_hand(LETTERS[letter])
    x0, y0, x1, y1 = hand_box(cones)
    palm = _HAND_SHARE * PICTURE_PX / max(x1 - x0, y1 - y0)
    middle = PICTURE_PX / 2
    place = HandPlacement(middle - palm * (x0 + x1) / 2, middle + palm * (y0 + y1) / 2, palm)
    surface = trace(cones, place, PICTURE_PX, PICTURE_PX)
    mask = surface.mask.astype(np.float32)
    alpha = _softened(mask)
    # Brightness beside the hand means nothing: the outline takes that of the hand next to it.
    bright = _softened(shade(surface, _LIGHT, palm) * mask) / np.maximum(alpha, 1e-3)
    skin = np.clip(bright[:, :, None] * _SKIN, 0.0, 1.0)
    picture = np.rint(255 * np.dstack([skin, alpha])).astype(np.uint8)
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, _WEBP_QUALITY])[1].tobytes()


def _softened(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), 1.0), np.float32)
