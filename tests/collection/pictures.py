"""Crops of nobody, to store."""

from __future__ import annotations

import numpy as np

from streamsign.collection.crop import HandCrop, crop_hand
from streamsign.collection.folder import NewPicture, new_id
from streamsign.collection.manifest import Taken
from streamsign.recognition.geometry import Box


def crop(seed: int = 0) -> HandCrop:
    """A crop of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (120, 160), np.uint8)
    found = crop_hand(pixels, Box(0.4, 0.3, 0.6, 0.7))
    assert found is not None
    return found


def picture(
    letter: str = "A", signer: str = "s-1", room: str = "main", device_id: str = "d1", *, seed: int = 0
) -> NewPicture:
    """A picture of noise with a label."""
    cut = crop(seed)
    taken = Taken(new_id(), room, "Android phone", device_id, "2026-11-28T15:04:05Z", "near", cut.light, cut.sharpness)
    return NewPicture(cut, "phone", signer, letter, taken)
