"""recognition/compared_patch.py: correlations of patches."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.compared_patch import (
    COMPARED_PX,
    LARGE_MARGIN_PX,
    SMALL_MARGIN_PX,
    ComparedPatch,
)


def picture(seed: int, contrast: int, middle: int, smoothing: float) -> np.ndarray:
    """(48, 48) uint8: random levels about one, smoothed."""
    noise = np.random.default_rng(seed).normal(0, 1, (COMPARED_PX, COMPARED_PX))
    smooth = cv2.GaussianBlur(noise, (0, 0), smoothing)
    return np.asarray(np.clip(middle + contrast * smooth / smooth.std(), 0, 255), np.uint8)


pictures = st.builds(
    picture, st.integers(0, 99), st.integers(4, 80), st.integers(0, 255), st.sampled_from([0.3, 1.0, 4.0])
)


def flat(level: int = 80) -> np.ndarray:
    """(48, 48) uint8 of one level."""
    return np.full((COMPARED_PX, COMPARED_PX), level, np.uint8)


@given(pictures, pictures, st.sampled_from([SMALL_MARGIN_PX, LARGE_MARGIN_PX]))
def test_correlations_are_those_of_the_definition(before: np.ndarray, after: np.ndarray, margin: int) -> None:
    """Both sizes agree with correlation coefficients in double precision, and with OpenCV's to its precision."""
    middle = before[margin:-margin, margin:-margin]
    windows = np.lib.stride_tricks.sliding_window_view(after, middle.shape).astype(float)
    deviations = windows - windows.mean(axis=(2, 3), keepdims=True)
    spreads, spread = deviations.std(axis=(2, 3)), middle.std()
    textured = (spreads > 2) & (spread > 2)
    products = (deviations * (middle - middle.mean())).mean(axis=(2, 3))
    patch, middles = ComparedPatch(after), ComparedPatch(before).middles
    found = patch.small(middles) if margin == SMALL_MARGIN_PX else patch.large(middles)
    assert found.shape == textured.shape
    np.testing.assert_allclose(found[textured], products[textured] / (spreads[textured] * spread), atol=5e-4)
    theirs = cv2.matchTemplate(after, middle, cv2.TM_CCOEFF_NORMED)
    np.testing.assert_allclose(found[textured], theirs[textured], atol=5e-3)


def test_comparisons_do_not_depend_on_their_order() -> None:
    """A patch is compared with several earlier ones, at either size first."""
    first, second, now = (picture(seed, 40, 120, 4.0) for seed in range(3))
    one, other = ComparedPatch(first).middles, ComparedPatch(second).middles
    patch, again = ComparedPatch(now), ComparedPatch(now)
    results = [patch.small(one), patch.large(one), patch.large(other)]
    reverse = [again.large(other), again.large(one), again.small(one)][::-1]
    for result, wanted in zip(results, reverse, strict=True):
        np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("level", [0, 80, 255])
def test_flat_patches(level: int) -> None:
    """A flat middle correlates fully with everything, as in OpenCV, and a textured one with no flat patch."""
    textured = ComparedPatch(picture(0, 40, 120, 4.0))
    assert (textured.large(ComparedPatch(flat(level)).middles) == 1).all()
    assert np.abs(ComparedPatch(flat(level)).large(textured.middles)).max() < 0.01
