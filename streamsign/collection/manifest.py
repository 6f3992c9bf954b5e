"""Folders of labeled pictures. A ``manifest.csv`` in each folder lists signer, letter and hand box of every picture.

A folder whose manifest has no ``letter`` column holds pictures without a signing hand.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box

MANIFEST = "manifest.csv"
"""Name of the table in a folder."""

BOX_COLUMNS = ("hand_x0", "hand_y0", "hand_x1", "hand_y1")
HAND_COLUMNS = ("file", "source", "signer", "letter", "split", *BOX_COLUMNS)
"""Columns that a manifest of hands must have."""

_HAND_FREE_COLUMNS = ("file", "source", "split")


@dataclass(frozen=True, slots=True)
class Taken:
    """How a picture was collected; only manifests of collected hands have these columns.

    Attributes:
        id: random name of the picture, 12 hexadecimal digits.
        room: name of the room in which it was taken; empty for ``streamsign collect``.
        device: what took it, in words, such as "Android phone".
        device_id: random name of the paired phone or link that sent it; empty for ``streamsign collect``.
        at: time in UTC, ISO 8601, such as 2026-11-28T15:04:05Z.
        prompt: what the signer was asked for: near, far, left, right, light or side; empty for nothing special.
        light: median luma of the picture, 0–255.
        sharpness: :func:`streamsign.recognition.sharpness.focus_measure` of the 96×96 patch, ≥ 0.
    """

    id: str
    room: str
    device: str
    device_id: str
    at: str
    prompt: str
    light: float
    sharpness: float


TAKEN_COLUMNS = tuple(each.name for each in fields(Taken))
"""Further columns of a manifest of collected hands."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Row ``row`` (a line, counted from 1) of the manifest in ``folder``.

    ``letter`` is empty for a picture without a signing hand. ``split`` is empty if the manifest does not divide the
    pictures. ``hand`` is in pixels of the picture; None if the manifest has no box. ``score`` is the score of the
    detector that drew the box, 0–1; None if the manifest has no score. ``taken`` is None for a picture that
    was not collected with streamsign.
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
    taken: Taken | None = None

    @property
    def file(self) -> str:
        """The picture's path with ``/``, relative to the folder if it is inside."""
        inside = self.path.is_relative_to(self.folder)
        return (self.path.relative_to(self.folder) if inside else self.path).as_posix()


def read_manifest(folder: Path) -> list[Picture]:
    """Every picture of a folder.

    Args:
        folder: holds ``manifest.csv`` with the columns file, source, signer, letter, split, hand_x0, hand_y0, hand_x1,
            hand_y1; or, for pictures without a signing hand, file, source, split and perhaps group.

    Raises:
        TrainingError: the manifest or a column is missing, or a row cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise TrainingError(
            f"{path} does not exist.",
            "Give a folder that holds manifest.csv (columns " + ", ".join(HAND_COLUMNS) + ") and its pictures.",
        )
    try:
        columns, listed = read_table(path.read_bytes())
    except ValueError as error:
        raise TrainingError(
            f"{path} is not a table: {error}.", "Save it as comma-separated values in UTF-8."
        ) from error
    wanted = HAND_COLUMNS if "letter" in columns else _HAND_FREE_COLUMNS
    if absent := [name for name in wanted if name not in columns]:
        raise TrainingError(
            f"{path} lacks the columns {', '.join(absent)}; it has {', '.join(columns) or 'none'}.",
            "Add the columns; leave a cell empty where nothing is known.",
        )
    return [picture_of(folder, path, number, row) for number, row in enumerate(listed, start=2)]


def read_table(content: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and the rows of a manifest. The cells that a short row lacks are missing from it.

    Raises:
        ValueError: it is not comma-separated values in UTF-8.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), restkey="")
        columns = list(rows.fieldnames or [])
        return columns, [{name: row[name] for name in columns if row[name] is not None} for row in rows]
    except csv.Error as error:
        raise ValueError(str(error)) from error


def table_bytes(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """A manifest of these rows."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def picture_of(folder: Path, manifest: Path, number: int, row: Mapping[str, str]) -> Picture:
    """The picture of a row.

    Args:
        folder: holds the pictures.
        manifest: named in errors.
        number: line of the row.
        row: cells by column.

    Raises:
        TrainingError: a cell cannot be read.
    """
    empty = [name for name in ("file", "source") if not row.get(name)] + ["split"] * ("split" not in row)
    if empty:
        raise TrainingError(f"{manifest}, line {number}: no {', '.join(empty)}.", "Fill each row, or delete it.")
    cells = [row.get(name) or "" for name in BOX_COLUMNS]
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
        score=_finite(row.get("detector_score") or ""),
        taken=_taken(row),
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


def _taken(row: Mapping[str, str]) -> Taken | None:
    if not row.get("id"):
        return None
    words = {name: row.get(name, "") for name in TAKEN_COLUMNS[:-2]}
    light, sharpness = (_finite(row.get(name) or "") or 0.0 for name in TAKEN_COLUMNS[-2:])
    return Taken(**words, light=light, sharpness=sharpness)


def _finite(cell: str) -> float | None:
    """A cell as a number. Returns None if it is not a finite number."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_gray(path: Path) -> NDArray[np.uint8]:
    """A picture's brightness, (height, width) uint8, full range (ITU-R BT.601 weights, as OpenCV decodes to gray).

    Raises:
        TrainingError: the file is missing or is not a picture.
    """
    try:
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # of more pixels than OpenCV decodes
        gray = None
    if gray is None:
        raise TrainingError(
            f"{path} cannot be read as a picture.", "Replace the file, or delete it and its row, if a manifest has one."
        )
    return np.asarray(gray, np.uint8)
