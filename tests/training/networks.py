"""A network as small as can be exported, and its model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from streamsign.recognition.model import HandInfo, ModelInfo
from streamsign.training.backend import tensorflow
from streamsign.training.letters.export import sha256, to_tflite, write_files, write_info

PATCHES = list(np.random.default_rng(0).integers(0, 256, (20, 96, 96), np.uint8))
"""(96, 96) uint8 each, noise."""


def small_network(weight: float) -> Any:
    """(1, 96, 96, 1) in −1…1 to a hand in the middle and the probabilities of C and none; brighter means C."""
    keras = tensorflow().keras
    image = keras.Input((96, 96, 1), batch_size=1)
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.AveragePooling2D(8)(image))
    head = keras.layers.Dense(2, activation="softmax")
    hand = keras.layers.Dense(5)
    made = keras.Model(image, [hand(features), head(features)])
    head.set_weights([np.array([[weight, -weight]], np.float32), np.zeros(2, np.float32)])
    hand.set_weights([np.zeros((1, 5), np.float32), np.array([1, 0, 0, 0, 0], np.float32)])
    return made


def write_model(folder: Path, network: Any) -> ModelInfo:
    """A model folder of a small network."""
    graph = to_tflite(network)
    info = ModelInfo(
        name="tiny",
        labels=["C", "none"],
        hand=HandInfo(threshold=0.5),
        model_sha256=sha256(graph),
        training_data_sha256="0",
    )
    write_files(folder, {"model.tflite": graph})
    write_info(folder, info)
    return info
