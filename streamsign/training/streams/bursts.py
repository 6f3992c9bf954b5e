"""Bursts: consecutive webcam frames of held letters, from which labeled streams are composed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.training.streams.record import read_boxes

LEAST_BOXED = 0.5
"""Least share of frames with a box; bursts with fewer are left out."""

HAND_PX = 110
"""Greatest median of a signer's longer hand side; larger hands are shrunk with their frames. The patch is 96 pixels for
1.3 hands, so the classifier loses no detail, and rendering is faster."""

_PLATE_FRAMES = 12  # of each burst, for the median that gives the room without the hand

_PLATE_CLEAR = 1.5
"""Sides of the area around a hand that is left out of the room's picture, over its box. People hold all letters in
about the same place; with a smaller area the locator finds a faint hand in the room."""

_PLATE_SEEN = 3  # frames that must show a pixel of the room; other pixels are filled from their surroundings
_PLATE_FILL_PX = 5.0


@dataclass(frozen=True, slots=True)
class Burst:
    """One letter held by one signer, the hand moving about.

    Attributes:
        luma: (frames, height, width) uint8, 30 frames a second.
        boxes: one a frame; interpolated where the detector found none.
    """

    luma: NDArray[np.uint8]
    boxes: list[Box]


@dataclass(frozen=True, slots=True)
class BurstSigner:
    """All bursts of one person.

    Attributes:
        name: of the person in the data; not printed.
        bursts: by letter.
        size: median of the longer sides of the boxes, pixels.
        plate: (height, width) uint8, the person's room and face without the hand: the median of the frames outside the
            hand; pixels that the hand always covers are filled from their surroundings.
    """

    name: str
    bursts: dict[str, Burst]
    size: float
    plate: NDArray[np.uint8]


def signers_of(folder: Path, split: str) -> dict[str, list[str]]:
    """Files of every signer of a split, by name; opens only the list.

    Raises:
        TrainingError: the list is missing, or the split has no signer.
    """
    path = folder / "manifest.csv"
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            files: dict[str, list[str]] = {}
            for row in csv.DictReader(lines):
                if row["split"] == split:
                    files.setdefault(row["signer"], []).append(row["file"])
    except (OSError, KeyError) as error:
        raise TrainingError(
            f"{path} cannot be read ({error}).", "Give the folder of bursts, with manifest.csv and boxes.csv."
        ) from error
    if not files:
        raise TrainingError(f"{path} has no signer with the split '{split}'.", "The splits are val and test.")
    return files


def read_signer(folder: Path, name: str, files: list[str]) -> BurstSigner:
    """Load the bursts of one person; opens only these files.

    Raises:
        TrainingError: a video cannot be read, or no burst has enough boxes.
    """
    boxes = read_boxes(folder / "boxes.csv")
    found = {file: boxes.get(file, {}) for file in files}
    every = np.array([box for of_file in found.values() for box in of_file.values()])
    if not every.size:
        raise TrainingError(f"No frame of {files} has a box.", "Fix boxes.csv.")
    size = float(np.median(np.maximum(every[:, 2] - every[:, 0], every[:, 3] - every[:, 1])))
    zoom = min(1.0, HAND_PX / size)
    bursts: dict[str, Burst] = {}
    for file in files:
        luma = _read_video(folder / file, zoom)
        if len(found[file]) >= LEAST_BOXED * len(luma):
            letter = Path(file).stem.rpartition("_")[2]
            bursts[letter] = Burst(luma, _between(found[file], len(luma), zoom))
    if not bursts:
        raise TrainingError(f"No burst of {files} has a box in half of its frames.", "Fix boxes.csv.")
    return BurstSigner(name, bursts, size * zoom, room_of(list(bursts.values())))


def room_of(bursts: Sequence[Burst]) -> NDArray[np.uint8]:
    """The room behind bursts of equal size, (height, width) uint8: see :class:`BurstSigner`."""
    shown, hidden = [], []
    for burst in bursts:
        for number in range(0, len(burst.luma), max(1, len(burst.luma) // _PLATE_FRAMES)):
            x0, y0, x1, y1 = burst.boxes[number]
            more_x, more_y = ((_PLATE_CLEAR - 1) / 2 * (high - low) for low, high in ((x0, x1), (y0, y1)))
            hand = np.zeros(burst.luma[number].shape, np.bool_)
            left, top = max(0, int(x0 - more_x)), max(0, int(y0 - more_y))
            hand[top : max(0, int(y1 + more_y)), left : max(0, int(x1 + more_x))] = True
            shown.append(burst.luma[number])
            hidden.append(hand)
    beside = (~np.stack(hidden)).sum(axis=0)
    # Covered pixels are sorted to the end. Sorting bytes takes a tenth of the time of numpy's median.
    ranked = np.sort(np.where(hidden, 255, shown).astype(np.uint8), axis=0)
    middle = np.take_along_axis(ranked, (beside // 2).clip(max=len(ranked) - 1)[None], axis=0)[0]
    never = (beside < min(_PLATE_SEEN, len(shown))).astype(np.uint8)
    return np.asarray(cv2.inpaint(middle, never, _PLATE_FILL_PX, cv2.INPAINT_TELEA), np.uint8)


def _read_video(path: Path, zoom: float) -> NDArray[np.uint8]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        gray = cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY)
        frames.append(np.asarray(cv2.resize(gray, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), np.uint8))
    capture.release()
    if not frames:
        raise TrainingError(f"{path} cannot be read as a video.", "Copy the folder of bursts again.")
    return np.stack(frames)


def _between(found: dict[int, Box], frames: int, zoom: float) -> list[Box]:
    known = sorted(found)
    edges = np.array([found[n] for n in known]) * zoom
    every = np.arange(frames)
    return [Box(*row) for row in np.stack([np.interp(every, known, edges[:, i]) for i in range(4)], axis=1).tolist()]
