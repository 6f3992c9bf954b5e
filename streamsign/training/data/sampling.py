"""Which pictures a training step sees: letters and signers in equal shares, however many pictures each has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.framing import square_around
from streamsign.recognition.model import NONE_LABEL
from streamsign.recognition.patch import PATCH_SIZE, cut_patch
from streamsign.training.data.augment import (
    CUT_OUT_SOURCE,
    HAND_PX,
    LOOSE_MARGIN,
    LOOSE_SIZE,
    View,
    between_shapes,
    loose_crop,
    loose_hand,
    random_view,
    swap_background,
)
from streamsign.training.data.dataset import Picture, hand_free_squares, read_gray, read_manifest
from streamsign.training.data.pose import JOINTS, Known, turned

HAND_FREE = ""
"""Shape of a picture without a signing hand."""

LETTER_SHARE, OTHER_SHARE, HAND_FREE_SHARE = 0.6, 0.24, 0.16
"""Shares of a batch: the model's letters, other hand shapes, no hand. The last two together are *none*. Few other
shapes get less: none is drawn more often than a letter is."""

BETWEEN_SHARE = 0.1
"""Of the letters drawn, so many are seen on their way to another shape, and are *none*: a blurred blend of two letters
looks like a third, and a network that never saw one says so with confidence."""

SMALL_SIGNER = 20
"""Signers with fewer pictures than this are one group by their source: a share of their own would overfit them."""

BOX = 4
"""Numbers of a box: how far the hand's centre is right of and below the patch's, and the logs of its width and height,
all in sizes of a hand that is framed as serving frames it."""

_ON_BLACK_SWAPPED = 0.85  # the rest stay on black: dark rooms exist
_SWAPPED = 0.5  # of the hands that could be cut out
_FRAME_SQUARE_SHARES = (0.25, 0.7)  # a face to half the room
_ROOM_SQUARE_SHARES = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Crop:
    """A picture in memory: (160, 160) loose for training, (96, 96) exactly serving's patch for validation.

    ``line`` is the picture's in the manifest of ``folder`` (hands, frames or none). ``hand`` is width and height of the
    hand's box over its longer side; None where there is no hand.
    """

    pixels: NDArray[np.uint8]
    shape: str
    signer: str
    source: str
    folder: str = "hands"
    line: int = 0
    hand: tuple[float, float] | None = None


def folders_of(root: Path) -> dict[str, Path]:
    """The parts of a data folder that are there: hands, frames, none.

    Raises:
        TrainingError: there are no hands.
    """
    if not (root / "hands" / "manifest.csv").is_file():
        raise TrainingError(
            f"There is no {root / 'hands' / 'manifest.csv'}.",
            "Give the folder that holds hands/ (required), frames/ and none/, each with its manifest.csv.",
        )
    return {name: root / name for name in ("hands", "frames", "none") if (root / name / "manifest.csv").is_file()}


def load_crops(root: Path, split: str, *, loose: bool, seed: int, threads: int = 2) -> list[Crop]:
    """Every hand of a split, and hand-free squares of its rooms and frames, in memory.

    Args:
        root: data folder, see :func:`folders_of`.
        split: value of the manifests' ``split`` column.
        loose: True for :func:`augment`'s input, False for serving's own patch.
        seed: decides the hand-free squares.
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

    def crops(job: tuple[str, Picture]) -> list[Crop]:
        name, picture = job
        gray = read_gray(picture.path)
        if name == "hands" and picture.hand is not None:
            pixels = loose_hand(gray, picture.hand) if loose else cut_patch(gray, square_around(picture.hand))
            width, height = picture.hand.width, picture.hand.height
            shares = (width / max(width, height), height / max(width, height))
            return [Crop(pixels, picture.letter, picture.signer, picture.source, name, picture.row, shares)]
        rng = np.random.default_rng([seed, picture.row, len(name)])
        count, sides = (6, _ROOM_SQUARE_SHARES) if name == "none" else (2, _FRAME_SQUARE_SHARES)
        squares = hand_free_squares(gray.shape[1], gray.shape[0], picture.hand, count, rng, sides)
        cut = loose_crop if loose else cut_patch
        signer = f"{name}:{picture.signer}"
        return [Crop(cut(gray, square), HAND_FREE, signer, picture.source, name, picture.row) for square in squares]

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


class Batch(NamedTuple):
    """What one training step sees."""

    patches: NDArray[np.float32]  # (size, 96, 96, 1) in −1…1
    labels: NDArray[np.int32]  # (size,)
    shapes: NDArray[np.int32]  # (size,)
    counts: NDArray[np.float32]  # (size,) 1 where the letter counts, 0 where the view only teaches to follow the hand
    joints: NDArray[np.float32]  # (size, 21, 3), zeros where not known
    known: NDArray[np.float32]  # (size,) 1 where the joints are known
    hands: NDArray[np.float32]  # (size,) 1 where there is a hand, whatever its shape
    boxes: NDArray[np.float32]  # (size, 4), see BOX; zeros where not known
    boxed: NDArray[np.float32]  # (size,) 1 where the box is known


class Sampler:
    """Draws balanced, augmented batches. Batch ``n`` depends on the seed, ``n`` and the weights alone: runs can resume.

    Args:
        crops: loose crops of the training split.
        letters: the model's letters, in output order.
        seed: decides everything.
        poses: joints and outlines of hands, see :mod:`streamsign.training.data.pose`, by (folder, manifest line).

    Raises:
        TrainingError: a letter has no picture.
    """

    def __init__(
        self, crops: Sequence[Crop], letters: str, seed: int, poses: Mapping[tuple[str, int], Known] | None = None
    ) -> None:
        self._crops = crops
        self._poses = poses or {}
        self._letters = letters
        self._seed = seed
        groups = signer_groups([crop.signer for crop in crops], [crop.source for crop in crops])
        members: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, (crop, group) in enumerate(zip(crops, groups, strict=True)):
            members[crop.shape][group].append(index)
        if absent := [letter for letter in letters if letter not in members]:
            raise TrainingError(
                f"No training picture shows {', '.join(absent)}.", "Leave the letters out, or add pictures of them."
            )
        self.shapes = sorted(members)
        self._others = [shape for shape in self.shapes if shape not in letters and shape != HAND_FREE]
        self._hand_free = [index for pool in members.get(HAND_FREE, {}).values() for index in pool]
        # A shape that only one collection shows would otherwise teach that its walls are no letter.
        others = min(OTHER_SHARE, LETTER_SHARE * len(self._others) / len(letters))
        shares = [LETTER_SHARE, others, HAND_FREE_SHARE * bool(self._hand_free)]
        self._shares = np.array(shares) / sum(shares)
        self._hands = [shape for shape in self.shapes if shape != HAND_FREE]
        # Without pictures of no hand, or of a second shape, there is nothing to show or to call it.
        self._between = BETWEEN_SHARE if self._hand_free and len(self._hands) > 1 else 0.0
        # A signer's pictures of one shape share one signer's chance.
        even = np.empty(len(crops))
        for pools in members.values():
            for pool in pools.values():
                even[pool] = 1 / (len(pools) * len(pool))
        self._even = even
        self._members = {shape: np.concatenate([*pools.values()]) for shape, pools in members.items()}
        self.weigh(np.ones(len(crops)))

    def weigh(self, weights: NDArray[np.float64]) -> None:
        """From now on draw each picture of a shape so many times as often as its signer's share alone would have it.

        Args:
            weights: (crops,), above 0.

        Raises:
            ValueError: not one weight for each crop.
        """
        if len(weights) != len(self._crops):
            raise ValueError(f"{len(weights)} weights for {len(self._crops)} pictures")
        chances = self._even * weights
        self._chances = {
            shape: np.cumsum(chances[index]) / chances[index].sum() for shape, index in self._members.items()
        }

    @property
    def crops(self) -> Sequence[Crop]:
        """What is drawn from."""
        return self._crops

    @property
    def knows_joints(self) -> bool:
        """Whether any picture's joints are known."""
        return bool(self._poses)

    @property
    def labels(self) -> list[str]:
        """The model's outputs in order."""
        return [*self._letters, NONE_LABEL]

    def label_index(self, shapes: Iterable[str]) -> NDArray[np.int32]:
        """Output that each shape belongs to."""
        none = len(self._letters)
        return np.array([self._letters.find(s) if s and s in self._letters else none for s in shapes], np.int32)

    def priors(self) -> dict[str, float]:
        """Share of each label in the batches; *none* never quite zero, so that posteriors can be divided by it."""
        letters = self._shares[0] * (1 - self._between)
        letter, none = letters / len(self._letters), max(1e-3, 1 - letters)
        return {**dict.fromkeys(self._letters, float(letter)), NONE_LABEL: float(none)}

    def batch(self, number: int, size: int) -> Batch:
        """Batch ``number``."""
        rng = np.random.default_rng([self._seed, number])
        picked = [self._crops[self._pick(rng)] for _ in range(size)]
        views = [self._view(crop, rng) for crop in picked]
        shapes = [crop.shape for crop in picked]
        none = len(self._letters)
        between = (self.label_index(shapes) < none) & (rng.random(size) < self._between)
        for row in map(int, np.flatnonzero(between)):
            other = self._view(self._crops[self._pick_other(shapes[row], rng)], rng)
            views[row], shapes[row] = between_shapes(views[row], other, rng), HAND_FREE
        index = np.array([self.shapes.index(shape) for shape in shapes], np.int32)
        joints, known = np.zeros((size, JOINTS, 3), np.float32), np.zeros(size, np.float32)
        boxes, boxed = np.zeros((size, BOX), np.float32), np.zeros(size, np.float32)
        for row, (crop, view) in enumerate(zip(picked, views, strict=True)):
            if between[row]:
                continue
            if crop.hand is not None:
                boxes[row], boxed[row] = box_in(view, crop.hand), 1
            if (pose := self._poses.get((crop.folder, crop.line))) is not None:
                joints[row], known[row] = turned(pose.joints, view.angle, mirror=view.mirror), 1
        pixels = np.stack([view.pixels for view in views])[..., None]
        return Batch(
            pixels.astype(np.float32) / 127.5 - 1,
            self.label_index(shapes),
            index,
            np.array([view.framed for view in views], np.float32),
            joints,
            known,
            np.array([crop.shape != HAND_FREE for crop in picked], np.float32),
            boxes,
            boxed,
        )

    def _pick(self, rng: np.random.Generator) -> int:
        kind = rng.choice(3, p=self._shares)
        if kind == 0:
            shape = self._letters[rng.integers(len(self._letters))]
        else:
            shape = self._others[rng.integers(len(self._others))] if kind == 1 else HAND_FREE
        members = self._members[shape]
        index = int(np.searchsorted(self._chances[shape], rng.random(), side="right"))
        return int(members[min(index, len(members) - 1)])  # rounding may leave the last sum a hair below 1

    def _pick_other(self, shape: str, rng: np.random.Generator) -> int:
        """A hand of another shape."""
        others = [other for other in self._hands if other != shape]
        members = self._members[others[rng.integers(len(others))]]
        return int(members[rng.integers(len(members))])

    def _view(self, crop: Crop, rng: np.random.Generator) -> View:
        pixels = crop.pixels
        on_black = crop.source == CUT_OUT_SOURCE
        if self._hand_free and crop.shape != HAND_FREE and rng.random() < (_ON_BLACK_SWAPPED if on_black else _SWAPPED):
            known = None if on_black else self._poses.get((crop.folder, crop.line))
            mask = None if known is None else known.mask
            if on_black or mask is not None:
                room = self._crops[self._hand_free[rng.integers(len(self._hand_free))]]
                pixels = swap_background(pixels, room.pixels, rng, mask)
        return random_view(pixels, rng, holds_hand=crop.shape != HAND_FREE)


def box_in(view: View, hand: tuple[float, float]) -> NDArray[np.float32]:
    """Where the hand of a view is, see ``BOX``: the box about the ellipse that fills its box in the loose crop.

    Args:
        view: of a loose crop, whose middle is the hand's.
        hand: width and height over the longer side.
    """
    linear = view.matrix[:, :2]
    middle = linear @ np.full(2, LOOSE_SIZE / 2) + view.matrix[:, 2] - PATCH_SIZE / 2
    half = np.sqrt(np.square(linear * (np.array(hand) * LOOSE_SIZE / LOOSE_MARGIN / 2)).sum(axis=1))
    return np.concatenate([middle / HAND_PX, np.log(2 * half / HAND_PX)]).astype(np.float32)
