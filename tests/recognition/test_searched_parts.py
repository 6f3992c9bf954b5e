"""Parts of frames that were searched and hold no hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.searched_parts import SEARCH_AGAIN_S, FramePart, SearchedParts

RNG = np.random.default_rng(7)
LUMA = RNG.integers(40, 200, (240, 320)).astype(np.uint8)
WHOLE, CORNER = FramePart(0, 0, 320, 240), FramePart(112, 84, 208, 156)


def searched(part: FramePart = WHOLE) -> SearchedParts:
    """One part was searched at 0 s."""
    parts = SearchedParts()
    parts.begin(LUMA, 0.0)
    parts.add(part)
    return parts


def test_an_unchanged_part_is_not_searched_for_a_while() -> None:
    """With a camera's noise as well, until it is due again or the camera is another one."""
    parts = searched()
    parts.begin(np.clip(LUMA + RNG.normal(0, 8, LUMA.shape), 0, 255).astype(np.uint8), 0.1)
    assert parts.holds(WHOLE)
    assert not parts.holds(CORNER)
    parts.begin(LUMA, SEARCH_AGAIN_S)
    assert not parts.holds(WHOLE)
    parts.begin(LUMA, 0.1)
    parts.clear()
    assert not parts.holds(WHOLE)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (150, 100), (310, 230)])
def test_a_part_that_changes_is_searched(x: int, y: int) -> None:
    """A fingertip of ten pixels that comes in anywhere is a change; slow changes add up."""
    parts = searched()
    changed = LUMA // 2
    changed[y : y + 10, x : x + 10] += 60
    parts.begin(LUMA // 2, 0.1)
    parts.add(WHOLE)
    parts.begin(changed, 0.2)
    assert not parts.holds(WHOLE)
    parts = searched()
    held = []
    for step in range(1, 10):
        parts.begin(LUMA + np.uint8(step), 0.02 * step)
        held.append(parts.holds(WHOLE))
    assert held == sorted(held, reverse=True)
    assert held[0]
    assert not held[-1]


def test_a_corner_is_compared_by_its_own_pixels() -> None:
    """What changes elsewhere does not matter to a corner, and does to the whole frame."""
    parts = searched(CORNER)
    parts.add(WHOLE)
    changed = LUMA.copy()
    changed[:70, :100] = 255
    parts.begin(changed, 0.1)
    assert parts.holds(CORNER)
    assert not parts.holds(WHOLE)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_part_is_due_at_the_latest_after_the_time(steps: list[float]) -> None:
    """However frames follow each other, a part is skipped only within that time of its last search."""
    parts, at_s, last_s = SearchedParts(), 0.0, float("-inf")
    for step in steps:
        at_s += step
        parts.begin(LUMA, at_s)
        assert parts.holds(WHOLE) == (at_s - last_s < SEARCH_AGAIN_S)
        if at_s - last_s >= SEARCH_AGAIN_S:
            parts.add(WHOLE)
            last_s = at_s
