"""Writes a smaller variant of a model: int8 if it loses little accuracy, else float16."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import ModelInfo, VariantInfo, graph_file, load_model
from streamsign.training.data.crops import Crop
from streamsign.training.letters.export import sha256, to_float16, to_int8, write_files, write_info
from streamsign.training.letters.task import HeldOut, Validation

CALIBRATION_PATCHES = 1000
"""Number of training patches that determine the ranges of int8 activations."""

MOST_LOST = 0.005
"""Greatest loss of int8 on validation, in accuracy (mean over signers) and in share of false letters; otherwise float16
is used."""

_TIMED_ROUNDS, _TIMED_CALLS = 15, 20


def add_smallest(
    folder: Path,
    info: ModelInfo,
    network: Any,
    patches: Sequence[NDArray[np.uint8]],
    held_out: HeldOut,
) -> ModelInfo:
    """Write the int8 graph, or the float16 graph if int8 loses too much, beside the float32 graph.

    Args:
        folder: of the model, with its float32 graph.
        info: its model.json.
        network: from which the float32 graph was made.
        patches: (96, 96) uint8 each, for int8's ranges.
        held_out: validation patches, (96, 96) uint8 each.

    Returns:
        The new content of model.json.
    """
    plain = _validated(folder, "", held_out)
    for name, graph in (("int8", to_int8(network, patches)), ("float16", to_float16(network))):
        files = {graph_file(name): graph}
        variants = {name: VariantInfo(model_sha256=sha256(graph), bytes=len(graph))}
        tried = info.model_copy(update={"variants": variants})
        write_files(folder, files)
        write_info(folder, tried)
        small = _validated(folder, name, held_out)
        lost, false = plain.macro - small.macro, small.false_letters - plain.false_letters
        if name == "int8" and max(lost, false) > MOST_LOST:
            (folder / graph_file(name)).unlink()
            info.trained["int8_not_shipped"] = {
                "validation_macro_signer_accuracy_change": round(-lost, 4),
                "validation_none_read_as_letter_change": round(false, 4),
            }
            continue
        break
    variants[name].figures.update(
        validation_macro_signer_accuracy_change=round(-lost, 4),
        validation_none_read_as_letter_change=round(false, 4),
        time_ratio=round(_time_ratio(folder, name, held_out.crops), 3),
    )
    write_info(folder, tried)
    return tried


def _validated(folder: Path, variant: str, held_out: HeldOut) -> Validation:
    classifier = _classifier(folder, variant)
    return held_out.judge(np.stack([classifier.read(crop.pixels) for crop in held_out.crops]))


def _classifier(folder: Path, variant: str) -> Classifier:
    return Classifier(load_model(f"{folder}:{variant}" if variant else str(folder)))


def _time_ratio(folder: Path, variant: str, crops: Sequence[Crop]) -> float:
    """Median time of one patch, variant over float32, measured alternately on this machine."""
    both = [_classifier(folder, ""), _classifier(folder, variant)]
    taken: list[list[int]] = [[], []]
    for call in range(_TIMED_ROUNDS * _TIMED_CALLS):
        which = call // _TIMED_CALLS % 2
        started = time.perf_counter_ns()
        both[which].read(crops[call % len(crops)].pixels)
        taken[which].append(time.perf_counter_ns() - started)
    return float(np.median(taken[1]) / np.median(taken[0]))
