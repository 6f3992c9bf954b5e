"""Writes the model folder of a folder's letters, and checks it as the service reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from streamsign.adapting.networks import Features
from streamsign.collection.manifest import Picture, read_gray
from streamsign.errors import TrainingError
from streamsign.recognition.framing import square_around
from streamsign.recognition.model import READER, Model, ModelInfo, ReaderInfo, graph_file, load_model
from streamsign.recognition.picture_reader import PictureReader
from streamsign.recognition.pooling import pooled
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.tuning import FILE as TUNING
from streamsign.recognition.tuning import load_tuning
from streamsign.training.folder.anchors import FILE as ANCHORS
from streamsign.training.folder.graph import with_head
from streamsign.training.folder.heads import FittedHead
from streamsign.training.letters.calibrate import confusion_shares, fit_thresholds
from streamsign.training.letters.export import sha256, write_files, write_info

_MAX_DIFFERENCE = 0.02
"""Greatest difference of a probability between the written graphs and the fit, whose features are rounded."""

_CHECKED = 20


def write_model(
    model: Model,
    out: Path,
    labels: list[str],
    fitted: Sequence[FittedHead],
    share: float,
    truth: NDArray[np.intp],
    groups: Sequence[str],
    sha: str,
    trained: dict[str, Any],
) -> None:
    """Write graphs, model.json, temporal.json and anchors.

    Args:
        model: whose features are used; its numbers for hands and text are copied.
        out: model folder.
        labels: *none* last.
        fitted: heads of the classifier and, if the model has one, of the reader.
        share: weight of the reader.
        truth: (held-out pictures,) label of each.
        groups: signer of each.
        sha: digest of the pictures' list.
        trained: for model.json.
    """
    graphs = [model.tflite_path] + ([] if model.reader is None else [model.reader.tflite_path])
    files = {
        name: with_head(path.read_bytes(), *each.head)
        for name, path, each in zip((graph_file(), graph_file(READER)), graphs, fitted, strict=False)
    }
    targets = truth.astype(np.int32)
    calibration = [
        {
            "thresholds": fit_thresholds(each.held_out, targets, labels[:-1], each.temperature),
            "confusion": confusion_shares(each.held_out, targets, groups),
        }
        for each in fitted
    ]
    own = model.info
    reader = None
    if own.reader is not None:
        reader = ReaderInfo.model_validate(
            {
                "network": own.reader.network,
                "input_size": own.reader.input_size,
                "labels": labels,
                "share": share,
                "feature_distance": own.reader.feature_distance,
                "model_sha256": sha256(files[graph_file(READER)]),
                **calibration[1],
            }
        )
    info = ModelInfo.model_validate(
        {
            "name": out.name,
            "labels": labels,
            "input": own.input,
            "framing": own.framing,
            "hand": own.hand,
            "feature_distance": own.feature_distance,
            "model_sha256": sha256(files[graph_file()]),
            "reader": reader,
            "training_data_sha256": sha,
            "trained": trained,
            **calibration[0],
        }
    )
    tuning = load_tuning(model.folder).model_copy(update={"fitted": {}})
    files |= {TUNING: (tuning.model_dump_json(indent=2) + "\n").encode()}
    files |= {ANCHORS: (model.folder / ANCHORS).read_bytes()}
    write_files(out, files)
    write_info(out, info)


def check_model(
    out: Path, held: Sequence[Picture], features: Sequence[Features], fitted: Sequence[FittedHead], share: float
) -> None:
    """Load the written folder as the service does, and compare readings of pictures with those of the fit.

    Args:
        out: model folder.
        held: pictures.
        features: of them, for each network.
        fitted: see :func:`write_model`.
        share: see :func:`write_model`.

    Raises:
        TrainingError: a probability differs.
    """
    model = load_model(str(out.resolve()))
    reader = PictureReader(model, ReaderMode.AUTO)
    read = [softmax(each.head.logits(seen), axis=1) for each, seen in zip(fitted, features, strict=True)]
    expected = read[0] if len(read) == 1 else pooled(read[0], read[1], share)
    worst = 0.0
    for picture, row in list(zip(held, expected, strict=True))[:_CHECKED]:
        if picture.hand is not None:
            patches = reader.cut(read_gray(picture.path), square_around(picture.hand, model.info.framing.margin))
            worst = max(worst, float(np.abs(reader.read(patches) - row).max()))
    if worst > _MAX_DIFFERENCE:
        raise TrainingError(
            f"Probabilities of the written graphs differ from the fit by {worst:.4f}.",
            "Report this with your versions.",
        )
