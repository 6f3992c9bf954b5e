"""Pictures of rendered hands as a folder of training data, or as folders of letters."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.framing import HAND_MARGIN, guide_square
from tests.films import shown_picture

_COLUMNS = ("file", "source", "signer", "letter", "split", "hand_x0", "hand_y0", "hand_x1", "hand_y1")


def rendered(letter: str, seed: int) -> NDArray[np.uint8]:
    """A frame in which the rendered hand shows a letter, (height, width) uint8; each seed is another scene."""
    return np.asarray(cv2.imread(str(shown_picture(letter, seed)), cv2.IMREAD_GRAYSCALE), np.uint8)


def write_letter_folders(folder: Path, letters: Mapping[str, str], count: int) -> Path:
    """Write ``count`` whole frames into a folder of each label, showing the letter that the label stands for."""
    for label, letter in letters.items():
        (folder / label).mkdir(parents=True)
        for number in range(count):
            cv2.imwrite(str(folder / label / f"{number}.jpg"), rendered(letter, number))
    return folder


def write_rendered(
    folder: Path, letters: Mapping[str, str], count: int, *, signer: str = "rendered", split: str = "", seed: int = 0
) -> Path:
    """Write pictures and a manifest: ``count`` of each label, showing the letter that the label stands for.

    Args:
        folder: to write; rows of a manifest that is there are kept.
        letters: the letter that is shown, by its label.
        count: of each.
        signer: in every row.
        split: in every row.
        seed: of the first scene.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.csv"
    is_new = not manifest.exists()
    with manifest.open("a", newline="") as lines:
        rows = csv.writer(lines)
        if is_new:
            rows.writerow(_COLUMNS)
        for label, shown in letters.items():
            for number in range(count):
                name = f"{signer}_{label}__{seed + number}.png"
                shutil.copyfile(shown_picture(shown, seed + number), folder / name)
                square = guide_square(640, 480)
                half = square.side / HAND_MARGIN / 2
                box = [square.center_x - half, square.center_y - half, square.center_x + half, square.center_y + half]
                rows.writerow([name, "rendered", signer, label, split, *(f"{side:.1f}" for side in box)])
    return folder
