"""Exports a reader: from one patch to probabilities of a model's labels."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.pooling import merging
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.backend import load_keras


def servable_reader(network: Any, shapes: Sequence[str], labels: Sequence[str], temperature: float) -> Any:
    """The network from (1, size, size, 1) in −1…1 to probabilities (1, labels).

    Args:
        network: from :func:`streamsign.training.reader.network.reader_network`.
        shapes: names of its outputs.
        labels: names of the model's labels, *none* last; a shape that is none of the others counts for it.
        temperature: logits are divided by it (Guo et al. 2017); folded into the last layer.
    """
    keras = load_keras()
    kernel, bias = network.get_layer("shapes").get_weights()
    image = keras.Input(network.input.shape[1:], batch_size=1)
    features = keras.Model(network.input, network.get_layer("features").output)(image)
    head = keras.layers.Dense(len(shapes), activation="softmax", name="shape_probabilities")
    sums = keras.layers.Dense(len(labels), use_bias=False, name="probabilities")
    shipped = keras.Model(image, sums(head(features)))
    head.set_weights([kernel / temperature, bias / temperature])
    sums.set_weights([merging(shapes, labels, labels[-1])])
    return shipped


def read_all(graph: bytes, patches: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Probabilities (patches, labels) of (size, size) uint8 patches by a graph."""
    with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
        file.write(graph)
        file.flush()
        interpreter = open_interpreter(Path(file.name))
        taken = interpreter.get_input_details()[0]["index"]
        given = interpreter.get_output_details()[0]["index"]
        read = []
        for patch in patches:
            interpreter.set_tensor(taken, _normalized(patch))
            interpreter.invoke()
            read.append(interpreter.get_tensor(given)[0].copy())
    return np.stack(read)


def _normalized(patch: NDArray[np.uint8]) -> NDArray[np.float32]:
    return patch[None, ..., None].astype(np.float32) / np.float32(127.5) - 1
