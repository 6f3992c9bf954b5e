"""Adapts a model to a signer: checks the pictures, tests on held-out ones, refuses if they are read worse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from streamsign.adapting.fit import fit_adaptation
from streamsign.adapting.networks import FeatureNetworks
from streamsign.adapting.pictures import LEAST, Hand, thinned
from streamsign.errors import AdaptationRefused
from streamsign.recognition.adaptation import Adaptation
from streamsign.recognition.model import Model

HELD_OUT = 1 / 3
"""Share of each letter's pictures, the latest, that judge the adaptation."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Held-out pictures, and how many of them are read wrong without and with the adaptation.

    A new letter's pictures count in ``new`` and ``new_wrong`` alone: without the adaptation all are wrong.
    """

    pictures: int
    wrong_before: int
    wrong_after: int
    new: int = 0
    new_wrong: int = 0


@dataclass(frozen=True, slots=True)
class Adapted:
    """An adaptation with its comparison.

    Attributes:
        adaptation: fitted to all pictures.
        comparison: of one fitted to the earlier pictures, on the later ones.
        letters: number of pictures of each letter that was used.
        left_out: letters that were not used, with the reason.
    """

    adaptation: Adaptation
    comparison: Comparison
    letters: dict[str, int]
    left_out: dict[str, str]


def adapt(
    model: Model, pictures: Mapping[str, Sequence[Hand]], new: Collection[str] = (), *, signer: str = ""
) -> Adapted:
    """Adapt a model to a signer's pictures.

    Args:
        model: neither adapted nor a variant.
        pictures: of one signer, by letter, in the order in which they were taken; see
            :func:`streamsign.adapting.pictures.by_letter`.
        new: letters that the model lacks and shall learn.
        signer: name for the adaptation's description.

    Raises:
        AdaptationRefused: the pictures are too few, or held-out pictures are read worse.
        TrainingError: a picture cannot be read.
        ModelInvalid: the model exposes no features.
        RuntimeUnavailable: ai-edge-litert is not installed.
    """
    networks = FeatureNetworks(model)
    used, left_out = _choose(model, pictures, new)
    if not used:
        unknown = [letter for letter in left_out if not _is_known(model, letter, new)]
        few = {letter: len(pictures.get(letter, ())) for letter in left_out if letter not in unknown}
        reasons = []
        if few:
            counts = ", ".join(f"{letter} {number}" for letter, number in few.items())
            reasons.append(f"pictures with a hand ({LEAST} needed): {counts}")
        if unknown:
            reasons.append(f"not letters of the model: {', '.join(unknown)}")
        raise AdaptationRefused(
            f"No letter has pictures to adapt to ({'; '.join(reasons) or 'the signer has no pictures'}).",
            f"Record {LEAST} pictures of a letter or more.",
        )
    new_labels = [letter for letter in used if letter not in model.info.letters]
    rows = [(picture, letter) for letter, found in used.items() for picture in found]
    letters = [letter for _, letter in rows]
    count = {letter: len(found) for letter, found in used.items()}
    features = networks.features([picture for picture, _ in rows])
    held = np.concatenate([_held_out(each) for each in count.values()])
    trial = fit_adaptation(
        networks.letters,
        [seen[~held] for seen in features],
        [each for each, is_held in zip(letters, held, strict=True) if not is_held],
        new_labels,
    )
    shown = [seen[held] for seen in features]
    truth = [each for each, is_held in zip(letters, held, strict=True) if is_held]
    comparison = judge(
        networks.letters.read(shown), networks.letters.read(shown, trial), truth, model.info.labels, new_labels
    )
    if comparison.wrong_after > comparison.wrong_before:
        raise AdaptationRefused(
            f"Held-out pictures of the same person read wrong: {comparison.wrong_after} of {comparison.pictures} with "
            f"the adaptation, {comparison.wrong_before} without it.",
            "Look for wrong letters among the pictures, or record more of them; the model is unchanged.",
        )
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "signer": signer,
        "pictures": count,
        "held_out": asdict(comparison),
    }
    final = replace(fit_adaptation(networks.letters, features, letters, new_labels), about=about)
    return Adapted(final, comparison, count, left_out)


def judge(
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    truth: Sequence[str],
    labels: Sequence[str],
    new_labels: Sequence[str],
) -> Comparison:
    """Compare readings of held-out pictures.

    Args:
        before: (pictures, labels) by the model.
        after: (pictures, labels + new labels) with the adaptation.
        truth: the letters shown.
        labels: of the model.
        new_labels: of the adaptation.
    """
    every = [*labels, *new_labels]
    right = np.array([every.index(letter) for letter in truth])
    is_new = right >= len(labels)
    wrong_before, wrong_after = before.argmax(axis=1) != right, after.argmax(axis=1) != right
    return Comparison(
        int((~is_new).sum()),
        int(wrong_before[~is_new].sum()),
        int(wrong_after[~is_new].sum()),
        int(is_new.sum()),
        int(wrong_after[is_new].sum()),
    )


def _choose(
    model: Model, found: Mapping[str, Sequence[Hand]], new: Collection[str]
) -> tuple[dict[str, list[Hand]], dict[str, str]]:
    used: dict[str, list[Hand]] = {}
    left_out: dict[str, str] = {}
    for letter in sorted({*found, *new}):
        pictures = found.get(letter, [])
        if not _is_known(model, letter, new):
            left_out[letter] = "not a letter of the model"
        elif len(pictures) < LEAST:
            left_out[letter] = f"{len(pictures)} of {LEAST} pictures with a hand"
        else:
            used[letter] = thinned(pictures)
    return used, left_out


def _is_known(model: Model, letter: str, new: Collection[str]) -> bool:
    """Whether the model has the letter or is to learn it."""
    return letter in model.info.letters or letter in new


def _held_out(count: int) -> NDArray[np.bool_]:
    """Which of a letter's pictures, in the order of time, are held out."""
    return np.arange(count) >= count - max(1, round(HELD_OUT * count))
