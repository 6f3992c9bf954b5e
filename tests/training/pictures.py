"""A small data folder of drawn shapes, in the layout that training and evaluation read."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_HAND = ("file", "source", "signer", "letter", "split", "hand_x0", "hand_y0", "hand_x1", "hand_y1")


def draw(letter: str, seed: int) -> NDArray[np.uint8]:
    """A (160, 160) picture with the letter printed inside (40, 40)–(120, 120), on a noisy ground."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(60, 90, (160, 160)).astype(np.uint8)
    cv2.putText(picture, letter, (48, 112), cv2.FONT_HERSHEY_SIMPLEX, 3, (230,), 12)
    return picture


def write_pictures(root: Path, letters: str, per_split: dict[str, int], signers: int = 1) -> Path:
    """hands/ with every letter so many times by each signer of a split, a row without a box, and none/ with two rooms.

    The signers of a split are called hand-of-SPLIT, hand-of-SPLIT-2 and so on.
    """
    hands, none = root / "hands", root / "none"
    for folder in (hands, none):
        folder.mkdir(parents=True)
    with (hands / "manifest.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(_HAND)
        for split, count in per_split.items():
            for letter in letters:
                for number in range(count * signers):
                    name = f"{split}_{letter}_{number}.png"
                    cv2.imwrite(str(hands / name), draw(letter, number))
                    signer = f"hand-of-{split}" + (f"-{number // count + 1}" if number >= count else "")
                    rows.writerow([name, "drawn", signer, letter, split, 40, 40, 120, 120])
            if letters:
                rows.writerow([name, "drawn", f"hand-of-{split}", letters[-1], split, "", "", "", ""])
    with (none / "manifest.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["file", "source", "group", "split"])
        for split in per_split:
            for number in range(2):
                name = f"{split}_{number}.png"
                cv2.imwrite(str(none / name), draw("", number))
                rows.writerow([name, "rooms", "drawn", split])
    return root


def write_frames(root: Path, per_split: dict[str, int]) -> Path:
    """frames/ with a bright rectangle for a hand in each, an empty hands/, and none/ with two rooms a split."""
    write_pictures(root, "", per_split)
    frames = root / "frames" / "webcam"
    frames.mkdir(parents=True)
    with (root / "frames" / "manifest.csv").open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(_HAND)
        for split, count in per_split.items():
            for number in range(count):
                picture = np.random.default_rng(number).integers(40, 90, (240, 320)).astype(np.uint8)
                picture[60:140, 200:260] = 250
                cv2.imwrite(str(frames / f"{split}_{number}.png"), picture)
                name = f"webcam/{split}_{number}.png"
                rows.writerow([name, "drawn", f"hand-of-{split}", "C", split, 200, 60, 260, 140])
    return root
