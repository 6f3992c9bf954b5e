"""Random views of a hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.patch import cut_patch
from streamsign.training.data.augment import (
    LOOSE_SIZE,
    augment,
    between_shapes,
    loose_hand,
    loose_side,
    patch_side,
    plain_view,
    random_view,
    swap_background,
    swap_surroundings,
)


def _blob() -> NDArray[np.uint8]:
    """A bright, smooth shape in the middle of a dark loose crop, as large there as a hand is."""
    crop = np.full((LOOSE_SIZE, LOOSE_SIZE), 40, np.uint8)
    cv2.ellipse(crop, (80, 80), (24, 34), 20, 0, 360, 220, -1)
    return crop


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_same_rng_gives_the_same_patch(seed: int, holds_hand: bool) -> None:
    """A view is a (96, 96) uint8 patch, decided by the generator alone, and leaves the crop as it was."""
    crop = _blob()
    views = [augment(crop, np.random.default_rng(seed), holds_hand=holds_hand) for _ in range(2)]
    assert views[0].shape == (96, 96)
    assert views[0].dtype == np.uint8
    assert np.array_equal(views[0], views[1])
    assert np.array_equal(crop, _blob())


def test_mean_view_is_framed_as_serving_frames() -> None:
    """The mean of many views has its bright mass in the middle: shifts, turns and mirrors lean to no side."""
    crop = _blob()
    mean = np.mean([augment(crop, np.random.default_rng(seed), holds_hand=True) for seed in range(300)], axis=0)
    weight = np.clip(mean - np.median(mean[0]), 0, None)
    y, x = np.mgrid[0:96, 0:96]
    assert abs((weight * x).sum() / weight.sum() - 47.5) < 3
    assert abs((weight * y).sum() / weight.sum() - 47.5) < 3


def test_loose_crop_holds_what_serving_cuts() -> None:
    """The middle of a loose crop is serving's patch of the same box, up to resampling."""
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (200, 240)).astype(np.uint8), (0, 0), 4)
    hand = Box(80, 60, 140, 144)
    served = cut_patch(np.asarray(picture, np.uint8), square_around(hand)).astype(int)
    loose = loose_hand(np.asarray(picture, np.uint8), hand)
    side = LOOSE_SIZE * 1.3 / 2.2
    start = round((LOOSE_SIZE - side) / 2)
    middle = cv2.resize(loose[start : start + round(side), start : start + round(side)], (96, 96)).astype(int)
    assert np.abs(served - middle).mean() < 3


def test_background_shows_only_behind_the_hand() -> None:
    """What was black becomes the background; the hand stays."""
    crop = _blob()
    crop[crop == 40] = 0
    room = np.full_like(crop, 120)
    swapped = swap_background(crop, room, np.random.default_rng(1))
    middle = swapped[70:90, 70:90]
    assert middle.min() == middle.max()  # in another light, and of the hand alone
    assert swapped[5, 5] > 40


def test_a_mask_says_where_the_hand_is() -> None:
    """A hand as dark as its room is put before another one all the same."""
    crop, room = np.full((LOOSE_SIZE, LOOSE_SIZE), 40, np.uint8), np.full((LOOSE_SIZE, LOOSE_SIZE), 200, np.uint8)
    mask = np.zeros_like(crop)
    mask[50:110, 60:100] = 1
    swapped = swap_background(crop, room, np.random.default_rng(0), mask)
    assert swapped[80, 80] < 90
    assert swapped[10, 10] > 90


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_a_view_knows_where_its_middle_went(seed: int) -> None:
    """The blob's middle lies where the view's matrix takes it; only unframed views may lose it past the border."""
    view = random_view(_blob(), np.random.default_rng(seed), holds_hand=True)
    middle = view.matrix @ np.array([80, 80, 1])
    if view.framed:
        assert np.abs(middle - 48).max() < 0.12 * 96 + 1e-3
    assert np.abs(middle - 48).max() < 0.32 * 96 + 1e-3


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_between_two_shapes_both_are_seen(seed: int) -> None:
    """A shape over nothing, on its way: fainter than it was, smeared, and as bright in the mean as the two together."""
    rng = np.random.default_rng(seed)
    before = random_view(_blob(), rng, holds_hand=True)
    flat = before._replace(pixels=np.full_like(before.pixels, 40))
    both = between_shapes(before, flat, rng).pixels.astype(float)
    low, high = sorted([before.pixels.mean(), 40.0])
    assert low - 2 <= both.mean() <= high + 2
    assert both.std() <= 0.75 * before.pixels.std() + 1


@pytest.mark.parametrize(("patch", "loose"), [(96, 160), (112, 187), (128, 213)])
def test_views_are_as_large_as_their_crops_allow(patch: int, loose: int) -> None:
    """The side of a loose crop decides that of its views, and a plain view has the middle of the crop."""
    assert (loose_side(patch), patch_side(loose)) == (loose, patch)
    crop = np.tile(np.linspace(0, 255, loose).astype(np.uint8), (loose, 1))
    assert random_view(crop, np.random.default_rng(0), holds_hand=True).pixels.shape == (patch, patch)
    plain = plain_view(crop)
    assert plain.shape == (patch, patch)
    assert plain.mean() == pytest.approx(127, abs=4)


def test_surroundings_change_outside_the_hand() -> None:
    """The middle keeps its pixels and the corners become the other picture, each with a different brightness."""
    crop, room = np.full((160, 160), 100, np.uint8), np.zeros((160, 160), np.uint8)
    swapped = swap_surroundings(crop, room, (1.0, 0.6), np.random.default_rng(0))
    assert swapped[0, 0] == 0
    assert swapped[80, 80] > 50
    assert swapped[80, 80 + 30] > 50
    assert swapped[80 + 45, 80] < 10
