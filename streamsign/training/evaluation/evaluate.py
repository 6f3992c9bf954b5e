"""How well a shipped model reads people it has never seen. Runs on the TFLite graph; needs no TensorFlow.

Accuracy counts the pictures whose true letter the model knows, all outputs competing (*none* included). Signers with
fewer than 20 counted pictures are pooled by source; macro figures are means over these groups. Pictures without a box
are left out whatever the crop, and counted, so that figures of two crops compare the same set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.classifier import Classifier
from streamsign.recognition.framing import guide_square, square_around
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.model import Model, ModelInfo, load_model
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.track import HandChoice, select_hand
from streamsign.training.data.dataset import Picture, beside_hand, hand_free_squares, read_gray, read_manifest
from streamsign.training.data.sampling import signer_groups
from streamsign.training.evaluation import metrics
from streamsign.training.evaluation.finding import Sighting, finding_figures, sighting
from streamsign.training.evaluation.slices import SLICES, slices_of

HAND_FREE_SEED = 0
FRAME_SQUARE_SHARES = (0.25, 0.7)
WORST = 40
"""Mistakes that are listed."""

READERS = 2  # threads that decode pictures
AHEAD = 64  # pictures they decode ahead

Patch = NDArray[np.uint8]
Locate = Callable[[Patch], Box | None]
"""Finds the hand in a picture, (height, width) uint8 full range: its box in pixels, or None where it sees no hand."""


def finder(reader: HandReader) -> Locate:
    """Finds the hand of a picture that serving would follow."""

    def find(gray: Patch) -> Box | None:
        hand = select_hand(reader.find(gray), HandChoice.RAISED)
        return None if hand is None else hand.box

    return find


class PictureCrop(StrEnum):
    """Where in a picture the patch is cut."""

    ORACLE = "oracle"  # the manifest's box, framed as serving frames a found hand
    FRAME = "frame"  # the guide box: no hand is looked for
    HAND = "hand"  # where a locator finds a hand; one that it does not find counts as none


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """One patch, (96, 96) uint8, and what the model made of it; ``probabilities`` in label order.

    ``picture`` has no letter where the patch shows no hand; ``patch`` is None where no hand was found. ``slices`` are
    the hard circumstances it shows, ``mirrored`` what the model made of it turned left to right.
    """

    picture: Picture
    patch: Patch | None
    probabilities: NDArray[np.float32]
    slices: Sequence[str] = ()
    mirrored: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures, under stable keys, and the patches of the mistakes they list.

    ``pictures`` holds, for ``worst_mistakes`` and ``worst_false_letters``, one patch for each row in that order; None
    where no hand was found.
    """

    figures: dict[str, Any]
    pictures: dict[str, list[Patch | None]]


def evaluate(
    folders: Sequence[Path],
    model: Model | str,
    split: str,
    framing: PictureCrop,
    locate: Locate | None = None,
    wrong_boxes: Collection[tuple[str, int]] = (),
) -> Evaluation:
    """Read every picture of a split and sum up.

    Args:
        folders: of pictures. Those without a ``letter`` column are hand-free. ``none`` and ``frames`` beside a folder
            of hands are used for hand-free pictures too; a folder given or implied twice counts once.
        model: a model, or its name or folder.
        split: value of the manifests' ``split`` column.
        framing: how patches are cut.
        locate: finds hands, for ``PictureCrop.HAND``.
        wrong_boxes: folder name and manifest line of boxes that are not where the hand is; see
            :func:`streamsign.training.evaluation.finding.finding_figures`.

    Returns:
        The figures docs/reference/evaluate.md lists; a figure without pictures is None.

    Raises:
        TrainingError: a folder cannot be used.
        ModelError: the model cannot be used.
    """
    if (framing is PictureCrop.HAND) != (locate is not None):
        raise ValueError("hands are located for the crop 'hand', and for no other")
    loaded = model if isinstance(model, Model) else load_model(model)
    info, classifier = loaded.info, Classifier(loaded)
    labelled, hand_free = _pictures(folders, split)
    boxed = [picture for picture in labelled if picture.hand is not None]
    not_found = np.array([label == info.none_label for label in info.labels], np.float32)

    def cut(gray: Patch, hand: Box | None) -> Patch | None:
        """The patch of a whole picture with its hand there, as serving frames it."""
        if framing is PictureCrop.FRAME:
            return cut_patch(gray, guide_square(gray.shape[1], gray.shape[0]))
        return None if hand is None else cut_patch(gray, square_around(hand, info.framing.margin))

    def read(patch: Patch | None) -> NDArray[np.float32]:
        return not_found if patch is None else classifier.read(patch)

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
            sightings.append(sighting(picture, hand, found, gray.shape[1], gray.shape[0]))
            patch = cut(gray, found)
            mirrored = read(None if patch is None else patch[:, ::-1]) if picture.letter in info.letters else None
            shown.append(ReadPicture(picture, patch, read(patch), slices_of(gray, hand), mirrored))
        for picture, gray in _decoded(hand_free, pool):
            if picture.hand is None:
                found = None if locate is None else locate(gray)
                false_hands.append((picture, found is not None))
                whole = cut_patch(gray, guide_square(gray.shape[1], gray.shape[0]))
                patches = [whole if locate is None else cut(gray, found)]
            else:
                patches = [cut_patch(gray, square) for square in _beside(picture.hand, picture.row, gray)]
                if locate is not None and (part := beside_hand(gray, picture.hand)) is not None:
                    false_hands.append((picture, locate(np.ascontiguousarray(part)) is not None))
            free += [ReadPicture(picture, patch, read(patch)) for patch in patches]
    figures, worst = _summary(info, shown, free)
    return Evaluation(
        {
            **figures,
            "images_without_box": len(labelled) - len(boxed),
            "model": f"{info.name}:{loaded.variant}" if loaded.variant else info.name,
            "model_sha256": loaded.sha256,
            "split": split,
            "crop": framing.value,
            "finding": None if locate is None else finding_figures(sightings, false_hands, wrong_boxes),
        },
        worst,
    )


def _pictures(folders: Sequence[Path], split: str) -> tuple[list[Picture], list[Picture]]:
    """Pictures of a split that show a shape of the hand, and those to take hand-free patches from."""
    labelled: list[Picture] = []
    hand_free: dict[Path, list[Picture]] = {}
    beside: dict[Path, Path] = {}
    for place, folder in {folder.resolve(): folder.absolute() for folder in folders}.items():
        pictures = read_manifest(folder)
        of_split = [picture for picture in pictures if picture.split == split]
        labelled += [picture for picture in of_split if picture.letter]
        hand_free[place] = [picture for picture in of_split if not picture.letter]
        if any(picture.letter for picture in pictures):
            beside |= {path.resolve(): path for name in ("none", "frames") if (path := folder.parent / name).is_dir()}
    for place, folder in beside.items():
        if (folder / "manifest.csv").is_file():
            hand_free[place] = [
                replace(picture, letter="")
                for picture in read_manifest(folder)
                # Where the detector missed a frame's hand, it may be anywhere.
                if picture.split == split and (folder.name == "none" or picture.hand or not picture.letter)
            ]
    return labelled, [picture for pictures in hand_free.values() for picture in pictures]


def _decoded(pictures: Sequence[Picture], pool: ThreadPoolExecutor) -> Iterator[tuple[Picture, Patch]]:
    """Every picture with its pixels; a bounded number is decoded ahead."""
    for start in range(0, len(pictures), AHEAD):
        part = pictures[start : start + AHEAD]
        yield from zip(part, pool.map(lambda picture: read_gray(picture.path), part), strict=True)


def _beside(hand: Box, seed: int, gray: Patch) -> list[Square]:
    """A square that does not touch the hand, or none where there is no room."""
    rng = np.random.default_rng([HAND_FREE_SEED, seed])
    return hand_free_squares(gray.shape[1], gray.shape[0], hand, 1, rng, FRAME_SQUARE_SHARES)


def _summary(
    info: ModelInfo, shown: Sequence[ReadPicture], free: Sequence[ReadPicture]
) -> tuple[dict[str, Any], dict[str, list[Patch | None]]]:
    """The figures, and the patches of the mistakes they list."""
    labels = info.labels
    counted = [seen for seen in shown if seen.picture.letter in info.letters]
    others = [seen for seen in shown if seen.picture.letter not in info.letters]
    true = np.array([labels.index(seen.picture.letter) for seen in counted], np.intp)
    probabilities = np.array([seen.probabilities for seen in counted], np.float64).reshape(len(counted), len(labels))
    read, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1, initial=0)
    right = np.asarray(read == true, np.bool_)
    signers = [seen.picture.signer for seen in counted]
    groups = signer_groups(signers, [seen.picture.source for seen in counted])
    by_signer = metrics.accuracy_by_group(right, groups)
    accuracies = [share for _, share in by_signer.values()]
    counts = metrics.confusion(true, read, len(labels))
    nones = (*others, *free)
    false = [_is_false_letter(info, seen) for seen in nones]
    worst = {
        "worst_mistakes": _surest([seen for seen, was_right in zip(counted, right, strict=True) if not was_right]),
        "worst_false_letters": _surest([seen for seen, is_false in zip(nones, false, strict=True) if is_false]),
    }
    figures = {
        "images": len(counted),
        "signers": len(set(signers)),
        "signer_groups": len(by_signer),
        "accuracy": float(right.mean()) if len(right) else None,
        "accuracy_ci95": metrics.wilson(int(right.sum()), len(right)),
        "macro_signer_accuracy": float(np.mean(accuracies)) if accuracies else None,
        "macro_signer_accuracy_ci95": metrics.signer_bootstrap(accuracies),
        "worst_signer_accuracy": min(accuracies) if accuracies else None,
        "weighted_f1": metrics.weighted_f1(counts),
        "per_class": {letter: _class_figures(counts, labels.index(letter)) for letter in info.letters},
        "confusion": {"labels": labels, "counts": counts.tolist()},
        "per_signer": {name: {"images": count, "accuracy": share} for name, (count, share) in by_signer.items()},
        "slices": _slice_figures(info, counted, right),
        "c_o_confusion": (
            metrics.swapped(counts, labels.index("C"), labels.index("O")) if {"C", "O"} <= set(labels) else None
        ),
        "none_images": len(false),
        "none_other_hands": len(others),
        "none_hand_free": len(free),
        "none_false_letter_rate": float(np.mean(false)) if false else None,
        "none_false_letter_rate_other_hands": float(np.mean(false[: len(others)])) if others else None,
        "none_false_letter_rate_hand_free": float(np.mean(false[len(others) :])) if free else None,
        "ece": metrics.expected_calibration_error(confidence, right),
        "calibration": metrics.calibration_bins(confidence, right),
        **{key: [_coordinates(info, seen) for seen in found] for key, found in worst.items()},
    }
    return figures, {key: [seen.patch for seen in found] for key, found in worst.items()}


def _slice_figures(info: ModelInfo, counted: Sequence[ReadPicture], right: NDArray[np.bool_]) -> dict[str, Any]:
    figures = {}
    for name in SLICES:
        if name == "mirrored":
            hits = [
                (seen, info.labels[int(seen.mirrored.argmax())] == seen.picture.letter)
                for seen in counted
                if seen.mirrored is not None
            ]
        else:
            hits = [(seen, bool(was)) for seen, was in zip(counted, right, strict=True) if name in seen.slices]
        figures[name] = {
            "images": len(hits),
            "signers": len({seen.picture.signer for seen, _ in hits}),
            "accuracy": float(np.mean([was for _, was in hits])) if hits else None,
        }
    return figures


def _surest(wrong: Sequence[ReadPicture]) -> list[ReadPicture]:
    return sorted(wrong, key=lambda seen: -float(seen.probabilities.max()))[:WORST]


def _coordinates(info: ModelInfo, seen: ReadPicture) -> dict[str, Any]:
    """Where a mistake stands in its manifest, and what was read."""
    picture, folder = seen.picture, seen.picture.folder
    inside = picture.path.is_relative_to(folder)
    return {
        "folder": folder.name,
        "line": picture.row,
        "file": (picture.path.relative_to(folder) if inside else picture.path).as_posix(),
        "letter": picture.letter or None,
        "read": info.labels[int(seen.probabilities.argmax())],
        "probability": float(seen.probabilities.max()),
    }


def _class_figures(counts: NDArray[np.int64], index: int) -> dict[str, float | int | None]:
    precision, recall, f1 = metrics.precision_recall_f1(counts, index)
    return {"images": int(counts[index].sum()), "precision": precision, "recall": recall, "f1": f1}


def _is_false_letter(info: ModelInfo, seen: ReadPicture) -> bool:
    label = info.labels[int(seen.probabilities.argmax())]
    return label != info.none_label and float(seen.probabilities.max()) >= info.thresholds.get(label, 0.0)
