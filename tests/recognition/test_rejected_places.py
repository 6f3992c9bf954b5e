"""Places that were searched and hold no hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.rejected_places import RETRY_S, RejectedPlaces

RNG = np.random.default_rng(7)
LUMA = RNG.integers(40, 200, (240, 320)).astype(np.uint8)
BOX = Box(100, 60, 160, 140)
SQUARE = Square(130, 100, 104)


def rejected(at_s: float = 0.0, score: float = 0.5) -> RejectedPlaces:
    """One rejected place."""
    places = RejectedPlaces()
    places.add(LUMA, BOX, SQUARE, score, at_s)
    return places


def test_an_unchanged_place_is_skipped_for_a_while() -> None:
    """With noise as well, until it is due again or the camera is another one."""
    places = rejected()
    noisy = np.clip(LUMA + RNG.normal(0, 3, LUMA.shape), 0, 255).astype(np.uint8)
    assert places.holds(LUMA, BOX, 0.5, 0.03)
    assert places.holds(noisy, BOX.moved(3, 2), 0.5, 0.1)
    assert not places.holds(LUMA, BOX, 0.5, RETRY_S)
    places.clear()
    assert not places.holds(LUMA, BOX, 0.5, 0.03)


def test_a_place_that_changes_is_verified() -> None:
    """A finger that is raised in it changes some of its pixels."""
    changed = LUMA.copy()
    changed[60:110, 125:140] = 230
    assert not rejected().holds(changed, BOX, 0.5, 0.03)


def test_another_place_is_verified() -> None:
    """One beside it, and a much smaller one in it."""
    places = rejected()
    assert not places.holds(LUMA, BOX.moved(40, 0), 0.5, 0.03)
    assert not places.holds(LUMA, Box(120, 80, 140, 110), 0.5, 0.03)


def test_a_higher_score_is_verified() -> None:
    """The corner of the frame may show as a hand what the whole frame hardly does; a lower score proves no more."""
    places = rejected(score=0.3)
    assert not places.holds(LUMA, BOX, 0.8, 0.03)
    assert places.holds(LUMA, BOX, 0.2, 0.03)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_place_is_due_at_the_latest_after_the_retry_time(steps: list[float]) -> None:
    """However frames follow each other, a proposal is skipped only within that time of its last rejection."""
    places, at_s, last_s = RejectedPlaces(), 0.0, float("-inf")
    for step in steps:
        at_s += step
        assert places.holds(LUMA, BOX, 0.5, at_s) == (at_s - last_s < RETRY_S)
        if at_s - last_s >= RETRY_S:
            places.add(LUMA, BOX, SQUARE, 0.5, at_s)
            last_s = at_s
