"""How well a shipped model reads people it has never seen. Runs on the TFLite graph; needs no TensorFlow.

Accuracy counts the pictures whose true letter the model knows, all outputs competing (*none* included). Signers with
fewer than 20 counted pictures are pooled by source; macro figures are means over these groups. Pictures without a box
are left out whatever the crop, and counted, so that figures of two crops compare the same set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.crop import Square, cut_patch, guide_square, square_around
from streamsign.recognition.model import NONE_LABEL, ModelInfo, load_model
from streamsign.training import metrics
from streamsign.training.dataset import Picture, hand_free_squares, read_gray, read_manifest
from streamsign.training.sampling import signer_groups

HAND_FREE_SEED = 0
FRAME_SQUARE_SHARES = (0.25, 0.7)
ROOM_SQUARE_SHARE = 0.7  # the guide box in a room where nobody holds a hand up
SWAPPED = "CO"


class Framing(StrEnum):
    """Where in a picture the patch is cut."""

    ORACLE = "oracle"  # the manifest's box, framed as serving frames a found hand
    FRAME = "frame"  # the guide box: no hand is looked for


@dataclass(frozen=True, slots=True)
class Seen:
    """One patch and what the model made of it; ``probabilities`` in label order."""

    picture: Picture
    probabilities: NDArray[np.float32]


def evaluate(folders: Sequence[Path], model: str, split: str, framing: Framing) -> dict[str, Any]:
    """Read every picture of a split and sum up.

    Args:
        folders: of pictures. Those without a ``letter`` column are hand-free. ``none`` and ``frames`` beside a folder
            of hands are used for hand-free pictures too.
        model: name or folder.
        split: value of the manifests' ``split`` column.
        framing: how patches are cut.

    Returns:
        The figures, under stable keys (those of :func:`_summary`, and model, model_sha256, split, crop); shares lie in
        0…1, intervals are 95 %, and a figure without pictures is None.

    Raises:
        TrainingError: a folder cannot be used, or the split has no picture.
        ModelError: the model cannot be used.
    """
    loaded = load_model(model)
    classifier = Classifier(loaded)
    shown: list[Seen] = []
    free: list[Seen] = []
    without_box = 0
    rooms, frames = _hand_free_folders(folders)
    for folder in folders:
        if folder in rooms:
            continue
        for picture in _of_split(folder, split):
            if picture.hand is None:
                without_box += 1
                continue
            gray = read_gray(picture.path)
            if framing is Framing.ORACLE:
                square = square_around(picture.hand, loaded.info.framing.margin)
            else:
                square = guide_square(gray.shape[1], gray.shape[0])
            shown.append(Seen(picture, classifier.read(cut_patch(gray, square))))
    for folder, is_room in [*((room, True) for room in rooms), *((frame, False) for frame in frames)]:
        for picture in _of_split(folder, split):
            if not is_room and picture.hand is None:
                continue  # the hand the detector missed may be anywhere
            gray = read_gray(picture.path)
            free += [Seen(picture, classifier.read(cut_patch(gray, spot))) for spot in _free(picture, gray, is_room)]
    if not shown and not free:
        raise TrainingError(
            f"No picture of the split '{split}' in {', '.join(str(folder) for folder in folders)}.",
            "Give --split a value of the manifest's split column.",
        )
    return _summary(loaded.info, shown, free, without_box) | {
        "model": loaded.info.name,
        "model_sha256": loaded.info.model_sha256,
        "split": split,
        "crop": framing.value,
    }


def _of_split(folder: Path, split: str) -> list[Picture]:
    return [picture for picture in read_manifest(folder) if picture.split == split]


def _hand_free_folders(folders: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Folders of rooms (no letter column) and of whole frames to cut hand-free squares from."""
    rooms: dict[Path, None] = {}
    frames: dict[Path, None] = {}
    for folder in folders:
        pictures = read_manifest(folder)
        if pictures and not any(picture.letter for picture in pictures):
            rooms[folder] = None
            continue
        for name, found in (("none", rooms), ("frames", frames)):
            beside = folder.parent / name
            if (beside / "manifest.csv").is_file():
                found[beside] = None
    return list(rooms), list(frames)


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
    groups = signer_groups([seen.picture.signer for seen in counted], [seen.picture.source for seen in counted])
    by_signer = metrics.accuracy_by_group(right, groups)
    accuracies = [share for _, share in by_signer.values()]
    counts = metrics.confusion(true, read, len(labels))
    false = [_is_false_letter(info, seen) for seen in (*others, *free)]
    return {
        "images": len(counted),
        "images_without_box": without_box,
        "signers": len({seen.picture.signer for seen in counted}),
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
        "c_o_confusion": _swapped(labels, counts),
        "none_images": len(false),
        "none_other_hands": len(others),
        "none_hand_free": len(free),
        "none_false_letter_rate": float(np.mean(false)) if false else None,
        "none_false_letter_rate_other_hands": float(np.mean(false[: len(others)])) if others else None,
        "none_false_letter_rate_hand_free": float(np.mean(false[len(others) :])) if free else None,
        "ece": metrics.expected_calibration_error(probabilities.max(axis=1), right) if len(right) else None,
    }


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
