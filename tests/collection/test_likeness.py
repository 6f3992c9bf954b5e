"""Whether two pictures show the same."""

from __future__ import annotations

import numpy as np

from streamsign.collection.likeness import SAME_PICTURE, difference, thumbnail_of
from tests.collection.pictures import crop


def test_noise_of_a_camera_is_the_same_picture_and_a_moved_hand_is_another() -> None:
    """Noise of four gray levels stays below the limit; a shift by a pixel of the thumbnail does not."""
    pixels = np.kron(np.random.default_rng(0).integers(0, 256, (16, 16)), np.ones((6, 6))).astype(np.uint8)
    noise = np.random.default_rng(1).normal(0, 4, pixels.shape)
    noisy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    first = thumbnail_of(pixels)
    assert difference(first, thumbnail_of(noisy)) < SAME_PICTURE
    assert difference(first, thumbnail_of(np.roll(pixels, 3, axis=1))) > SAME_PICTURE


def test_a_thumbnail_has_the_asked_side() -> None:
    """Any picture becomes a square of that many pixels."""
    assert thumbnail_of(crop().pixels, 16).shape == (16, 16)
