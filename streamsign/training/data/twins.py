"""Finds pictures that two signers or two letters share, and mirrored copies.

Copies across splits make a test too easy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streamsign.collection.likeness import SAME_PICTURE, thumbnail_of
from streamsign.training.data.cleaning import ManifestFinding
from streamsign.training.data.crops import HAND_FREE, Crop

SIDE = 16
"""Side of the thumbnails, pixels; small, because every pair is compared."""

_BLOCK = 256  # thumbnails compared with all others at a time


def twins_across(crops: Sequence[Crop], most: float = SAME_PICTURE) -> list[ManifestFinding]:
    """Pictures of hands that repeat a picture of another signer or of another letter, or mirror any picture.

    Two pictures are the same below a root-mean-square difference of their thumbnails. A copy that was cut around the
    hand in another way is not found.

    Args:
        crops: pictures of hands, cut alike.
        most: difference, gray levels of 0–255.

    Returns:
        One finding for each later copy, in the order of ``crops``, as a proposal: a person decides.
    """
    hands = [crop for crop in crops if crop.shape != HAND_FREE]
    if not hands:
        return []
    small = np.stack([thumbnail_of(crop.pixels, SIDE) for crop in hands])
    thumbnails, mirrored = (each.reshape(len(hands), -1) for each in (small, small[:, :, ::-1]))
    squares = np.einsum("ij,ij->i", thumbnails, thumbnails)
    names = {name: number for number, name in enumerate(sorted({crop.signer for crop in hands}))}
    signers = np.array([names[crop.signer] for crop in hands])
    shapes = np.array([crop.shape for crop in hands])
    limit = most**2 * SIDE**2
    found = []
    for start in range(0, len(hands), _BLOCK):
        rows = slice(start, start + _BLOCK)
        before = thumbnails[: start + _BLOCK]
        sums = squares[rows, None] + squares[None, : len(before)]
        other = (signers[rows, None] != signers[: len(before)]) | (shapes[rows, None] != shapes[: len(before)])
        same = (sums - 2 * thumbnails[rows] @ before.T < limit) & other
        turned = sums - 2 * mirrored[rows] @ before.T < limit
        for row in np.flatnonzero((same | turned).any(axis=1)):
            own = start + int(row)
            for copies, shows in ((same, "shows"), (turned, "mirrors")):
                first = int(np.argmax(copies[row])) if copies[row].any() else own
                if first < own:
                    found.append(_copy(hands[own], hands[first], shows))
                    break
    return found


def _copy(crop: Crop, copied: Crop, shows: str) -> ManifestFinding:
    place = f"{shows} the picture of {copied.folder} {copied.place}"
    parts = []
    if copied.signer != crop.signer:
        parts.append(f"{place}, which is of another signer ({copied.source})")
    if copied.shape != crop.shape:
        parts.append(f"{place}, which is labeled {copied.shape}")
    return ManifestFinding(crop.folder, crop.line, "; ".join(parts) or place, False, crop.file)
