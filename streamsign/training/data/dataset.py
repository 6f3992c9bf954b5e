"""Folders of labeled pictures. A ``manifest.csv`` in each folder lists signer, letter and hand box of every picture.

A folder whose manifest has no ``letter`` column holds pictures without a signing hand.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box, Square

_BOX = ("hand_x0", "hand_y0", "hand_x1", "hand_y1")
_HAND_COLUMNS = ("file", "source", "signer", "letter", "split", *_BOX)
_HAND_FREE_COLUMNS = ("file", "source", "split")
CLEARANCE = 0.15
"""Distance of hand-free squares from the hand's box, over its longer side. Detector boxes may cut off fingertips by
this much, and a fingertip alone must not be labeled "no hand"."""

_LEAST_BESIDE = 60  # pixels: a narrower strip shows nothing


@dataclass(frozen=True, slots=True)
class Picture:
    """Row ``row`` (a line, counted from 1) of the manifest in ``folder``.

    ``letter`` is empty for a picture without a signing hand. ``hand`` is in pixels of the picture; None when the
    manifest gives no box. ``score`` is the score of the detector that drew the box, 0–1; None without one.
    """

    folder: Path
    path: Path
    row: int
    source: str
    signer: str
    letter: str
    split: str
    hand: Box | None
    score: float | None = None


def read_manifest(folder: Path) -> list[Picture]:
    """Every picture of a folder.

    Args:
        folder: holds ``manifest.csv`` with the columns file, source, signer, letter, split, hand_x0, hand_y0, hand_x1,
            hand_y1; or, for pictures without a signing hand, file, source, split and perhaps group.

    Raises:
        TrainingError: there is no manifest, a column is missing, or a row cannot be read.
    """
    path = folder / "manifest.csv"
    if not path.is_file():
        raise TrainingError(
            f"There is no {path}.",
            "Give a folder that holds manifest.csv (columns " + ", ".join(_HAND_COLUMNS) + ") and its pictures.",
        )
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = csv.DictReader(lines)
            columns, listed = rows.fieldnames or [], list(rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(
            f"{path} is not a table: {error}.", "Save it as comma-separated values in UTF-8."
        ) from error
    wanted = _HAND_COLUMNS if "letter" in columns else _HAND_FREE_COLUMNS
    if absent := [name for name in wanted if name not in columns]:
        raise TrainingError(
            f"{path} lacks the columns {', '.join(absent)}; it has {', '.join(columns) or 'none'}.",
            "Add the columns; leave a cell empty where nothing is known.",
        )
    return [_picture(folder, path, number, row) for number, row in enumerate(listed, start=2)]


def hand_free_rows(root: Path, split: str) -> list[Picture]:
    """The rows of a split whose pictures have no hand, or a hand with a known box."""
    return [
        picture
        for name in ("frames", "none")
        if (root / name / "manifest.csv").is_file()
        for picture in read_manifest(root / name)
        if picture.split == split and (name == "none" or picture.hand is not None)
    ]


def _picture(folder: Path, manifest: Path, number: int, row: dict[str, str]) -> Picture:
    if empty := [name for name in ("file", "source", "split") if not row[name]]:
        raise TrainingError(f"{manifest}, line {number}: no {', '.join(empty)}.", "Fill each row, or delete it.")
    cells = [row.get(name) or "" for name in _BOX]
    hand = None
    if any(cells):
        try:
            hand = parse_box(cells)
        except ValueError as error:
            raise TrainingError(
                f"{manifest}, line {number}: the hand's box {cells} is not four finite numbers.",
                "Give all four, or leave all four empty.",
            ) from error
        if not (hand.x1 > hand.x0 and hand.y1 > hand.y0):
            raise TrainingError(
                f"{manifest}, line {number}: the hand's box {tuple(hand)} has no area.",
                "x1 must be right of x0 and y1 below y0.",
            )
    return Picture(
        folder=folder,
        path=folder / row["file"],
        row=number,
        source=row["source"],
        signer=row.get("signer") or row.get("group") or row["source"],
        letter=row.get("letter") or "",
        split=row["split"],
        hand=hand,
        score=_score(row.get("detector_score") or ""),
    )


def parse_box(cells: Sequence[str]) -> Box:
    """A box from the cells of a table.

    Raises:
        ValueError: they are not four finite numbers.
    """
    x0, y0, x1, y1 = (float(cell) for cell in cells)
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise ValueError(f"a box has finite edges, not {tuple(cells)}")
    return Box(x0, y0, x1, y1)


def _score(cell: str) -> float | None:
    try:
        score = float(cell)
        return score if math.isfinite(score) else None
    except ValueError:
        return None  # optional: only the choice of boxes to measure against depends on it


def read_gray(path: Path) -> NDArray[np.uint8]:
    """A picture's brightness, (height, width) uint8, full range (ITU-R BT.601 weights, as OpenCV decodes to gray).

    Raises:
        TrainingError: the file is missing or is not a picture.
    """
    gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        raise TrainingError(f"{path} cannot be read as a picture.", "Replace the file, or remove its row.")
    return np.asarray(gray, np.uint8)


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
