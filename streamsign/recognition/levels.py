"""Gray levels of limited-range luma and their full-range values (ITU-R BT.601-7, section 2.5.3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLACK, WHITE = 16, 235
"""Luma of black and white in limited range, as video decoders give it."""

_LEVELS = np.arange(256, dtype=np.float32)


def full_range_levels(*, limited_range: bool) -> NDArray[np.float32]:
    """Full-range value of each 8-bit luma level.

    Args:
        limited_range: True when black is 16 and white 235.

    Returns:
        (256,) float32 in 0–255. Index it with a luma plane to expand the plane.
    """
    if not limited_range:
        return _LEVELS.copy()
    return np.asarray(np.clip((_LEVELS - BLACK) * (255 / (WHITE - BLACK)), 0, 255), np.float32)
