"""Pictures in memory, cut for training or as in serving, and the groups of their signers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture, read_gray, read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.framing import square_around
from streamsign.recognition.patch import PATCH_SIZE, cut_patch
from streamsign.training.data.augment import loose_crop, loose_hand, loose_side
from streamsign.training.data.dataset import hand_free_squares

HAND_FREE = ""
"""Shape of a picture without a signing hand."""

SMALL_SIGNER = 20
"""Signers with fewer pictures are pooled by source, because a separate share for each would overfit them."""

_FRAME_SQUARE_SHARES = (0.25, 0.7)  # from a face to half of the room
_ROOM_SQUARE_SHARES = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Crop:
    """A picture in memory: (160, 160) loose for training, (96, 96) exactly serving's patch for validation.

    ``line`` and ``file`` are the picture's in the manifest of ``folder`` (hands, frames or none). ``hand`` is width and
    height of the hand's box over its longer side; None for a picture without a hand.
    """

    pixels: NDArray[np.uint8]
    shape: str
    signer: str
    source: str
    folder: str = "hands"
    line: int = 0
    hand: tuple[float, float] | None = None
    file: str = ""

    @property
    def place(self) -> str:
        """The picture's line in the manifest; without a manifest, its file name."""
        return f"line {self.line}" if self.line else self.file


def folders_of(root: Path) -> dict[str, Path]:
    """The existing parts of a data folder: hands, frames, none.

    Raises:
        TrainingError: hands/manifest.csv does not exist.
    """
    if not (root / "hands" / "manifest.csv").is_file():
        raise TrainingError(
            f"{root / 'hands' / 'manifest.csv'} does not exist.",
            "Give the folder that holds hands/ (required), frames/ and none/, each with its manifest.csv.",
        )
    return {name: root / name for name in ("hands", "frames", "none") if (root / name / "manifest.csv").is_file()}


def load_crops(
    root: Path, split: str, *, loose: bool, seed: int, size: int = PATCH_SIZE, threads: int = 2
) -> list[Crop]:
    """Every hand of a split, and hand-free squares of its rooms and frames, in memory.

    Args:
        root: data folder, see :func:`folders_of`.
        split: value of the manifests' ``split`` column.
        loose: True for :func:`augment`'s input, False for serving's own patch.
        seed: decides the hand-free squares.
        size: side of the patches, pixels; loose crops are :func:`loose_side` of it.
        threads: decode this many pictures at a time.

    Raises:
        TrainingError: a manifest or picture cannot be used.
    """
    jobs = [
        (name, picture)
        for name, folder in folders_of(root).items()
        for picture in read_manifest(folder)
        if picture.split == split and (picture.hand is not None or name == "none")
    ]

    side = loose_side(size)

    def crops(job: tuple[str, Picture]) -> list[Crop]:
        name, picture = job
        gray = read_gray(picture.path)
        if name == "hands" and picture.hand is not None:
            hand = picture.hand
            pixels = loose_hand(gray, hand, side) if loose else cut_patch(gray, square_around(hand), size)
            width, height = hand.width, hand.height
            shares = (width / max(width, height), height / max(width, height))
            letter, signer, source = picture.letter, picture.signer, picture.source
            return [Crop(pixels, letter, signer, source, name, picture.row, shares, picture.file)]
        rng = np.random.default_rng([seed, picture.row, len(name)])
        count, sides = (6, _ROOM_SQUARE_SHARES) if name == "none" else (2, _FRAME_SQUARE_SHARES)
        squares = hand_free_squares(gray.shape[1], gray.shape[0], picture.hand, count, rng, sides)
        cut, pixels_wide = (loose_crop, side) if loose else (cut_patch, size)
        signer = f"{name}:{picture.signer}"
        return [
            Crop(
                cut(gray, square, pixels_wide), HAND_FREE, signer, picture.source, name, picture.row, None, picture.file
            )
            for square in squares
        ]

    with ThreadPoolExecutor(threads) as pool:
        return [crop for found in pool.map(crops, jobs) for crop in found]


def signer_groups(signers: Sequence[str], sources: Sequence[str], small: int = SMALL_SIGNER) -> list[str]:
    """Name of the group each picture's signer belongs to: the signer, or the source when the signer has few pictures.

    Args:
        signers: one a picture.
        sources: one a picture.
        small: signers with fewer pictures than this are pooled by source.
    """
    count = Counter(signers)
    return [
        signer if count[signer] >= small else f"{source} (pooled)"
        for signer, source in zip(signers, sources, strict=True)
    ]
