"""The locator's pictures in memory: frames with a box, close hands, segmented hands, pictures without a hand."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture, read_gray, read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import ZOOM_MARGIN
from streamsign.training.data.augment import CUT_OUT_SOURCE
from streamsign.training.data.crops import folders_of, signer_groups
from streamsign.training.data.dataset import beside_hand, hand_free_rows
from streamsign.training.data.rivals import find_rivals

MOST_CLOSE = 8000
"""Greatest number of loose crops in memory: more pictures of the same signers do not improve the boxes."""


@dataclass(frozen=True, slots=True)
class HandScene:
    """A picture in memory: (height, width) uint8, its hand's box in pixels or None, its signer, and its letter."""

    pixels: NDArray[np.uint8]
    hand: Box | None
    group: str
    cut_out: bool = False
    letter: str = ""


def load_scenes(root: Path, split: str, seed: int, threads: int = 2) -> list[HandScene]:
    """The scenes of a split: all frames with a box, rooms, and for training close and segmented hands.

    Raises:
        TrainingError: there are no frames, or a picture cannot be read.
    """
    folders = folders_of(root)
    if "frames" not in folders:
        missing = root / "frames" / "manifest.csv"
        raise TrainingError(f"{missing} does not exist.", "Add frames/, from which the locator is trained.")
    rows: list[Picture] = []
    for name, folder in folders.items():
        of_split = [picture for picture in read_manifest(folder) if picture.split == split]
        if name == "none":
            rows += of_split
        elif name == "frames":
            rows += [picture for picture in of_split if picture.hand is not None]
        elif split == "train":
            boxed = [picture for picture in of_split if picture.hand is not None]
            chosen = np.random.default_rng(seed).permutation(len(boxed))[:MOST_CLOSE]
            rows += [boxed[index] for index in sorted(chosen)]
            rows += [
                boxed[index]
                for index in sorted(set(range(len(boxed))) - set(chosen.tolist()))
                if boxed[index].source == CUT_OUT_SOURCE
            ]
    groups = signer_groups([picture.signer for picture in rows], [picture.source for picture in rows])

    def scenes(job: tuple[Picture, str]) -> list[HandScene]:
        picture, group = job
        pixels = read_gray(picture.path)
        whole = HandScene(pixels, picture.hand, group, picture.source == CUT_OUT_SOURCE, picture.letter)
        beside = beside_hand(pixels, picture.hand) if picture.hand and picture.folder.name == "frames" else None
        return [whole] if beside is None else [whole, HandScene(beside.copy(), None, f"beside {group}")]

    with ThreadPoolExecutor(threads) as pool:
        return [scene for found in pool.map(scenes, zip(rows, groups, strict=True)) for scene in found]


def rival_scenes(root: Path, teacher: Path, notify: Callable[[float], None]) -> list[HandScene]:
    """Training pictures without a hand: the shipped locator's false hands, framed like its zoomed views.

    Args:
        root: holds frames/ and perhaps none/.
        teacher: see :func:`streamsign.training.data.rivals.find_rivals`.
        notify: likewise.

    Raises:
        ModelNotFound: the locator is not installed.
        TrainingError: the teacher cannot be used.
    """
    # Views of hand-free scenes show a part of them, 0.7 on average.
    rivals = find_rivals(hand_free_rows(root, "train"), teacher, notify, margin=ZOOM_MARGIN / 0.7)
    return [HandScene(rival.pixels, None, rival.signer) for rival in rivals]
