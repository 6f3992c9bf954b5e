"""Uses a trained reader in a model's folder without training: that of another model, or the folder's own.

Outputs that are not letters of this model are added to *none*. The factor of *none*, and the weight of the reader where
both networks read one picture, are chosen on the validation signers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.classifier import Classifier, LetterReader
from streamsign.recognition.model import Model, ModelInfo, ReaderInfo, load_model
from streamsign.recognition.pooling import merge, merging, pooled
from streamsign.training.data.about import ABOUT_KEY
from streamsign.training.data.crops import Crop, load_crops
from streamsign.training.letters.calibrate import confusion_shares, fit_thresholds
from streamsign.training.letters.describe import describe
from streamsign.training.letters.export import write_info
from streamsign.training.letters.task import HeldOut, Validation, hold_out
from streamsign.training.reader.card import describe_reader

SHARES = tuple(tenths / 10 for tenths in range(11))
"""Weights of the reader to try."""

NONE_FACTORS = tuple(round(math.exp(-halves / 2), 4) for halves in range(7))
"""Factors of the probability of *none* to try if another model's outputs are added to it."""

VALIDATION_SPLIT = "val"


@dataclass(frozen=True, slots=True)
class Choice:
    """One weight and factor of a reader, with the result on validation."""

    share: float
    none_factor: float
    worth: Validation


def adopt_reader(data: Path, owner: str, folder: Path, command: str, say: Callable[[str], None]) -> None:
    """Describe a reader in a folder's ``model.json``, with its weight chosen on validation, and write the cards.

    Args:
        data: holds hands/ and perhaps frames/ and none/.
        owner: the model that has the reader: its name, or its folder. Another folder must lie beside ``folder`` or be
            a shipped model's.
        folder: of the model that is to use it.
        command: as the card repeats it.
        say: shows a line to the person.

    Raises:
        ModelError: a model cannot be used.
        TrainingError: the owner has no reader, the reader lacks a letter, or no validation picture shows one.
    """
    model, other = load_model(str(folder)), load_model(owner)
    source = other.info.reader
    if source is None or other.reader is None:
        raise TrainingError(f"The model '{other.info.name}' has no reader.", "Name a model that has one.")
    own = other.folder.resolve() == model.folder.resolve()
    owner_name = source.model if own else source.model or other.folder.resolve().name
    outputs = source.outputs or source.labels
    lacking = [letter for letter in model.info.letters if letter not in outputs]
    if lacking:
        raise TrainingError(
            f"The reader of '{other.info.name}' does not know {', '.join(lacking)}.",
            "Name a model whose reader knows every letter, or train a reader with `streamsign train --task reader`.",
        )
    plain = source
    if not own:
        plain = source.model_copy(
            update={"model": owner_name, "labels": model.info.labels, "outputs": outputs, "none_factor": 1.0}
        )
    held_out, classified, read = _readings(data, model, plain)
    best = best_choice(held_out, classified, read, model.info, (1.0,) if own else NONE_FACTORS, say)
    reader_logs = np.log(np.maximum(_with_none(read, model.info, best.none_factor), 1e-9)).astype(np.float32)
    pooled_logs = np.log(np.maximum(best.worth.logits, 1e-9)).astype(np.float32)
    kept = {
        key: source.trained[key]
        for key in ("images", "hand_free_squares", "signers", "training_data_sha256", "kind", "bytes", ABOUT_KEY)
        if key in source.trained
    }
    figures = {
        "share_chosen_by": command,
        "validation_pooled_macro_signer_accuracy": round(best.worth.macro, 4),
        "validation_pooled_none_read_as_letter": round(best.worth.false_letters, 4),
    }
    update: dict[str, Any]
    if own:
        update = {"share": best.share, "trained": source.trained | figures}
    else:
        alone = held_out.judge(reader_logs)
        update = {
            "share": best.share,
            "none_factor": best.none_factor,
            "thresholds": fit_thresholds(pooled_logs, held_out.labels, model.info.letters, 1.0),
            "priors": merged_priors(source, model.info, best.none_factor),
            "confusion": confusion_shares(reader_logs, held_out.labels, held_out.groups),
            "trained": {
                "command": command,
                "date": datetime.now(UTC).date().isoformat(),
                **kept,
                "validation_macro_signer_accuracy": round(alone.macro, 4),
                "validation_none_read_as_letter": round(alone.false_letters, 4),
                **figures,
            },
        }
    write_info(folder, model.info.model_copy(update={"reader": plain.model_copy(update=update)}))
    describe_reader(data, folder)
    describe(data, folder)
    say(f"Wrote the reader of {owner_name or folder.name} into {folder}: share {best.share}, {best.worth}.")


def best_choice(
    held_out: HeldOut,
    classified: NDArray[np.float32],
    read: NDArray[np.float32],
    info: ModelInfo,
    factors: Sequence[float],
    say: Callable[[str], None],
) -> Choice:
    """The weight of the reader and the factor of *none* with the best score on validation.

    Args:
        held_out: the pictures, with their labels and signer groups.
        classified: (pictures, labels) by the classifier.
        read: (pictures, labels) by the reader.
        info: of the model.
        factors: of *none*, to try.
        say: shows a line to the person.
    """
    tried = [
        Choice(share, factor, held_out.judge(pooled(classified, _with_none(read, info, factor), share)))
        for factor in factors
        for share in SHARES
    ]
    for choice in tried:
        if choice.share in (0.0, 1.0):
            say(f"none × {choice.none_factor}, reader's share {choice.share}: {choice.worth}")
    return max(tried, key=lambda choice: choice.worth.score)


def merged_priors(source: ReaderInfo, info: ModelInfo, none_factor: float) -> dict[str, float]:
    """Shares of a model's labels in the training of a reader with other labels, as ``none_factor`` changes them."""
    letters = {letter: source.priors.get(letter, 1 / len(source.labels)) for letter in info.letters}
    none = (1 - sum(letters.values())) * none_factor
    total = none + sum(letters.values())
    return {label: round((none if label == info.none_label else letters[label]) / total, 6) for label in info.labels}


def _with_none(read: NDArray[np.float32], info: ModelInfo, factor: float) -> NDArray[np.float32]:
    return merge(read, merging(info.labels, info.labels, info.none_label, factor))


def _readings(data: Path, model: Model, plain: ReaderInfo) -> tuple[HeldOut, NDArray[np.float32], NDArray[np.float32]]:
    """The validation pictures, and both networks' probabilities of them."""
    info = model.info
    if info.labels[-1] != info.none_label:
        raise TrainingError(
            f"The last label of the model '{info.name}' is not '{info.none_label}'.",
            "Train the model again with `streamsign train`.",
        )
    small = load_crops(data, VALIDATION_SPLIT, loose=False, seed=0, size=info.input.size)
    large = load_crops(data, VALIDATION_SPLIT, loose=False, seed=0, size=plain.input_size)
    held_out = hold_out(info.labels, small)
    described = replace(model, info=info.model_copy(update={"reader": plain}), variant="").reader
    if described is None:
        raise ValueError(f"{info.name} has no reader")
    return held_out, _read(Classifier(model), small), _read(LetterReader(described), large)


def _read(network: Classifier | LetterReader, crops: Sequence[Crop]) -> NDArray[np.float32]:
    return np.stack([network.read(crop.pixels) for crop in crops])
