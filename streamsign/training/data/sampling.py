"""Draws the pictures of a training step: letters and signers in equal shares, whatever their number of pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.framing import HAND_MARGIN
from streamsign.recognition.model import NONE_LABEL
from streamsign.training.data.augment import (
    CUT_OUT_SOURCE,
    LOOSE_MARGIN,
    WIDE_SHARE,
    View,
    between_shapes,
    loose_side,
    random_view,
    swap_background,
    swap_surroundings,
)
from streamsign.training.data.crops import HAND_FREE, Crop, signer_groups
from streamsign.training.data.pose import JOINTS, Known, turned

LETTER_SHARE, OTHER_SHARE, HAND_FREE_SHARE = 0.6, 0.24, 0.16
"""Shares of a batch: the model's letters, other hand shapes, no hand. The last two together are *none*. If there are
few other shapes, their share is lower, so that no shape is drawn more often than a letter."""

BETWEEN_SHARE = 0.1
"""Share of the drawn letters that are blended with another shape and labeled *none*. A blurred blend of two letters can
look like a third letter."""

MADE_SHARE = 0.5
"""Share of the blends that are replaced by pictures of hands on the way, if there are any."""

BOX = 4
"""Numbers of a box: offset of the hand's center from the patch's, right and down, and the logs of its width and height,
in sizes of a hand framed as in serving."""

_ON_BLACK_SWAPPED = 0.85  # the rest stay on black, as in dark rooms
_SWAPPED = 0.5  # of the hands that could be cut out


class Batch(NamedTuple):
    """The pictures and labels of one training step."""

    patches: NDArray[np.float32]  # (size, 96, 96, 1) in −1…1
    labels: NDArray[np.int32]  # (size,)
    shapes: NDArray[np.int32]  # (size,)
    counts: NDArray[np.float32]  # (size,) 1 if the letter counts, 0 if only the hand's box does
    joints: NDArray[np.float32]  # (size, 21, 3), zeros where not known
    known: NDArray[np.float32]  # (size,) 1 where the joints are known
    hands: NDArray[np.float32]  # (size,) 1 if there is a hand of any shape
    boxes: NDArray[np.float32]  # (size, 4), see BOX; zeros where not known
    boxed: NDArray[np.float32]  # (size,) 1 where the box is known


class Sampler:
    """Draws balanced, augmented batches.

    Batch ``n`` depends only on the seed, ``n`` and the weights, so runs can resume.

    Args:
        crops: loose crops of the training split.
        letters: the model's letters, in output order.
        seed: decides everything.
        poses: joints and outlines of hands, see :mod:`streamsign.training.data.pose`, by (folder, manifest line).
        least_others: least share of the other hand shapes in a batch.
        surroundings: share of the hands without a known outline whose surroundings are replaced, see
            :func:`streamsign.training.data.augment.swap_surroundings`.
        wide: see :func:`streamsign.training.data.augment.random_view`.
        ways: loose crops of hands on the way between letters; half of the blends are replaced by them.

    Raises:
        TrainingError: a letter has no picture.
    """

    def __init__(
        self,
        crops: Sequence[Crop],
        letters: str,
        seed: int,
        poses: Mapping[tuple[str, int], Known] | None = None,
        *,
        least_others: float = 0.0,
        surroundings: float = 0.0,
        wide: float = WIDE_SHARE,
        ways: Sequence[Crop] = (),
    ) -> None:
        self._crops = crops
        self._poses = poses or {}
        self._letters = letters
        self._seed = seed
        self._ways = ways
        self._surroundings, self._wide = surroundings, wide
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
        # Otherwise the walls of a collection with the only pictures of a shape would be learned as *none*.
        others = min(OTHER_SHARE, LETTER_SHARE * len(self._others) / len(letters))
        others = max(others, least_others * bool(self._others))
        shares = [LETTER_SHARE, others, HAND_FREE_SHARE * bool(self._hand_free)]
        self._shares = np.array(shares) / sum(shares)
        self._hands = [shape for shape in self.shapes if shape != HAND_FREE]
        # Without hand-free pictures or a second shape there is nothing to draw.
        self._between = BETWEEN_SHARE if self._hand_free and len(self._hands) > 1 else 0.0
        # A signer's pictures of one shape share the signer's weight.
        even = np.empty(len(crops))
        for pools in members.values():
            for pool in pools.values():
                even[pool] = 1 / (len(pools) * len(pool))
        self._even = even
        self._members = {shape: np.concatenate([*pools.values()]) for shape, pools in members.items()}
        self.weigh(np.ones(len(crops)))

    def weigh(self, weights: NDArray[np.float64]) -> None:
        """Multiply the weight of each picture within its signer's share from now on.

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
        """The crops to draw from."""
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
        """Index of the output of each shape."""
        none = len(self._letters)
        return np.array([self._letters.find(s) if s and s in self._letters else none for s in shapes], np.int32)

    def priors(self) -> dict[str, float]:
        """Share of each label in the batches; above 0 for *none*, because posteriors are divided by it."""
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
            if self._ways and rng.random() < MADE_SHARE:
                views[row] = self._view(self._ways[int(rng.integers(len(self._ways)))], rng)
            else:
                other = self._view(self._crops[self._pick_other(shapes[row], rng)], rng)
                views[row] = between_shapes(views[row], other, rng)
            shapes[row] = HAND_FREE
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
        return int(members[min(index, len(members) - 1)])  # rounding may leave the last sum slightly below 1

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
            elif crop.hand is not None and rng.random() < self._surroundings:
                room = self._crops[self._hand_free[rng.integers(len(self._hand_free))]]
                pixels = swap_surroundings(pixels, room.pixels, crop.hand, rng)
        return random_view(pixels, rng, holds_hand=crop.shape != HAND_FREE, wide=self._wide)


def box_in(view: View, hand: tuple[float, float]) -> NDArray[np.float32]:
    """Box of the hand in a view, see ``BOX``: that around the ellipse that fills its box in the loose crop.

    Args:
        view: of a loose crop, whose middle is the hand's.
        hand: width and height over the longer side.
    """
    linear, size = view.matrix[:, :2], len(view.pixels)
    loose, hand_px = loose_side(size), size / HAND_MARGIN
    middle = linear @ np.full(2, loose / 2) + view.matrix[:, 2] - size / 2
    half = np.sqrt(np.square(linear * (np.array(hand) * loose / LOOSE_MARGIN / 2)).sum(axis=1))
    return np.concatenate([middle / hand_px, np.log(2 * half / hand_px)]).astype(np.float32)
