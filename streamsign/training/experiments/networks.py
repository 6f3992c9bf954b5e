"""The compared networks. Input: (batch, 96, 96, channels) in −1…1. Output: (batch, labels) logits."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

from streamsign.errors import TrainingError
from streamsign.recognition.patch import PATCH_SIZE
from streamsign.training.backend import tensorflow
from streamsign.training.experiments.configuration import Configuration, Network, Start
from streamsign.training.letters.export import converter_of

BATCH_NORM_MOMENTUM = 0.95
"""Momentum of batch normalization. Initial statistics have no effect after a few hundred steps (0.95²⁴¹ ≈ 4·10⁻⁶)."""

POOL = 4
"""Factor by which the patch is shrunk for the networks on raw pixels: to 24×24."""


def weights_file(root: Path, configuration: Configuration) -> Path | None:
    """The file of a run's initial weights; None for random numbers.

    Raises:
        TrainingError: the file does not exist.
    """
    if configuration.start is Start.RANDOM:
        return None
    kind = {1: "gray", 3: "rgb"}[configuration.channels]
    path = root / "weights" / f"mobilenet_v2_{configuration.width}_{kind}_no_top.weights.h5"
    if not path.is_file():
        raise TrainingError(
            f"There are no first weights {path}.",
            f"Save them there from keras.applications.MobileNetV2(input_shape=(96, 96, {configuration.channels}), "
            f"alpha={configuration.width}, include_top=False, weights='imagenet')"
            + (", the first convolution summed over the colors." if configuration.channels == 1 else "."),
        )
    return path


def build(configuration: Configuration, labels: int, weights: Path | None) -> Any:
    """The network of a run as a Keras model, with its initial weights.

    Args:
        configuration: of the run.
        labels: outputs.
        weights: from :func:`weights_file`.

    Raises:
        TrainingError: TensorFlow is missing, or the weights do not fit.
    """
    keras = tensorflow().keras
    image = keras.Input((PATCH_SIZE, PATCH_SIZE, configuration.channels))
    features = _features(configuration, keras, image, weights)
    if configuration.network is not Network.LOGISTIC:
        features = keras.layers.Dense(configuration.dense, activation="relu")(features)
        features = keras.layers.Dropout(configuration.dropout)(features)
    return keras.Model(image, keras.layers.Dense(labels)(features))


def _features(configuration: Configuration, keras: Any, image: Any, weights: Path | None) -> Any:
    layers = keras.layers
    if configuration.network in (Network.LOGISTIC, Network.MLP):
        return layers.Flatten()(layers.AveragePooling2D(POOL)(image))
    if configuration.network is Network.CONVOLUTIONS:
        features = image
        for filters in (32, 16):
            features = layers.Conv2D(filters, 3, padding="same", activation="relu")(features)
            features = layers.MaxPooling2D(2)(features)
        return layers.Flatten()(features)
    kinds = {
        Network.MOBILENET_V2: keras.applications.MobileNetV2,
        Network.MOBILENET_V1: keras.applications.MobileNet,
    }
    backbone = kinds[configuration.network](
        input_shape=(PATCH_SIZE, PATCH_SIZE, configuration.channels),
        alpha=configuration.width,
        include_top=False,
        weights=None,
    )
    if weights is not None:
        try:
            backbone.load_weights(str(weights))
        except (ValueError, OSError) as error:
            raise TrainingError(
                f"{weights} does not fit {configuration.network.value} {configuration.width} with "
                f"{configuration.channels} channels: {str(error).splitlines()[0]}",
                "It must be saved from that network without its top.",
            ) from error
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    backbone.trainable = not configuration.frozen
    # The statistics of a frozen backbone must not change either.
    features = backbone(image, training=False) if configuration.frozen else backbone(image)
    return layers.GlobalAveragePooling2D()(features)


def to_tflite(network: Any) -> bytes:
    """The network as a float32 graph from one picture to probabilities: the .tflite file's bytes."""
    keras = tensorflow().keras
    image = keras.Input(network.input.shape[1:], batch_size=1)
    shipped = keras.Model(image, keras.layers.Softmax()(network(image)))
    with contextlib.redirect_stdout(io.StringIO()):  # Keras prints every variable of the graph
        return bytes(converter_of(shipped).convert())
