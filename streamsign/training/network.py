"""MobileNetV2 0.35 (Sandler et al. 2018) at 96×96×1 with two heads: the model's labels, and every hand shape there is.

The second head exists in training only. Telling the shapes apart inside *none* keeps features that five letters alone
would let go, and so makes *none* mean "another shape" rather than "not like the training letters".
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from streamsign.errors import TrainingError
from streamsign.recognition.crop import PATCH_SIZE

WIDTH = 0.35
DROPOUT = 0.2
BATCH_NORM_MOMENTUM = 0.99
"""Keras' 0.999 needs more steps than a short training has to forget the statistics of ImageNet."""


def tensorflow() -> Any:
    """TensorFlow, imported when first needed: the service runs without it.

    Raises:
        TrainingError: it is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return importlib.import_module("tensorflow")
    except ImportError as error:
        raise TrainingError(
            f"Training needs TensorFlow, which cannot be imported ({error}).", "pip install 'streamsign[train]'"
        ) from error


def build(labels: int, shapes: int, weights: Path | None) -> Any:
    """A network that gives two logit vectors: (batch, labels) and (batch, shapes).

    Args:
        labels: outputs of the shipped head.
        shapes: outputs of the training-only head.
        weights: Keras weights of the backbone without top, for one input channel; None starts from random numbers.

    Raises:
        TrainingError: TensorFlow is missing, or the weights do not fit.
    """
    keras = tensorflow().keras
    if weights is not None and not weights.is_file():
        raise TrainingError(f"There is no weights file {weights}.", "Give the backbone's .weights.h5, or leave it out.")
    try:
        backbone = keras.applications.MobileNetV2(
            input_shape=(PATCH_SIZE, PATCH_SIZE, 1),
            alpha=WIDTH,
            include_top=False,
            weights=None if weights is None else str(weights),
        )
    except (ValueError, OSError) as error:
        raise TrainingError(
            f"{weights} does not fit MobileNetV2 {WIDTH} at {PATCH_SIZE}×{PATCH_SIZE}×1: {str(error).splitlines()[0]}",
            "It must be saved from keras.applications.MobileNetV2(alpha=0.35, include_top=False) with one channel.",
        ) from error
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    features = keras.layers.GlobalAveragePooling2D(name="features")(backbone.output)
    dropped = keras.layers.Dropout(DROPOUT)(features)
    heads = [keras.layers.Dense(labels, name="labels")(dropped), keras.layers.Dense(shapes, name="shapes")(dropped)]
    return keras.Model(backbone.input, heads)


def servable(network: Any, temperature: float) -> Any:
    """The network as it is shipped: one picture in, calibrated probabilities out, no second head.

    Args:
        network: from :func:`build`.
        temperature: logits are divided by it (Guo et al. 2017); folded into the last layer, so it costs nothing.
    """
    keras = tensorflow().keras
    kernel, bias = network.get_layer("labels").get_weights()
    image = keras.Input((PATCH_SIZE, PATCH_SIZE, 1), batch_size=1)
    features = keras.Model(network.input, network.get_layer("features").output)(image)
    head = keras.layers.Dense(bias.size, activation="softmax", name="probabilities")
    shipped = keras.Model(image, head(features))
    head.set_weights([kernel / temperature, bias / temperature])
    return shipped
