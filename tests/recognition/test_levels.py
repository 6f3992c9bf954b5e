"""Limited-range luma."""

from __future__ import annotations

import numpy as np

from streamsign.recognition.levels import BLACK, WHITE, full_range_levels


def test_limited_range_is_stretched_to_full_range() -> None:
    """Black becomes 0, white 255, levels beyond them are clipped, and full range stays as it is."""
    levels = full_range_levels(limited_range=True)
    assert (levels[BLACK], levels[WHITE]) == (0, 255)
    assert (levels[: BLACK + 1] == 0).all()
    assert (levels[WHITE:] == 255).all()
    assert (np.diff(levels[BLACK : WHITE + 1]) > 1.1).all()
    assert np.array_equal(full_range_levels(limited_range=False), np.arange(256))
