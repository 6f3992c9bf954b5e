"""Writes a model folder: the TFLite graphs, model.json and the card, and checks the float32 graph against Keras."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import ModelInfo, ReaderInfo, load_model
from streamsign.training.backend import tensorflow

LARGEST_DIFFERENCE = 1e-3
"""Greatest difference between probabilities of Keras and TFLite, which compute in float32 in different orders."""

_IN_FLOAT = ("SOFTMAX", "FULLY_CONNECTED", "LOGISTIC", "STRIDED_SLICE", "CONCATENATION")
"""Operators of an int8 graph that stay in float32. Softmax in int8 gives multiples of 1/256, and the logarithm of its
zeros cannot be used as evidence. A hand's presence in int8 has the scale of its box, and stays below 0.74."""


def converter_of(shipped: Any) -> Any:
    """TensorFlow's converter for a network, whose weights are constants of the graph.

    ``from_keras_model`` writes the network as a SavedModel first, which takes five times as long and ends in the same
    operations. It reverses the order of the outputs, which readers of the graphs expect, so this does as well.
    """
    tf = tensorflow()

    def call(picture: Any) -> Any:
        given = shipped(picture, training=False)
        return given[::-1] if isinstance(given, list) else given

    traced = tf.function(call).get_concrete_function(tf.TensorSpec(shipped.inputs[0].shape, tf.float32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], shipped)
    converter.experimental_lower_to_saved_model = False
    return converter


def to_tflite(shipped: Any) -> bytes:
    """The float32 graph of a network from :func:`streamsign.training.letters.network.servable`.

    The converter folds the batch normalization.
    """
    return _convert(converter_of(shipped))


def to_float16(shipped: Any) -> bytes:
    """The graph with float16 weights, half the size. The runtime computes in float32."""
    tf = tensorflow()
    converter = converter_of(shipped)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return _convert(converter)


def to_int8(shipped: Any, patches: Sequence[NDArray[np.uint8]]) -> bytes:
    """The graph with convolutions in int8, one scale a channel (Jacob et al. 2018), and the heads in float32.

    Input and output stay float32.

    Args:
        shipped: the network.
        patches: (size, size) uint8 each; real ones, because they determine the ranges of the activations.
    """
    tf = tensorflow()
    converter = converter_of(shipped)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [patch[None, ..., None].astype(np.float32) / 127.5 - 1] for patch in patches
    )
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        # TensorFlow asks for what only its older form of int8 needs, and opens its own deprecated interpreter.
        warnings.filterwarnings("ignore", "Statistics for quantized inputs")
        warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated")
        # The debugger is the one interface of the converter that leaves operators in float32.
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=list(_IN_FLOAT))
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=converter.representative_dataset, debug_options=options
        )
        return bytes(debugger.get_nondebug_quantized_model())


def _convert(converter: Any) -> bytes:
    with contextlib.redirect_stdout(io.StringIO()):  # Keras prints every variable of the graph
        return bytes(converter.convert())


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a model folder, each atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(content)
        Path(part.name).chmod(0o644)
        Path(part.name).replace(folder / name)


def present_reader(folder: Path, labels: Sequence[str]) -> ReaderInfo | None:
    """The reader of the model in a folder, if its labels are these."""
    path = folder / "model.json"
    reader = ModelInfo.model_validate_json(path.read_bytes()).reader if path.is_file() else None
    return reader if reader is not None and reader.labels == list(labels) else None


def write_info(folder: Path, info: ModelInfo) -> None:
    """Write model.json."""
    write_files(folder, {"model.json": (info.model_dump_json(indent=2) + "\n").encode()})


def sha256(graph: bytes) -> str:
    """Digest of a graph for model.json."""
    return hashlib.sha256(graph).hexdigest()


def verify(folder: Path, shipped: Any, patches: Sequence[NDArray[np.uint8]]) -> float:
    """Compare the written graph, run as in the service, with Keras on real patches.

    Args:
        folder: of the model.
        shipped: the network it was made from.
        patches: (96, 96) uint8 each.

    Returns:
        The largest difference of a probability, or of a number of the hand's box.

    Raises:
        TrainingError: it is larger than ``LARGEST_DIFFERENCE``.
    """
    classifier = Classifier(load_model(str(folder)))
    worst = 0.0
    for patch in patches:
        given = shipped(patch[None, ..., None].astype(np.float32) / 127.5 - 1)
        probabilities, hand = classifier.read(patch), classifier.hand()
        for one, other in zip((np.array(hand), probabilities), given, strict=True):
            worst = max(worst, float(np.abs(one - other.numpy()[0]).max()))
    if worst > LARGEST_DIFFERENCE:
        raise TrainingError(
            f"The exported graph's probabilities differ from Keras' by {worst:.4f}.", "Report this with your versions."
        )
    return worst
