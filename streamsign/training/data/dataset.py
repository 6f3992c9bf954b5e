"""What training takes from manifests: hand-free rows and squares, and one hash for several."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture, read_manifest
from streamsign.recognition.geometry import Box, Square

CLEARANCE = 0.15
"""Distance of hand-free squares from the hand's box, over its longer side. Detector boxes may cut off fingertips by
this much, and a fingertip alone must not be labeled "no hand"."""

_LEAST_BESIDE = 60  # pixels: a narrower strip shows nothing


def hand_free_rows(root: Path, split: str) -> list[Picture]:
    """The rows of a split whose pictures have no hand, or a hand with a known box."""
    return [
        picture
        for name in ("frames", "none")
        if (root / name / "manifest.csv").is_file()
        for picture in read_manifest(root / name)
        if picture.split == split and (name == "none" or picture.hand is not None)
    ]


def hand_free_squares(
    width: int, height: int, hand: Box | None, count: int, rng: np.random.Generator, shares: tuple[float, float]
) -> list[Square]:
    """Random squares inside a picture that do not touch the hand.

    Args:
        width: of the picture, pixels.
        height: of the picture, pixels.
        hand: box to stay clear of, or None.
        count: squares wanted; fewer come back when the hand leaves no room.
        rng: decides.
        shares: smallest and largest side over the picture's shorter side.
    """
    squares: list[Square] = []
    for _ in range(20 * count):
        if len(squares) == count:
            break
        side = float(rng.uniform(*shares)) * min(width, height)
        x0, y0 = float(rng.uniform(0, width - side)), float(rng.uniform(0, height - side))
        if hand is not None:
            clear = CLEARANCE * hand.longer_side
            beside = x0 >= hand.x1 + clear or x0 + side <= hand.x0 - clear
            above_or_below = y0 >= hand.y1 + clear or y0 + side <= hand.y0 - clear
            if not (beside or above_or_below):
                continue
        squares.append(Square(x0 + side / 2, y0 + side / 2, side))
    return squares


def beside_hand(pixels: NDArray[np.uint8], hand: Box) -> NDArray[np.uint8] | None:
    """The largest part of a frame on one side of its hand: faces and rooms of the same people, without the hand.

    Args:
        pixels: (height, width) uint8.
        hand: box to stay clear of, in pixels.

    Returns:
        A view of the part, or None if every part is too narrow.
    """
    height, width = pixels.shape
    clear = CLEARANCE * hand.longer_side
    left, right = max(0, int(hand.x0 - clear)), min(width, int(hand.x1 + clear))
    top, bottom = max(0, int(hand.y0 - clear)), min(height, int(hand.y1 + clear))
    largest = max((pixels[:, :left], pixels[:, right:], pixels[:top], pixels[bottom:]), key=np.size)
    return largest if min(largest.shape) >= _LEAST_BESIDE else None


def manifests_sha256(folders: Iterable[Path]) -> str:
    """One hash for the manifests of several folders, in the order given."""
    digest = hashlib.sha256()
    for folder in folders:
        digest.update((folder / "manifest.csv").read_bytes())
    return digest.hexdigest()
