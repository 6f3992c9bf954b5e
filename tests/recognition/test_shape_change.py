"""recognition/shape_change.py: how fast the shape in a patch changes."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.compared_patch import ComparedPatch
from streamsign.recognition.shape_change import MIN_RATE, ShapeChange, correlation


def pixels(seed: int) -> np.ndarray:
    """(48, 48) uint8: a smooth random picture."""
    noise = np.random.default_rng(seed).integers(0, 255, (48, 48), dtype=np.uint8)
    return np.asarray(cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX), np.uint8)


def texture(seed: int) -> ComparedPatch:
    """The same as a patch."""
    return ComparedPatch(pixels(seed))


def test_the_first_patch_has_no_rate() -> None:
    """One patch, and the first after a hand was lost, give NaN."""
    change = ShapeChange()
    assert math.isnan(change.update(texture(0), 0.0))
    assert change.update(texture(0), 0.03) == MIN_RATE
    assert math.isnan(change.update(None, 0.07))
    assert math.isnan(change.update(texture(0), 0.1))


def test_a_displaced_hand_does_not_change_its_shape() -> None:
    """The same picture a few pixels aside correlates fully."""
    before, moved = texture(1).middles, ComparedPatch(np.roll(pixels(1), (3, -4), axis=(0, 1)))
    assert correlation(before, moved) > 0.99
    assert correlation(before, texture(2)) < 0.9


def test_the_rate_does_not_depend_on_the_frame_rate() -> None:
    """One picture that turns into another changes at the same rate for a camera of 60 frames a second as of 30."""
    first, last = pixels(3).astype(float), pixels(4).astype(float)
    found = []
    for fps in (30, 60):
        change, rates = ShapeChange(), []
        for number in range(fps // 2):
            share = number / (fps / 2)
            mixed = np.clip((1 - share) * first + share * last, 0, 255).astype(np.uint8)
            rates.append(change.update(ComparedPatch(mixed), number / fps))
        found.append(rates[:: fps // 30])
    assert found[1][4:] == pytest.approx(found[0][4:], rel=0.05)
    assert np.nanmax(found) > 2 * MIN_RATE


def test_a_hold_is_detected_in_the_first_frame_of_rest() -> None:
    """The rate falls with the first pair of equal patches, before the longer span has forgotten the movement."""
    change = ShapeChange()
    shown = [texture(5), texture(6), texture(7), texture(7)]
    rates = [change.update(patch, number / 30) for number, patch in enumerate(shown)]
    assert rates[2] > 1
    assert rates[3] == MIN_RATE


@given(st.lists(st.tuples(st.integers(0, 255), st.floats(0, 0.5)), max_size=20))
def test_flat_patches_give_finite_rates(rows: list[tuple[int, float]]) -> None:
    """Patches without contrast, for which the correlation is undefined, never give an infinite or negative rate."""
    change, now = ShapeChange(), 0.0
    for level, elapsed in rows:
        now += elapsed
        rate = change.update(ComparedPatch(np.full((48, 48), level, np.uint8)), now)
        assert math.isnan(rate) or 0 < rate < math.inf
