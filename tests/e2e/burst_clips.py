"""Words put together from real bursts of held letters: private pictures, so they are made in a temporary folder."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.framing import GUIDE_SHARE

FPS = 30
WIDTH, HEIGHT = 640, 480
HOLD_FRAMES = 30
REST_FRAMES = 45
_MARGIN = 1.15
"""Side of the guide box over the hand's reach while the letter is held: the hand moves inside it."""

Picture = NDArray[np.uint8]
Edges = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class BurstClip:
    """A word by one signer: rest, each letter held for a second, rest."""

    signer: str
    word: str
    split: str
    frames: list[Picture]
    """(480, 640, 3) uint8 BGR, 30 a second."""


def burst_clips(bursts: Path, words: tuple[str, ...] = ("LOVE", "CELO"), every: int = 1) -> Iterator[BurstClip]:
    """Every word by every burst signer. Letters are framed by the detector's boxes, never by what is read from them.

    Args:
        bursts: the folder of films.
        words: that are put together for each signer.
        every: 2 leaves out every second frame, and so on.
    """
    with (bursts / "manifest.csv").open(newline="") as file:
        split = {row["signer"]: row["split"] for row in csv.DictReader(file)}
    boxes = _boxes(bursts / "boxes.csv")
    still = cv2.GaussianBlur(np.full((HEIGHT, WIDTH, 3), 127, np.uint8), (5, 5), 0)
    rest = [still] * (REST_FRAMES // every)
    for signer in sorted(split):
        held = {
            letter: list(_held_letter(bursts, boxes, signer, letter, every)) for letter in sorted({*"".join(words)})
        }
        for word in words:
            frames = [part for letter in word for part in held[letter]]
            yield BurstClip(signer, word, split[signer], [*rest, *frames, *rest])


def write_mjpeg(path: Path, frames: list[Picture]) -> None:
    """Frames as Chromium's fake camera reads them: JPEGs one after another."""
    with path.open("wb") as file:
        for frame in frames:
            file.write(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())


def _boxes(path: Path) -> dict[str, dict[int, Edges]]:
    boxes: dict[str, dict[int, Edges]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["hand_x0"]:
                edges = (float(row["hand_x0"]), float(row["hand_y0"]), float(row["hand_x1"]), float(row["hand_y1"]))
                boxes.setdefault(row["file"], {})[int(row["frame"])] = edges
    return boxes


def _held_letter(
    bursts: Path, boxes: dict[str, dict[int, Edges]], signer: str, letter: str, every: int
) -> Iterator[Picture]:
    """The middle second of a burst, cut once so that the hand's reach fills the guide box."""
    name = f"{signer}_{letter}.mp4"
    capture = cv2.VideoCapture(str(bursts / name))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    first = max(0, (count - HOLD_FRAMES) // 2)
    held = range(first, min(first + HOLD_FRAMES, count))
    for _ in range(first):
        capture.grab()  # cheaper than read(), which converts the colors
    pictures = {n: np.asarray(capture.read()[1], np.uint8) for n in held}
    capture.release()
    seen = [boxes[name][n] for n in held if n in boxes.get(name, {})]
    if not seen:  # one burst has no box at all: its signer's other letters say where the hand is
        seen = [edges for other, found in boxes.items() if other.startswith(signer + "_") for edges in found.values()]
        x0, y0, x1, y1 = np.median(seen, axis=0)
    else:
        lows, highs = np.percentile(seen, 25, axis=0), np.percentile(seen, 75, axis=0)
        x0, y0, x1, y1 = lows[0], lows[1], highs[2], highs[3]
    scale = GUIDE_SHARE * HEIGHT / (_MARGIN * max(x1 - x0, y1 - y0))
    shift_x, shift_y = WIDTH / 2 - scale * (x0 + x1) / 2, HEIGHT / 2 - scale * (y0 + y1) / 2
    to_guide = np.array([[scale, 0, shift_x], [0, scale, shift_y]])
    for n in held[::every]:
        yield np.asarray(cv2.warpAffine(pictures[n], to_guide, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE))
