"""Measures a model on signers that are not in the training pictures. Uses the TFLite graph, without TensorFlow.

Accuracy counts the pictures whose true letter is one of the model's; the output with the highest probability is
compared, *none* included. Signers with fewer than 20 counted pictures are pooled by source; macro figures are means
over these groups. Pictures without a box are left out with every crop, and counted, so that figures of two crops are of
the same set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture, read_gray, read_manifest
from streamsign.recognition.framing import guide_square, square_around
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.model import READER, Model, load_model
from streamsign.recognition.picture_reader import PictureReader
from streamsign.recognition.reader import ReaderMode
from streamsign.training.data.cleaning import NOTHING_LEFT_OUT, LeftOut
from streamsign.training.data.coverage import DISTANCE, distance_of, traits_of
from streamsign.training.data.dataset import beside_hand, hand_free_squares
from streamsign.training.evaluation.figures import Patch, ReadPicture, summarize
from streamsign.training.evaluation.finding import SAME_HAND, Sighting, finding_figures, sighting
from streamsign.training.evaluation.located import read_pictures
from streamsign.training.evaluation.slices import slices_of
from streamsign.training.folder.pictures import Boxed, Locate

HAND_FREE_SEED = 0
FRAME_SQUARE_SHARES = (0.25, 0.7)
READERS = 2  # threads that decode pictures
DECODED_AHEAD = 64  # pictures they decode ahead


class PictureCrop(StrEnum):
    """Where in a picture the patch is cut."""

    ORACLE = "oracle"  # the manifest's box, framed as serving frames a found hand
    FRAME = "frame"  # the guide box; no hand is located
    HAND = "hand"  # the box that a locator finds; a hand that is not found counts as none


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures, under stable keys, and the patches of the listed errors.

    ``pictures`` holds, for ``worst_mistakes`` and ``worst_false_letters``, one patch for each row in that order; None
    where no hand was found. ``splits`` are those of the pictures; ``left_out`` are sentences about pictures of folders
    without a manifest that were left out.
    """

    figures: dict[str, Any]
    pictures: dict[str, list[Patch | None]]
    splits: set[str]
    left_out: list[str]


def evaluate(
    folders: Sequence[Path],
    model: Model | str,
    split: str,
    framing: PictureCrop,
    locate: Locate | None = None,
    wrong_boxes: LeftOut = NOTHING_LEFT_OUT,
    mode: ReaderMode = ReaderMode.SMALL,
) -> Evaluation:
    """Read every picture of a split and compute the figures.

    Args:
        folders: of pictures, see :func:`streamsign.training.evaluation.located.read_pictures`; a folder without a
            manifest belongs to every split. Those without a ``letter`` column are hand-free. ``none`` and ``frames``
            beside a folder of hands are used for hand-free pictures too; a folder given or implied twice counts once.
        model: a model, or its name or folder.
        split: value of the manifests' ``split`` column.
        framing: how patches are cut.
        locate: finds hands, for ``PictureCrop.HAND``.
        wrong_boxes: rows whose box is wrong; see
            :func:`streamsign.training.evaluation.finding.finding_figures`.
        mode: which networks read; see :class:`streamsign.recognition.picture_reader.PictureReader`.

    Returns:
        The figures docs/reference/evaluate.md lists; a figure without pictures is None.

    Raises:
        TrainingError: a folder cannot be used.
        ModelError: the model cannot be used.
    """
    if (framing is PictureCrop.HAND) != (locate is not None):
        raise ValueError("hands are located for the crop 'hand', and for no other")
    loaded = model if isinstance(model, Model) else load_model(model)
    network = PictureReader(loaded, mode)
    info = network.info
    labeled, hand_free, splits, left_out = _pictures(folders, split, loaded)
    boxed = [picture for picture in labeled if picture.hand is not None]
    not_found = np.array([label == info.none_label for label in info.labels], np.float32)

    def cut(gray: Patch, hand: Box | None) -> list[Patch]:
        """The patches of a picture with a hand, framed as in serving; None if no hand was found."""
        if framing is PictureCrop.FRAME:
            return network.cut(gray, guide_square(gray.shape[1], gray.shape[0]))
        return [] if hand is None else network.cut(gray, square_around(hand, info.framing.margin))

    def read(patches: list[Patch]) -> NDArray[np.float32]:
        return network.read(patches) if patches else not_found

    shown: list[ReadPicture] = []
    free: list[ReadPicture] = []
    sightings: list[Sighting] = []
    false_hands: list[tuple[Picture, bool]] = []
    with ThreadPoolExecutor(READERS) as pool:
        for picture, gray in _decoded(boxed, pool):
            hand = picture.hand
            if hand is None:
                continue
            found = hand if locate is None else locate(gray)
            traits = {**traits_of(gray, hand), DISTANCE: distance_of(gray, hand)}
            sightings.append(sighting(picture, hand, found, gray.shape[1], gray.shape[0], traits))
            there = None if locate is None else sightings[-1].overlap >= SAME_HAND
            cuts = cut(gray, found)
            mirrored = read([patch[:, ::-1] for patch in cuts]) if picture.letter in info.letters else None
            in_label = read(cut(gray, hand)) if there and picture.letter in info.letters else None
            shown.append(
                ReadPicture(picture, _last(cuts), read(cuts), slices_of(gray, hand), mirrored, traits, there, in_label)
            )
        for picture, gray in _decoded(hand_free, pool):
            if picture.hand is None:
                found = None if locate is None else locate(gray)
                false_hands.append((picture, found is not None))
                whole = network.cut(gray, guide_square(gray.shape[1], gray.shape[0]))
                places = [whole if locate is None else cut(gray, found)]
            else:
                places = [network.cut(gray, square) for square in _beside(picture.hand, picture.row, gray)]
                if locate is not None and (part := beside_hand(gray, picture.hand)) is not None:
                    false_hands.append((picture, locate(np.ascontiguousarray(part)) is not None))
            free += [ReadPicture(picture, _last(cuts), read(cuts)) for cuts in places]
    figures, worst = summarize(info, shown, free)
    return Evaluation(
        {
            **figures,
            "images_without_box": len(labeled) - len(boxed) + sum(each.without_hand for each in left_out),
            "model": f"{info.name}:{loaded.variant}" if loaded.variant else info.name,
            "model_sha256": network.measured[0].sha256,
            "reader": (ReaderMode.LARGE if loaded.variant == READER else mode).value,
            "reader_sha256": network.measured[-1].sha256 if network.measured[-1].variant == READER else None,
            "split": split,
            "crop": framing.value,
            "finding": None if locate is None else finding_figures(sightings, false_hands, wrong_boxes),
        },
        worst,
        splits,
        [line for each in left_out for line in each.left_out()],
    )


def _last(patches: list[Patch]) -> Patch | None:
    """The patch that is shown with an error: the one with the highest resolution."""
    return patches[-1] if patches else None


def _pictures(
    folders: Sequence[Path], split: str, model: Model
) -> tuple[list[Picture], list[Picture], set[str], list[Boxed]]:
    """Pictures of a split that show a shape of the hand, and those to take hand-free patches from.

    Also the splits that the folders have, and what was read of each folder.
    """
    labeled: list[Picture] = []
    hand_free: dict[Path, list[Picture]] = {}
    beside: dict[Path, Path] = {}
    splits: set[str] = set()
    usable: list[Boxed] = []
    for place, folder in {folder.resolve(): folder.absolute() for folder in folders}.items():
        usable.append(read_pictures(folder, model, split))
        pictures = usable[-1].pictures
        splits.update(picture.split for picture in pictures)
        of_split = [picture for picture in pictures if picture.split == split]
        labeled += [picture for picture in of_split if picture.letter]
        hand_free[place] = [picture for picture in of_split if not picture.letter]
        if any(picture.letter for picture in pictures):
            beside |= {path.resolve(): path for name in ("none", "frames") if (path := folder.parent / name).is_dir()}
    for place, folder in beside.items():
        if (folder / "manifest.csv").is_file():
            hand_free[place] = [
                replace(picture, letter="")
                for picture in read_manifest(folder)
                # If the detector missed a frame's hand, it may be anywhere.
                if picture.split == split and (folder.name == "none" or picture.hand or not picture.letter)
            ]
    return labeled, [picture for pictures in hand_free.values() for picture in pictures], splits, usable


def _decoded(pictures: Sequence[Picture], pool: ThreadPoolExecutor) -> Iterator[tuple[Picture, Patch]]:
    """Every picture with its pixels; a bounded number is decoded ahead."""
    for start in range(0, len(pictures), DECODED_AHEAD):
        part = pictures[start : start + DECODED_AHEAD]
        yield from zip(part, pool.map(lambda picture: read_gray(picture.path), part), strict=True)


def _beside(hand: Box, seed: int, gray: Patch) -> list[Square]:
    """A square that does not touch the hand, or none where there is no room."""
    rng = np.random.default_rng([HAND_FREE_SEED, seed])
    return hand_free_squares(gray.shape[1], gray.shape[0], hand, 1, rng, FRAME_SQUARE_SHARES)
