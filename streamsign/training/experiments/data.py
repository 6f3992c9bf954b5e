"""The pictures of a run: a fixed draw, the same for all runs with the same data settings.

Labels and people have equal shares, as far as they have enough pictures. Pictures stay in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture, read_gray, read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.framing import HAND_MARGIN, square_around
from streamsign.recognition.geometry import Square
from streamsign.recognition.model import NONE_LABEL
from streamsign.recognition.patch import cut_patch
from streamsign.training.data.augment import LOOSE_MARGIN, LOOSE_SIZE, loose_crop
from streamsign.training.data.cleaning import NOTHING_LEFT_OUT, LeftOut
from streamsign.training.data.crops import folders_of, signer_groups
from streamsign.training.data.dataset import hand_free_squares
from streamsign.training.experiments.configuration import (
    SEED_OPEN_IMAGES,
    Configuration,
    Held,
    Scale,
    Sources,
)

LETTERS = "CELOV"
LABELS = (*LETTERS, NONE_LABEL)
HELD_OUT = 600
"""Pictures in validation, and in test: 100 a label."""

CLEAN_SOURCES = frozenset({"massey5", "tightcrop", "tuananh", "digits218"})
"""Recorded for a data set, on plain or cut-away background; every other source counts as real-world."""

DRAW_SEED = 0
"""Seed of the draw; separate from a run's seed, so that all runs use the same pictures."""

_OTHER_HANDS = 2 / 3  # share of none with other hand shapes; the rest shows no hand
_SQUARE_SHARES = (0.25, 0.7)  # sides of a hand-free square over the picture's shorter side: from a face to half of the
# room


@dataclass(frozen=True, slots=True)
class Example:
    """A picture in memory.

    ``pixels`` is uint8, (160, 160, channels) loose for training or (96, 96, channels) exactly serving's patch to
    measure with; ``label`` indexes ``LABELS``; ``group`` names the signer group that figures are averaged over.
    """

    pixels: NDArray[np.uint8]
    label: int
    group: str
    holds_hand: bool
    cut_out: bool

    @property
    def framed(self) -> NDArray[np.uint8]:
        """The middle of a loose crop, framed as in serving: (96, 96, channels) uint8."""
        side = LOOSE_SIZE * HAND_MARGIN / LOOSE_MARGIN if self.holds_hand else LOOSE_SIZE
        square = Square(LOOSE_SIZE / 2, LOOSE_SIZE / 2, side)
        return _by_plane(cv2.split(self.pixels), lambda plane: cut_patch(plane, square))


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A manifest row with its folder's name, label and signer group."""

    folder: str
    picture: Picture
    label: int
    group: str


@dataclass(frozen=True, slots=True)
class Draw:
    """The rows of a run. ``replaced`` counts the drawn training rows that the exclusion list replaced."""

    train: tuple[DrawnRow, ...]
    validation: tuple[DrawnRow, ...]
    test: tuple[DrawnRow, ...]
    replaced: int

    def counts(self) -> dict[str, dict[str, int]]:
        """Pictures of letters, other pictures, and signers (hand-free pictures have none), for each part."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {
            name: {
                "letters": sum(choice.label < len(LETTERS) for choice in part),
                "none": sum(choice.label == len(LETTERS) for choice in part),
                "signers": len({choice.picture.signer for choice in part if choice.folder == "hands"}),
            }
            for name, part in parts.items()
        }


def draw(root: Path, configuration: Configuration, excluded: LeftOut = NOTHING_LEFT_OUT) -> Draw:
    """Choose the rows of a run.

    Args:
        root: data folder with hands/ and, better with, frames/ and none/.
        configuration: of the run.
        excluded: rows that a ``cleaned`` run does not train on; other runs ignore them.

    Raises:
        TrainingError: a manifest cannot be used, or a letter has no picture in a split.
    """
    by_split = _choices(root)
    rows = by_split["train"]
    train = _train(rows, configuration)
    replaced = 0
    if configuration.cleaned:
        replaced = sum(_is_in(excluded, choice) for choice in train)
        rows = [choice for choice in rows if not _is_in(excluded, choice)]
        train = _train(rows, configuration)
    if configuration.held is Held.SIGNERS:
        validation, test = (_balanced(by_split[split], HELD_OUT) for split in ("val", "test"))
    else:
        rest = _without(rows, train)
        validation = _balanced(rest, HELD_OUT)
        test = _balanced(_without(rest, validation), HELD_OUT)
    for name, part in (("train", train), ("val", validation), ("test", test)):
        if absent := [LETTERS[label] for label in range(len(LETTERS)) if all(each.label != label for each in part)]:
            raise TrainingError(
                f"No picture for the part '{name}' shows {', '.join(absent)}.",
                "The experiments need every one of C, E, L, O, V in each split.",
            )
    return Draw(tuple(train), tuple(validation), tuple(test), replaced)


def _is_in(excluded: LeftOut, choice: DrawnRow) -> bool:
    return excluded.has(choice.folder, choice.picture.row, choice.picture.file)


def _choices(root: Path) -> dict[str, list[DrawnRow]]:
    """Every usable row by split; signer groups are those of the whole split, as in evaluation."""
    found: dict[str, list[DrawnRow]] = defaultdict(list)
    for folder, path in folders_of(root).items():
        by_split: dict[str, list[Picture]] = defaultdict(list)
        for picture in read_manifest(path):
            if picture.hand is not None or folder == "none":
                by_split[picture.split].append(picture)
        for split, pictures in by_split.items():
            known = [folder == "hands" and bool(each.letter) and each.letter in LETTERS for each in pictures]
            for wanted in (True, False):
                part = [picture for picture, is_letter in zip(pictures, known, strict=True) if is_letter is wanted]
                groups = signer_groups([each.signer for each in part], [each.source for each in part])
                if folder != "hands":
                    groups = [folder] * len(part)  # rooms and frames alternate; signers do not matter here
                found[split] += [
                    DrawnRow(folder, each, LETTERS.index(each.letter) if wanted else len(LETTERS), group)
                    for each, group in zip(part, groups, strict=True)
                ]
    return found


def _train(rows: Sequence[DrawnRow], configuration: Configuration) -> list[DrawnRow]:
    count = configuration.scale.images
    clean = [row for row in rows if row.folder == "none" or row.picture.source in CLEAN_SOURCES]
    real = [row for row in rows if row.folder == "none" or row.picture.source not in CLEAN_SOURCES]
    match configuration.sources:
        case Sources.ALL:
            return _balanced(rows, count)
        case Sources.CLEAN:
            return _balanced(clean, count)
        case Sources.REAL_WORLD:
            return _balanced(real, count)
        case Sources.SEED_MIX:
            open_images = _balanced(clean, round(count * SEED_OPEN_IMAGES / Scale.SEED.images))
            return open_images + _balanced(_without(real, open_images), count - len(open_images))


def _without(rows: Iterable[DrawnRow], taken: Iterable[DrawnRow]) -> list[DrawnRow]:
    gone = {(choice.folder, choice.picture.row) for choice in taken}
    return [row for row in rows if (row.folder, row.picture.row) not in gone]


def _balanced(rows: Sequence[DrawnRow], count: int) -> list[DrawnRow]:
    """At most ``count`` rows: labels in equal shares, and within a label the signers in turn."""
    each = count // len(LABELS)
    none = count - each * len(LETTERS)
    others = round(none * _OTHER_HANDS)
    letters = [[row for row in rows if row.label == label] for label in range(len(LETTERS))]
    other_hands = [row for row in rows if row.label == len(LETTERS) and row.folder == "hands"]
    hand_free = [row for row in rows if row.folder != "hands"]
    parts = [(part, each) for part in letters] + [(other_hands, others), (hand_free, none - others)]
    return [row for part, wanted in parts for row in _in_turns(part, wanted)]


def _in_turns(rows: Sequence[DrawnRow], count: int) -> list[DrawnRow]:
    """One row of every signer group, then a second one of every group, and so on until there are ``count``.

    A row's place in its group depends only on its line, so excluding a row changes only the rows after it.
    """
    if not rows:
        return []
    chance = np.random.default_rng(DRAW_SEED).random(1 + max(row.picture.row for row in rows))
    groups: dict[str, list[DrawnRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: float(chance[row.picture.row])):
        groups[row.group].append(row)
    turns = sorted(
        ((turn, float(chance[row.picture.row]), row) for rows in groups.values() for turn, row in enumerate(rows)),
        key=lambda entry: entry[:2],
    )
    return [row for _, _, row in turns[:count]]


def load(choices: Sequence[DrawnRow], channels: int, *, loose: bool, threads: int = 2) -> list[Example]:
    """Decode and crop.

    Args:
        choices: rows, from :func:`draw`. A hand-free row without room for a square is left out.
        channels: 1 gray, 3 RGB.
        loose: True for training's (160, 160), False for serving's own patch.
        threads: decode this many pictures at a time.

    Raises:
        TrainingError: a picture is missing or damaged.
    """

    def example(choice: DrawnRow) -> Example | None:
        planes = _planes(choice.picture.path, channels)
        hand = choice.picture.hand
        if choice.folder == "hands" and hand is not None:
            square = square_around(hand, LOOSE_MARGIN if loose else HAND_MARGIN)
        else:
            height, width = planes[0].shape
            rng = np.random.default_rng([DRAW_SEED, choice.picture.row])
            squares = hand_free_squares(width, height, hand, 1, rng, _SQUARE_SHARES)
            if not squares:
                return None
            square = squares[0]
        cut = loose_crop if loose else cut_patch
        pixels = _by_plane(planes, lambda plane: cut(plane, square))
        cut_out = choice.picture.source == "massey5"
        return Example(pixels, choice.label, choice.group, choice.folder == "hands", cut_out)

    with ThreadPoolExecutor(threads) as pool:
        return [found for found in pool.map(example, choices) if found is not None]


def _planes(path: Path, channels: int) -> Sequence[NDArray[np.uint8]]:
    if channels == 1:
        return [read_gray(path)]
    color = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if color is None:
        raise TrainingError(f"{path} cannot be read as a picture.", "Replace the file, or remove its row.")
    planes: Sequence[NDArray[np.uint8]] = cv2.split(cv2.cvtColor(color, cv2.COLOR_BGR2RGB))
    return planes


def _by_plane(
    planes: Sequence[NDArray[Any]], view: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    return np.stack([view(plane) for plane in planes], axis=-1)
