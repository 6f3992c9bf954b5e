"""Measures adaptations to signers: adapted with the first half of a signer's pictures, tested on the second.

Halves are by time within each letter. Figures are of the labeled boxes, both networks together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.adapting.fit import fit_adaptation
from streamsign.adapting.networks import FeatureNetworks, Features, LetterEnds
from streamsign.adapting.pictures import MOST, by_letter, thinned
from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.recognition.model import Model
from streamsign.training.evaluation.located import read_pictures

LEAST_PICTURES = 150
"""Pictures of letters of the model from which a signer takes part: half of them are six a letter."""

LEAST_OF_LETTER = 6
"""Pictures of a letter from which it takes part."""


@dataclass(slots=True)
class _Signer:
    """A signer's pictures: features, letters, and which of them adapt."""

    features: list[Features]
    letters: NDArray[np.str_]
    adapts: NDArray[np.bool_]
    tests: NDArray[np.bool_]

    def part(self, rows: NDArray[np.bool_]) -> tuple[list[Features], list[str]]:
        """Features and letters of some pictures."""
        return [seen[rows] for seen in self.features], [str(letter) for letter in self.letters[rows]]


@dataclass(slots=True)
class _Added:
    """Readings of a letter that was left out and added back, over signers."""

    recalls: list[float] = field(default_factory=list)
    others: list[tuple[float, float]] = field(default_factory=list)


def evaluate_adapting(folders: Sequence[Path], model: Model, split: str, crops: int) -> dict[str, Any]:
    """The figures of adaptations.

    Args:
        folders: of hands, see :func:`streamsign.training.evaluation.located.read_pictures`.
        model: neither adapted nor a variant.
        split: of the signers.
        crops: of each letter to adapt with, at most; fewer where half of the pictures are fewer.

    Returns:
        ``signers`` and the mean and the worst error before and after, ``greatest_rise`` of a signer's error, mean
        number of pictures of a letter; false letters among hand-free and other pictures; ``per_signer``; and
        ``added_back``: every letter left out, and added back from up to :data:`MOST` of a signer's pictures.

    Raises:
        TrainingError: no signer has enough pictures, or a picture cannot be read.
        ModelInvalid: the model exposes no features.
    """
    pictures = [
        picture
        for folder in folders
        for picture in read_pictures(folder, model, split).pictures
        if picture.split == split and picture.hand
    ]
    networks = FeatureNetworks(model)
    letters = set(model.info.letters)
    others = networks.features([picture for picture in pictures if picture.letter not in letters])
    false_before = _share_of_letters(networks.letters, networks.letters.read(others))
    per_signer: dict[str, Any] = {}
    added: dict[str, _Added] = defaultdict(_Added)
    for name, signer in _signers(networks, pictures, letters, crops):
        features, truth = signer.part(signer.adapts)
        adaptation = fit_adaptation(networks.letters, features, truth)
        shown, right = signer.part(signer.tests)
        before, after = (networks.letters.read(shown, each) for each in (None, adaptation))
        per_signer[name] = {
            "adapted_with": len(truth),
            "letters": len(set(truth)),
            "tested_on": len(right),
            "error_before": _error(model.info.labels, before, right),
            "error_after": _error(model.info.labels, after, right),
            "other_read_as_letter_before": false_before,
            "other_read_as_letter_after": _share_of_letters(
                networks.letters, networks.letters.read(others, adaptation)
            ),
        }
        _add_back(networks.letters, signer, added)
    if not per_signer:
        raise TrainingError(
            f"No signer of the split '{split}' has {LEAST_PICTURES} pictures of letters of the model.",
            "Pass another --split, or another folder.",
        )
    return {"crops": crops, **_summary(per_signer), "per_signer": per_signer, "added_back": _added_figures(added)}


def _signers(
    networks: FeatureNetworks, pictures: Sequence[Picture], letters: set[str], crops: int
) -> Iterator[tuple[str, _Signer]]:
    of: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        if picture.letter in letters:
            of[picture.signer].append(picture)
    for name in sorted(of):
        found = {letter: rows for letter, rows in by_letter(of[name]).items() if len(rows) >= LEAST_OF_LETTER}
        if sum(map(len, found.values())) < LEAST_PICTURES:
            continue
        rows = [picture for each in found.values() for picture in each]
        firsts = [each[: len(each) // 2] for each in found.values()]
        first = {id(picture) for each in firsts for picture in each}
        chosen = {id(picture) for each in firsts for picture in thinned(each, crops)}
        yield (
            name,
            _Signer(
                networks.features(rows),
                np.array([picture.letter for picture in rows]),
                np.array([id(picture) in chosen for picture in rows]),
                np.array([id(picture) not in first for picture in rows]),
            ),
        )


def _add_back(model: LetterEnds, signer: _Signer, added: dict[str, _Added]) -> None:
    """Leave out every letter, and add it back from the signer's pictures of it alone."""
    shown, right = signer.part(signer.tests)
    for letter in sorted(set(right)):
        lacking = model.without(letter)
        own = ~signer.tests & (signer.letters == letter)
        if own.sum() > MOST:
            own[np.flatnonzero(own)[MOST:]] = False
        features, truth = signer.part(own)
        adaptation = fit_adaptation(lacking, features, truth, [letter])
        labels = lacking.info.labels
        before, after = lacking.read(shown), lacking.read(shown, adaptation)
        is_own = np.array(right) == letter
        rest = [each for each in right if each != letter]
        added[letter].recalls.append(1 - _error([*labels, letter], after[is_own], [letter] * int(is_own.sum())))
        added[letter].others.append(
            (_error(labels, before[~is_own], rest), _error([*labels, letter], after[~is_own], rest))
        )


def _error(labels: Sequence[str], read: NDArray[np.float32], truth: Sequence[str]) -> float:
    """Share of pictures whose most probable label is not the true one."""
    right = np.array([labels.index(letter) for letter in truth])
    return float((read.argmax(axis=1) != right).mean())


def _share_of_letters(model: LetterEnds, read: NDArray[np.float32]) -> float | None:
    """Share of pictures of other shapes that are read as a letter."""
    none = model.info.labels.index(model.info.none_label)
    return float((read.argmax(axis=1) != none).mean()) if len(read) else None


def _summary(per_signer: dict[str, Any]) -> dict[str, Any]:
    rows = list(per_signer.values())
    before, after = (np.array([row[key] for row in rows]) for key in ("error_before", "error_after"))
    other = [row["other_read_as_letter_after"] for row in rows if row["other_read_as_letter_after"] is not None]
    return {
        "signers": len(rows),
        "mean_crops_a_letter": float(np.mean([row["adapted_with"] / row["letters"] for row in rows])),
        "mean_error_before": float(before.mean()),
        "mean_error_after": float(after.mean()),
        "worst_error_before": float(before.max()),
        "worst_error_after": float(after.max()),
        "greatest_rise": float((after - before).max()),
        "other_read_as_letter_before": rows[0]["other_read_as_letter_before"],
        "other_read_as_letter_after": float(np.mean(other)) if other else None,
    }


def _added_figures(added: dict[str, _Added]) -> dict[str, Any]:
    """Mean over letters and signers, and the figures of each letter."""
    letters = {
        letter: {
            "signers": len(each.recalls),
            "recall": float(np.mean(each.recalls)),
            "others_error_before": float(np.mean([before for before, _ in each.others])),
            "others_error_after": float(np.mean([after for _, after in each.others])),
        }
        for letter, each in sorted(added.items())
    }
    rises = [row["others_error_after"] - row["others_error_before"] for row in letters.values()]
    return {
        "recall": float(np.mean([row["recall"] for row in letters.values()])),
        "lowest_recall": min(row["recall"] for row in letters.values()),
        "others_rise": float(np.mean(rises)),
        "others_greatest_rise": max(rises),
        "letters": letters,
    }
