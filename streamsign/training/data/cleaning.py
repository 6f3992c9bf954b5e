"""Pictures to exclude from training: near-duplicates and likely wrong labels.

A label is doubted when a network that was not trained on the signer gives another shape a high probability (confident
learning, Northcutt et al. 2021, with folds by signer). Single doubted frames are excluded, because people move to the
next letter while the camera still records the previous one. If most pictures of a signer's letter are doubted, the
cause may be a variant of the sign or a swapped label. These are listed and kept; a person has to decide.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.likeness import SAME_PICTURE, Thumbnail, difference, thumbnail_of
from streamsign.errors import TrainingError
from streamsign.training.data.crops import HAND_FREE, Crop, signer_groups

FOLDS = 3

MIN_OTHER_PROBABILITY = 0.9
MAX_LABEL_PROBABILITY = 0.02
"""Probabilities of another shape (least) and of the label (greatest) with which the label is doubted."""

MAX_DOUBTED_SHARE = 0.3
"""Above this doubted share of a signer's pictures of a letter, the letter is listed for a person and kept."""


@dataclass(frozen=True, slots=True)
class ManifestFinding:
    """A row of a manifest with a finding. ``excluded`` is True if training leaves it out."""

    folder: str
    line: int
    reason: str
    excluded: bool


_REPEATS = "repeats line"


def is_repeat(finding: ManifestFinding) -> bool:
    """Whether the picture was left out as a near-duplicate."""
    return finding.reason.startswith(_REPEATS)


def near_duplicates(crops: Sequence[Crop]) -> list[ManifestFinding]:
    """Pictures that repeat an earlier one of the same signer and letter."""
    pools: dict[tuple[str, str], list[Crop]] = defaultdict(list)
    for crop in crops:
        if crop.shape != HAND_FREE:
            pools[crop.signer, crop.shape].append(crop)
    found = []
    for pool in pools.values():
        kept: list[tuple[Crop, Thumbnail]] = []
        for crop in pool:
            thumbnail = thumbnail_of(crop.pixels)
            twin = next((other for other, seen in kept if difference(seen, thumbnail) < SAME_PICTURE), None)
            if twin is None:
                kept.append((crop, thumbnail))
            else:
                found.append(ManifestFinding(crop.folder, crop.line, f"{_REPEATS} {twin.line}", excluded=True))
    return found


def signer_folds(crops: Sequence[Crop], folds: int = FOLDS) -> NDArray[np.intp]:
    """Fold of each picture, (crops,): every signer is in one fold only, and folds are of about equal size."""
    groups = signer_groups([crop.signer for crop in crops], [crop.source for crop in crops])
    size: dict[str, int] = defaultdict(int)
    for group in groups:
        size[group] += 1
    load = [0] * folds
    fold_of = {}
    for group in sorted(size, key=lambda name: (-size[name], name)):
        lightest = load.index(min(load))
        fold_of[group] = lightest
        load[lightest] += size[group]
    return np.array([fold_of[group] for group in groups], np.intp)


def doubted_labels(
    crops: Sequence[Crop],
    probabilities: NDArray[np.floating],
    truth: NDArray[np.int32],
    shapes: Sequence[str],
    by: str = "a network that was not trained on the signer",
) -> list[ManifestFinding]:
    """Labels that a network contradicts.

    Args:
        crops: pictures of hands.
        probabilities: (crops, shapes). For an independent judgment each row comes from a network that was not trained
            on the row's signer.
        truth: (crops,) index of each picture's label among the shapes.
        shapes: names of the columns.
        by: what classified them, for the reasons.
    """
    best = probabilities.argmax(axis=1)
    every = np.arange(len(crops))
    doubted = (probabilities[every, best] >= MIN_OTHER_PROBABILITY) & (
        probabilities[every, truth] <= MAX_LABEL_PROBABILITY
    )
    pools: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, crop in enumerate(crops):
        pools[crop.signer, crop.shape].append(index)
    found = []
    for pool in pools.values():
        share = float(doubted[pool].mean())
        for index in (index for index in pool if doubted[index]):
            read = shapes[best[index]] or "no hand"
            whole = share > MAX_DOUBTED_SHARE
            reason = f"labeled {crops[index].shape}, read {read} by {by}" + (
                f"; so are {share:.0%} of the signer's pictures of this letter" if whole else ""
            )
            found.append(ManifestFinding(crops[index].folder, crops[index].line, reason, excluded=not whole))
    return found


def write_findings(path: Path, findings: Iterable[ManifestFinding]) -> None:
    """Write the list: ``{"excluded": [{folder, line, reason}…], "kept": […]}``; lines are counted from 1."""
    rows: dict[str, list[dict[str, object]]] = {"excluded": [], "kept": []}
    for finding in findings:
        row = asdict(finding)
        rows["excluded" if row.pop("excluded") else "kept"].append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def read_findings(path: Path) -> list[ManifestFinding]:
    """The list that :func:`write_findings` wrote, or one made by hand.

    Raises:
        TrainingError: the file is not such a list.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            ManifestFinding(str(row["folder"]), int(row["line"]), str(row.get("reason", "")), excluded=excluded)
            for key, excluded in (("excluded", True), ("kept", False))
            for row in rows.get(key, [])
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"{path} is not a list of pictures to leave out ({error!r}).",
            'It reads {"excluded": [{"folder": "hands", "line": 12, "reason": "…"}]}; delete it to have it made.',
        ) from error


def without(crops: Sequence[Crop], findings: Iterable[ManifestFinding]) -> list[Crop]:
    """The crops that no finding excludes."""
    out = {(finding.folder, finding.line) for finding in findings if finding.excluded}
    return [crop for crop in crops if (crop.folder, crop.line) not in out]
