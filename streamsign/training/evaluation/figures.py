"""The figures of an evaluation, from a model's readings of every patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture
from streamsign.recognition.model import ModelInfo
from streamsign.training.data.crops import signer_groups
from streamsign.training.evaluation import metrics
from streamsign.training.evaluation.groups import Member, group_figures
from streamsign.training.evaluation.slices import SLICES

WORST = 40
"""Number of errors that are listed."""

FIVE = "CELOV"
"""Letters with a separate accuracy, to compare a model of more letters with a model of these."""

Patch = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """One patch, (size, size) uint8, and the model's reading; ``probabilities`` in label order.

    ``picture`` has no letter where the patch shows no hand; ``patch`` is None where no hand was found. ``slices`` are
    the hard circumstances it shows, ``mirrored`` the reading of the mirrored patch. ``traits`` are its bands, and
    ``found`` says whether the hand was found; None if it was not looked for. ``labeled`` are the probabilities in the
    manifest's box; None if that is the box that was read.
    """

    picture: Picture
    patch: Patch | None
    probabilities: NDArray[np.float32]
    slices: Sequence[str] = ()
    mirrored: NDArray[np.float32] | None = None
    traits: Mapping[str, str] = field(default_factory=dict)
    found: bool | None = None
    labeled: NDArray[np.float32] | None = None


def summarize(
    info: ModelInfo, shown: Sequence[ReadPicture], free: Sequence[ReadPicture]
) -> tuple[dict[str, Any], dict[str, list[Patch | None]]]:
    """The figures, and the patches of the listed errors.

    Args:
        info: of the model.
        shown: patches of labeled pictures.
        free: patches without a hand.
    """
    labels = info.labels
    counted = [seen for seen in shown if seen.picture.letter in info.letters]
    others = [seen for seen in shown if seen.picture.letter not in info.letters]
    true = np.array([labels.index(seen.picture.letter) for seen in counted], np.intp)
    probabilities = np.array([seen.probabilities for seen in counted], np.float64).reshape(len(counted), len(labels))
    read, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1, initial=0)
    right = np.asarray(read == true, np.bool_)
    signers = [seen.picture.signer for seen in counted]
    groups = signer_groups(signers, [seen.picture.source for seen in counted])
    by_signer = metrics.signer_figures(right, confidence, groups)
    accuracies = [row["accuracy"] for row in by_signer.values()]
    gaps = [row["ece"] for row in by_signer.values() if row["ece"] is not None]
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
        "tenth_percentile_signer_accuracy": float(np.quantile(accuracies, 0.1)) if accuracies else None,
        "signers_above_90": _share_of_good(accuracies),
        "celov_macro_signer_accuracy": _five(info, counted, right, groups),
        "weighted_f1": metrics.weighted_f1(counts),
        "per_class": {letter: _class_figures(counts, labels.index(letter)) for letter in info.letters},
        "confusion": {"labels": labels, "counts": counts.tolist()},
        "per_signer": by_signer,
        "found_hands": _found_figures(info, counted, right, confidence, groups),
        "slices": _slice_figures(info, counted, right),
        "groups": group_figures(
            [
                Member(seen.picture.signer, seen.traits, bool(was), seen.found)
                for seen, was in zip(counted, right, strict=True)
            ]
        ),
        "c_o_confusion": (
            metrics.swapped(counts, labels.index("C"), labels.index("O")) if {"C", "O"} <= set(labels) else None
        ),
        "none_images": len(false),
        "none_other_hands": len(others),
        "none_hand_free": len(free),
        "none_false_letter_rate": float(np.mean(false)) if false else None,
        "none_false_letter_rate_other_hands": float(np.mean(false[: len(others)])) if others else None,
        "none_false_letter_rate_hand_free": float(np.mean(false[len(others) :])) if free else None,
        "macro_signer_ece": float(np.mean(gaps)) if gaps else None,
        "ece": metrics.expected_calibration_error(confidence, right),
        "calibration": metrics.calibration_bins(confidence, right),
        **{key: [_coordinates(info, seen) for seen in found] for key, found in worst.items()},
    }
    return figures, {key: [seen.patch for seen in found] for key, found in worst.items()}


def _share_of_good(accuracies: Sequence[float]) -> float | None:
    return sum(share > metrics.GOOD_SIGNER for share in accuracies) / len(accuracies) if accuracies else None


def _five(
    info: ModelInfo, counted: Sequence[ReadPicture], right: NDArray[np.bool_], groups: Sequence[str]
) -> float | None:
    """Accuracy over the pictures of ``FIVE`` with all outputs, mean over signer groups."""
    rows = np.array([seen.picture.letter in FIVE for seen in counted], np.bool_)
    if not rows.any() or not set(FIVE) <= set(info.letters):
        return None
    names = [group for group, row in zip(groups, rows, strict=True) if row]
    return float(np.mean([share for _, share in metrics.accuracy_by_group(right[rows], names).values()]))


def _found_figures(
    info: ModelInfo,
    counted: Sequence[ReadPicture],
    right: NDArray[np.bool_],
    confidence: NDArray[np.float64],
    groups: Sequence[str],
) -> dict[str, Any] | None:
    """Figures of the hands that were found, in their boxes and in the manifest's; None without a found hand."""
    rows = [row for row, seen in enumerate(counted) if seen.found and seen.labeled is not None]
    if not rows:
        return None
    names = [groups[row] for row in rows]
    in_label = [
        seen.labeled is not None and info.labels[int(seen.labeled.argmax())] == seen.picture.letter
        for seen in (counted[row] for row in rows)
    ]
    by_signer = metrics.signer_figures(right[rows], confidence[rows], names)
    gaps = [row["ece"] for row in by_signer.values() if row["ece"] is not None]
    same = metrics.accuracy_by_group(np.array(in_label, np.bool_), names)
    return {
        "images": len(rows),
        "signer_groups": len(by_signer),
        "macro_signer_accuracy": float(np.mean([row["accuracy"] for row in by_signer.values()])),
        "macro_signer_accuracy_labeled_box": float(np.mean([share for _, share in same.values()])),
        "macro_signer_ece": float(np.mean(gaps)) if gaps else None,
    }


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
    """The manifest line of an error, and what was read."""
    picture, folder = seen.picture, seen.picture.folder
    return {
        "folder": folder.name,
        "line": picture.row,
        "file": picture.file,
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
