"""Crops of nobody, to store."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from streamsign.collection.archive import export_archive
from streamsign.collection.crop import HandCrop, crop_hand
from streamsign.collection.folder import CollectedHands, NewPicture
from streamsign.collection.manifest import Taken
from streamsign.collection.names import new_id
from streamsign.recognition.framing import HAND_MARGIN, guide_square
from streamsign.recognition.geometry import Box
from tests.rendered_hands import rendered


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


def collect(folder: Path, shown: dict[str, str], count: int, *, seed: int = 0) -> None:
    """Store rendered hands of the signer s-1 in the room main."""
    new: list[NewPicture] = []
    for label, letter in shown.items():
        for number in range(count):
            luma = rendered(letter, seed + number)
            square = guide_square(luma.shape[1], luma.shape[0])
            half = square.side / HAND_MARGIN / 2
            box = Box(square.center_x - half, square.center_y - half, square.center_x + half, square.center_y + half)
            taken = Taken(
                f"{seed + len(new):012x}", "main", "", "", f"2026-11-28T15:{seed % 60:02d}:{len(new):02d}Z", "", 90, 1
            )
            new.append(NewPicture(HandCrop(luma, box, 90.0, 1.0), "phone", "s-1", label, taken))
    CollectedHands(folder).add(new)


def archived(hands: CollectedHands, file: Path) -> Path:
    """Export a folder of collected hands to an archive; the archive."""
    with file.open("wb") as out:
        export_archive(hands, out)
    return file
