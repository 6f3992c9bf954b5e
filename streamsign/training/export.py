"""Writes a model folder: the float32 TFLite graph, model.json and the card, and checks the graph against Keras."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import ModelInfo, load_model
from streamsign.training.network import servable, tensorflow

LARGEST_DIFFERENCE = 1e-3
"""Probabilities of Keras and TFLite may differ by this much: both compute in float32, in another order."""


def to_tflite(network: Any, temperature: float) -> tuple[bytes, Any]:
    """Convert to a float32 graph (batch normalisation is folded by the converter).

    Returns:
        The .tflite file's bytes and the Keras network they were made from.
    """
    tf = tensorflow()
    shipped = servable(network, temperature)
    with contextlib.redirect_stdout(io.StringIO()):  # Keras prints every variable of the graph
        graph = bytes(tf.lite.TFLiteConverter.from_keras_model(shipped).convert())
    return graph, shipped


def write_model(folder: Path, graph: bytes, info: ModelInfo, card: str) -> None:
    """Write the three files, the graph last replaced so that a reader never sees half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("model.tflite", graph),
        ("model.json", (info.model_dump_json(indent=2) + "\n").encode()),
        ("CARD.md", card.encode()),
    ):
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(content)
        Path(part.name).chmod(0o644)
        Path(part.name).replace(folder / name)


def sha256(graph: bytes) -> str:
    """Digest that model.json carries."""
    return hashlib.sha256(graph).hexdigest()


def verify(folder: Path, shipped: Any, patches: Sequence[NDArray[np.uint8]]) -> float:
    """Compare the written graph, read as the service reads it, with Keras on real patches.

    Args:
        folder: of the model.
        shipped: from :func:`to_tflite`.
        patches: (96, 96) uint8 each.

    Returns:
        The largest difference of a probability.

    Raises:
        TrainingError: it is larger than ``LARGEST_DIFFERENCE``.
    """
    classifier = Classifier(load_model(str(folder)))
    worst = 0.0
    for patch in patches:
        expected = shipped(patch[None, ..., None].astype(np.float32) / 127.5 - 1).numpy()[0]
        worst = max(worst, float(np.abs(classifier.read(patch) - expected).max()))
    if worst > LARGEST_DIFFERENCE:
        raise TrainingError(
            f"The exported graph's probabilities differ from Keras' by {worst:.4f}.", "Report this with your versions."
        )
    return worst
