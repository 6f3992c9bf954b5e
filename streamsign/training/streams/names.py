"""Builds streams of names and words over the whole alphabet from stills: each letter is one picture, held.

Films exist only for five letters (:mod:`streamsign.training.streams.bursts`); the other letters exist as stills. A held
letter is therefore one still with small synthetic movements and camera noise. Between letters the hand is moved as in
the streams made of bursts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture, read_gray, read_manifest
from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Box
from streamsign.training.streams.build import Case, Stream, foreign_rows, word_streams
from streamsign.training.streams.bursts import HAND_PX, Burst, BurstSigner, room_of

NAMES = (
    "MARIA", "DAVID", "LAURA", "PETER", "SUSAN", "KEVIN", "ALICE", "ROBERT", "EMILY", "BRUNO", "HANNAH", "FELIX",
    "NOAH", "OLIVIA", "SIMON", "VICTOR", "WENDY", "OSCAR", "HUGO", "MATTEO", "YUSUF", "AMIR", "RAVI", "PRIYA",
    "BUDI", "AYU", "DEWI", "SITI", "AGUS", "PUTRI", "RATNA", "WAYAN", "TAUFIK",
    "HELLO", "THANKS", "FAMILY", "WATER", "FRIEND", "SCHOOL", "QUICK", "BOX", "COFFEE",
    "RUMAH", "MAKAN", "KASIH", "SEKOLAH", "BUKU", "TEMAN", "BAGUS", "SELAMAT",
)  # fmt: skip
"""First names of several countries, and words of the shipped languages, English and Indonesian."""

NAME_CASES = (Case("names slow", rate=1.3), Case("names"), Case("names fast", rate=3.5))

_LEAST_NAMES = 3  # signers with fewer letters are left out
_STILL_FRAMES = 30
_SHIFT_PX, _SCALE_RANGE = 1.5, 0.01  # half of the range of a held hand's movement and of its change of size
_PERIODS = (9.0, 11.0, 13.0)  # frames a radian of the movement across, up and towards the camera
_NOISE = 2.0
"""Standard deviation of a pixel from frame to frame, gray levels, of a webcam indoors."""


def name_streams(
    data: Path, split: str, words: int, seed: int = 0, letters: Collection[str] = "CELOV"
) -> Iterator[Stream]:
    """Names and words of every signer with whole pictures, one signer at a time.

    Opens only files of that split.

    Args:
        data: holds frames/ and hands/.
        split: val to fit on, test to report on.
        words: in each case, for each signer.
        seed: decides words, movements and pictures.
        letters: of the model; words with others are left out.

    Raises:
        TrainingError: a manifest or a picture cannot be read.
    """
    foreign = foreign_rows(data / "hands", split, letters)
    whole, loose = (_by_signer(data / folder, split, letters) for folder in ("frames", "hands"))
    for number, (name, of_signer) in enumerate(sorted(whole.items())):
        rng = np.random.default_rng([seed, number, 3])
        known = {*of_signer, *loose.get(name, {})}
        spelled = [word for word in NAMES if set(word) <= known]
        if len(spelled) >= _LEAST_NAMES:
            signer = _signer(name, of_signer, loose.get(name, {}), rng)
            yield from word_streams(signer, foreign, words, [seed, number, 4], spelled, NAME_CASES)


def _by_signer(folder: Path, split: str, letters: Collection[str]) -> dict[str, dict[str, list[Picture]]]:
    found: dict[str, dict[str, list[Picture]]] = {}
    for row in read_manifest(folder):
        if row.split == split and row.hand is not None and row.letter in letters:
            found.setdefault(row.signer, {}).setdefault(row.letter, []).append(row)
    return found


def _signer(
    name: str, whole: dict[str, list[Picture]], loose: dict[str, list[Picture]], rng: np.random.Generator
) -> BurstSigner:
    """One still of each letter: a whole picture, or else a loose crop."""
    rows = {letter: of_letter[int(rng.integers(len(of_letter)))] for letter, of_letter in {**loose, **whole}.items()}
    stills = {letter: _read(row) for letter, row in rows.items()}
    bursts = {letter: _held(*still, rng) for letter, still in stills.items()}
    shapes = Counter(bursts[letter].luma.shape for letter in whole)
    (common, _), *_ = shapes.most_common(1)
    rooms = [bursts[letter] for letter in whole if bursts[letter].luma.shape == common]
    size = float(np.median([hand.longer_side for _, hand in stills.values()]))
    return BurstSigner(name, bursts, size, room_of(rooms))


def _read(row: Picture) -> tuple[Luma, Box]:
    """A picture shrunk so that its hand is as large as in the streams made of bursts, with the box."""
    luma, hand = read_gray(row.path), row.hand
    if hand is None:
        raise ValueError(f"{row.path} has no hand")
    zoom = min(1.0, HAND_PX / hand.longer_side)
    small = cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), Box(*(edge * zoom for edge in hand))


def _held(luma: Luma, hand: Box, rng: np.random.Generator) -> Burst:
    """One second of a still with small movements and noise."""
    phases: Sequence[float] = rng.uniform(0, 2 * np.pi, 3).tolist()
    height, width = luma.shape
    frames: list[NDArray[np.uint8]] = []
    boxes = []
    for number in range(_STILL_FRAMES):
        across, up, near = (np.sin(number / period + at) for period, at in zip(_PERIODS, phases, strict=True))
        swell, dx, dy = 1 + _SCALE_RANGE * near, _SHIFT_PX * across, _SHIFT_PX * up
        moved = np.array([[swell, 0, dx], [0, swell, dy]], np.float32)
        picture = cv2.warpAffine(luma, moved, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        picture += rng.normal(0, _NOISE, luma.shape)
        frames.append(np.clip(picture + 0.5, 0, 255).astype(np.uint8))
        boxes.append(Box(hand.x0 * swell + dx, hand.y0 * swell + dy, hand.x1 * swell + dx, hand.y1 * swell + dy))
    return Burst(np.stack(frames), boxes)
