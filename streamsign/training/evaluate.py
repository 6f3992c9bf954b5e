"""How well a shipped model reads people it has never seen. Runs on the TFLite graph; needs no TensorFlow.

Accuracy counts the pictures whose true letter the model knows, all outputs competing (*none* included). Signers with
fewer than 20 counted pictures are pooled by source; macro figures are means over these groups. Pictures without a box
are left out whatever the crop, and counted, so that figures of two crops compare the same set.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.classifier import Classifier
from streamsign.recognition.crop import Square, cut_patch, guide_square, square_around
from streamsign.recognition.model import NONE_LABEL, ModelInfo, load_model
from streamsign.training import metrics
from streamsign.training.dataset import Picture, hand_free_squares, read_gray, read_manifest
from streamsign.training.sampling import signer_groups
from streamsign.training.slices import SLICES, slices_of

HAND_FREE_SEED = 0
FRAME_SQUARE_SHARES = (0.25, 0.7)
ROOM_SQUARE_SHARE = 0.7  # the guide box in a room where nobody holds a hand up
SWAPPED = "CO"
WORST = 40
"""Mistakes that are listed."""

READERS = 2  # threads that decode pictures


class Framing(StrEnum):
    """Where in a picture the patch is cut."""

    ORACLE = "oracle"  # the manifest's box, framed as serving frames a found hand
    FRAME = "frame"  # the guide box: no hand is looked for


@dataclass(frozen=True, slots=True)
class Seen:
    """One patch, (96, 96) uint8, and what the model made of it; ``probabilities`` in label order.

    ``slices`` are the hard circumstances it shows, ``mirrored`` what the model made of it turned left to right.
    """

    picture: Picture
    patch: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    slices: Sequence[str] = ()
    mirrored: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures, under stable keys, and the patches of the mistakes they list."""

    figures: dict[str, Any]
    pictures: dict[tuple[str, int], NDArray[np.uint8]]


def evaluate(folders: Sequence[Path], model: str, split: str, framing: Framing) -> Evaluation:
    """Read every picture of a split and sum up.

    Args:
        folders: of pictures. Those without a ``letter`` column are hand-free. ``none`` and ``frames`` beside a folder
            of hands are used for hand-free pictures too; a folder given twice counts once.
        model: name or folder.
        split: value of the manifests' ``split`` column.
        framing: how patches are cut.

    Returns:
        The figures docs/reference/evaluate.md lists; a figure without pictures is None.

    Raises:
        TrainingError: a folder cannot be used.
        ModelError: the model cannot be used.
    """
    loaded = load_model(model)
    classifier = Classifier(loaded)
    hands, rooms, frames = _kinds(folders)
    of_hands = [picture for folder in hands for picture in _of_split(folder, split)]
    boxed = [picture for picture in of_hands if picture.hand is not None]

    def look(picture: Picture) -> tuple[NDArray[np.uint8], list[str]]:
        gray = read_gray(picture.path)
        if picture.hand is None:  # filtered out above
            raise ValueError(f"{picture.path} has no box")
        if framing is Framing.ORACLE:
            square = square_around(picture.hand, loaded.info.framing.margin)
        else:
            square = guide_square(gray.shape[1], gray.shape[0])
        return cut_patch(gray, square), slices_of(gray, picture.hand)

    def look_beside(job: tuple[Picture, bool]) -> list[NDArray[np.uint8]]:
        picture, is_room = job
        gray = read_gray(picture.path)
        return [cut_patch(gray, spot) for spot in _free(picture, gray, is_room)]

    jobs = [(picture, True) for folder in rooms for picture in _of_split(folder, split)]
    # Where the detector missed the hand, it may be anywhere.
    jobs += [(each, False) for folder in frames for each in _of_split(folder, split) if each.hand is not None]
    with ThreadPoolExecutor(READERS) as pool:
        shown = [
            Seen(picture, patch, classifier.read(patch), slices, classifier.read(np.ascontiguousarray(patch[:, ::-1])))
            for picture, (patch, slices) in zip(boxed, pool.map(look, boxed), strict=True)
        ]
        free = [
            Seen(picture, patch, classifier.read(patch))
            for (picture, _), patches in zip(jobs, pool.map(look_beside, jobs), strict=True)
            for patch in patches
        ]
    figures = _summary(loaded.info, shown, free, len(of_hands) - len(boxed)) | {
        "model": f"{loaded.info.name}:{loaded.variant}" if loaded.variant else loaded.info.name,
        "model_sha256": loaded.sha256,
        "split": split,
        "crop": framing.value,
    }
    listed = {(row["folder"], row["line"]) for key in ("worst_mistakes", "worst_false_letters") for row in figures[key]}
    return Evaluation(figures, {place: seen.patch for seen in (*shown, *free) if (place := _place(seen)) in listed})


def _of_split(folder: Path, split: str) -> list[Picture]:
    return [picture for picture in read_manifest(folder) if picture.split == split]


def _kinds(folders: Sequence[Path]) -> tuple[list[Path], list[Path], list[Path]]:
    """Folders of hands, of rooms (no letter column), and of whole frames to cut hand-free squares from."""
    hands: dict[Path, None] = {}
    rooms: dict[Path, None] = {}
    frames: dict[Path, None] = {}
    for folder in folders:
        pictures = read_manifest(folder)
        if pictures and not any(picture.letter for picture in pictures):
            rooms[folder.resolve()] = None
            continue
        hands[folder.resolve()] = None
        for name, found in (("none", rooms), ("frames", frames)):
            beside = folder.resolve().parent / name
            if (beside / "manifest.csv").is_file():
                found[beside] = None
    return list(hands), list(rooms), list(frames)


def _free(picture: Picture, gray: NDArray[np.uint8], is_room: bool) -> list[Square]:
    height, width = gray.shape
    if is_room:
        return [guide_square(width, height, ROOM_SQUARE_SHARE)]
    rng = np.random.default_rng([HAND_FREE_SEED, picture.row])
    return hand_free_squares(width, height, picture.hand, 1, rng, FRAME_SQUARE_SHARES)


def _summary(info: ModelInfo, shown: list[Seen], free: list[Seen], without_box: int) -> dict[str, Any]:
    labels = info.labels
    counted = [seen for seen in shown if seen.picture.letter in info.letters]
    others = [seen for seen in shown if seen.picture.letter not in info.letters]
    true = np.array([labels.index(seen.picture.letter) for seen in counted], np.intp)
    probabilities = np.array([seen.probabilities for seen in counted], np.float64).reshape(len(counted), len(labels))
    read = probabilities.argmax(axis=1)
    right = np.asarray(read == true, np.bool_)
    signers = [seen.picture.signer for seen in counted]
    groups = signer_groups(signers, [seen.picture.source for seen in counted])
    by_signer = metrics.accuracy_by_group(right, groups)
    accuracies = [share for _, share in by_signer.values()]
    counts = metrics.confusion(true, read, len(labels))
    false = [_is_false_letter(info, seen) for seen in (*others, *free)]
    confidence = probabilities.max(axis=1) if len(counted) else np.zeros(0)
    return {
        "images": len(counted),
        "images_without_box": without_box,
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
        "c_o_confusion": _swapped(labels, counts),
        "none_images": len(false),
        "none_other_hands": len(others),
        "none_hand_free": len(free),
        "none_false_letter_rate": float(np.mean(false)) if false else None,
        "none_false_letter_rate_other_hands": float(np.mean(false[: len(others)])) if others else None,
        "none_false_letter_rate_hand_free": float(np.mean(false[len(others) :])) if free else None,
        "ece": metrics.expected_calibration_error(confidence, right),
        "calibration": metrics.calibration_bins(confidence, right),
        "worst_mistakes": _worst(info, [seen for seen, was_right in zip(counted, right, strict=True) if not was_right]),
        "worst_false_letters": _worst(info, [seen for seen, one in zip((*others, *free), false, strict=True) if one]),
    }


def _slice_figures(info: ModelInfo, counted: list[Seen], right: NDArray[np.bool_]) -> dict[str, Any]:
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


def _place(seen: Seen) -> tuple[str, int]:
    return seen.picture.path.parent.name, seen.picture.row


def _worst(info: ModelInfo, wrong: list[Seen]) -> list[dict[str, Any]]:
    """Coordinates in the manifests, surest first."""
    rows = []
    for seen in sorted(wrong, key=lambda seen: -float(seen.probabilities.max()))[:WORST]:
        folder, line = _place(seen)
        rows.append(
            {
                "folder": folder,
                "line": line,
                "file": seen.picture.path.name,
                "letter": seen.picture.letter,
                "read": info.labels[int(seen.probabilities.argmax())],
                "probability": float(seen.probabilities.max()),
            }
        )
    return rows


def _class_figures(counts: NDArray[np.int64], index: int) -> dict[str, float | int | None]:
    precision, recall, f1 = metrics.precision_recall_f1(counts, index)
    return {"images": int(counts[index].sum()), "precision": precision, "recall": recall, "f1": f1}


def _swapped(labels: Sequence[str], counts: NDArray[np.int64]) -> float | None:
    """(C read O + O read C) over the pictures of C and O."""
    if any(letter not in labels for letter in SWAPPED):
        return None
    c, o = (labels.index(letter) for letter in SWAPPED)
    total = int(counts[c].sum() + counts[o].sum())
    return int(counts[c, o] + counts[o, c]) / total if total else None


def _is_false_letter(info: ModelInfo, seen: Seen) -> bool:
    label = info.labels[int(seen.probabilities.argmax())]
    return label != NONE_LABEL and float(seen.probabilities.max()) >= info.thresholds.get(label, 0.0)
