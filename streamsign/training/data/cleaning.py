"""Pictures to exclude from training: near-duplicates and likely wrong labels.

A label is doubted when a network that was not trained on the signer gives another shape a high probability (confident
learning, Northcutt et al. 2021, with folds by signer). Single doubted frames are often wrong, because people move to
the next letter while the camera still records the previous one. If most pictures of a signer's letter are doubted, the
cause may be a variant of the sign or a swapped label.

Near-duplicates are left out. Everything else is proposed: it is left out when a person has accepted it in the list.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
"""Above this doubted share of a signer's pictures of a letter, the reason of each gives the share."""

EXCLUDED, PROPOSED, ACCEPTED = "excluded", "proposed", "accepted"
"""Keys of a list: rows that are left out, rows that are left out if accepted, and the field that accepts a row."""

_FORM = 'A list reads {"excluded": [{"folder": "hands", "line": 12, "reason": "…"}]}.'

_FORMER = "kept"  # the key of proposed rows in lists of earlier versions


@dataclass(frozen=True, slots=True)
class ManifestFinding:
    """A row of a manifest, or a file of a folder without one, with a finding.

    Attributes:
        folder: name of the manifest's folder.
        line: of the manifest, counted from 1; 0 without a manifest.
        reason: what was found, for a person.
        excluded: True if training leaves the picture out; False if that is proposed.
        file: the picture, relative to the folder; empty if only the line is known.
    """

    folder: str
    line: int
    reason: str
    excluded: bool
    file: str = ""


_REPEATS = "repeats "


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
                file = crop.file if crop.file != twin.file else ""  # two rows of one file differ by line only
                found.append(ManifestFinding(crop.folder, crop.line, f"{_REPEATS}{twin.place}", True, file))
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
    """Labels that a network contradicts, as proposals.

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
            found.append(ManifestFinding(crops[index].folder, crops[index].line, reason, False, crops[index].file))
    return found


def write_findings(path: Path, findings: Iterable[ManifestFinding]) -> None:
    """Write the list ``{"excluded": [{folder, file, line, reason}…], "proposed": [{…, "accepted": false}…]}``."""
    rows: dict[str, list[dict[str, object]]] = {EXCLUDED: [], PROPOSED: []}
    for finding in findings:
        row: dict[str, object] = {"folder": finding.folder, "file": finding.file, "line": finding.line}
        row = {name: value for name, value in row.items() if value}
        row["reason"] = finding.reason
        if finding.excluded:
            rows[EXCLUDED].append(row)
        else:
            rows[PROPOSED].append({ACCEPTED: False, **row})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_findings(path: Path) -> list[ManifestFinding]:
    """The list that :func:`write_findings` wrote, or one made by hand. A proposed row that is accepted is excluded.

    Raises:
        TrainingError: the file does not exist, or is not such a list.
    """
    if not path.is_file():
        raise TrainingError(f"The list {path} does not exist.", f"Check the path. {_FORM}")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            ManifestFinding(
                str(row["folder"]),
                int(row.get("line", 0) if row.get("file") else row["line"]),
                str(row.get("reason", "")),
                key == EXCLUDED or _accepted(row),
                str(row.get("file", "")),
            )
            for key in (EXCLUDED, PROPOSED, _FORMER)
            for row in rows.get(key, [])
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"{path} is not a list of pictures to leave out ({error!r}).",
            f"Repair it, or leave it out. {_FORM}",
        ) from error


def _accepted(row: Mapping[str, object]) -> bool:
    accepted = row.get(ACCEPTED, False)
    if not isinstance(accepted, bool):
        raise ValueError(f"accepted is {accepted!r}, not true or false")
    return accepted


def decided_before(findings: Iterable[ManifestFinding], before: Sequence[ManifestFinding]) -> list[ManifestFinding]:
    """The findings with a person's decisions of an earlier list: what it left out is left out again.

    Args:
        findings: new ones.
        before: of the earlier list; repeats that were not found again are dropped.
    """
    out = LeftOut(before)
    found = [replace(each, excluded=each.excluded or out.has(each.folder, each.line, each.file)) for each in findings]
    there = LeftOut(found)
    own = [each for each in before if each.excluded and not is_repeat(each)]
    return found + [each for each in own if not there.has(each.folder, each.line, each.file)]


class LeftOut:
    """The pictures that findings exclude: by their file, or by their line where the finding has no file."""

    def __init__(self, findings: Iterable[ManifestFinding] = ()) -> None:
        out = [finding for finding in findings if finding.excluded]
        self._files = {(finding.folder, finding.file) for finding in out if finding.file}
        self._lines = {(finding.folder, finding.line) for finding in out if not finding.file}

    def has(self, folder: str, line: int, file: str) -> bool:
        """Whether a picture is left out. ``file`` is relative to the folder."""
        return (folder, file) in self._files or (folder, line) in self._lines

    def rows(self) -> list[tuple[str, str | int]]:
        """Folder, and file or line, of every one, sorted: lines first."""
        return [*sorted(self._lines), *sorted(self._files)]


NOTHING_LEFT_OUT = LeftOut()


def read_left_out(path: Path | None) -> LeftOut:
    """The pictures that a list excludes; none without a list.

    Raises:
        TrainingError: the file is not such a list.
    """
    return LeftOut(() if path is None else read_findings(path))


def without(crops: Sequence[Crop], findings: Iterable[ManifestFinding]) -> list[Crop]:
    """The crops that no finding excludes."""
    out = LeftOut(findings)
    return [crop for crop in crops if not out.has(crop.folder, crop.line, crop.file)]
