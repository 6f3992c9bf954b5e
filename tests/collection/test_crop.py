"""Loose crops of hands."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.collection.crop import HAND_PX, crop_hand, touches_edge
from streamsign.recognition.geometry import Box


def test_a_large_hand_is_shrunk_to_84_pixels_with_its_surroundings() -> None:
    """The hand's longer side is 84 pixels, the crop 2.2 times as wide, and the box is where the hand is."""
    luma = np.full((480, 640), 60, np.uint8)
    luma[140:340, 260:380] = 200
    crop = crop_hand(luma, Box(260 / 640, 140 / 480, 380 / 640, 340 / 480))
    assert crop is not None
    assert crop.hand.longer_side == pytest.approx(HAND_PX, abs=1)
    assert crop.pixels.shape == pytest.approx((185, 185), abs=2)
    x0, y0, x1, y1 = (round(side) for side in crop.hand)
    inside = crop.pixels[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2]
    assert inside.min() == 200
    assert crop.light == 60


def test_a_small_hand_keeps_its_pixels_and_is_clipped_at_the_frame() -> None:
    """Nothing is enlarged, and no pixel outside of the frame is invented."""
    luma = np.arange(100, dtype=np.uint8)[None, :].repeat(80, axis=0)
    crop = crop_hand(luma, Box(0.1, 0.25, 0.3, 0.75))
    assert crop is not None
    assert crop.hand == Box(10, 20, 30, 60)
    np.testing.assert_array_equal(crop.pixels, luma[:84, :64])


def test_limited_range_is_expanded_and_the_frame_may_be_reused() -> None:
    """Black 16 becomes 0, white 235 becomes 255; a later change of the frame does not change the crop."""
    luma = np.full((80, 80), 16, np.uint8)
    luma[40:] = 235
    crop = crop_hand(luma, Box(0.3, 0.3, 0.7, 0.7), limited_range=True)
    luma[:] = 90
    assert crop is not None
    assert set(np.unique(crop.pixels)) == {0, 255}


def test_a_box_without_area_gives_no_crop() -> None:
    """A hand that is outside of the frame has none."""
    assert crop_hand(np.zeros((80, 80), np.uint8), Box(1, 0.2, 1, 0.6)) is None


@pytest.mark.parametrize(
    ("hand", "touches"),
    [(Box(0.1, 0.1, 0.9, 0.9), False), (Box(0, 0.1, 0.5, 0.9), True), (Box(0.1, 0.1, 0.5, 1), True)],
)
def test_a_hand_at_the_edge_may_be_cut_off(hand: Box, touches: bool) -> None:
    """A clipped box that reaches the edge may have lost fingers."""
    assert touches_edge(hand) is touches
