"""MobileNetV2 (Sandler et al. 2018) at 96×96×1 with four heads: labels, where the hand is, hand shapes, joints.

The head for the hand's box takes little time and lets the classifier also follow the hand. It reads feature maps,
because the mean over a map has no positions. The last two heads exist in training only. Classifying the shapes inside
*none* keeps features that five letters alone would not need, so that *none* means "another shape" rather than "unlike
the training letters". Predicting the joints, where a teacher labels them, makes the network learn features of fingers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.patch import PATCH_SIZE
from streamsign.training.backend import load_keras
from streamsign.training.checkpoint import best_weights
from streamsign.training.data.pose import JOINTS
from streamsign.training.data.sampling import BOX
from streamsign.training.letters.unfold import GRAPH_SUFFIX, unfold, unfold_heads

WIDTH = 0.35
"""Channels of the classifier over those of MobileNetV2 1.0."""

IMAGENET = "imagenet"
"""Given instead of a weights file: the weights that Keras downloads."""

DROPOUT = 0.2
_MAPS = ("block_12_add", "block_16_project_BN")  # 6×6×32 and 3×3×112: positions × features
_PLACES = 48

BATCH_NORM_MOMENTUM = 0.99
"""Momentum of batch normalization. With Keras' 0.999, a short training would keep the statistics of ImageNet."""


def build(
    labels: int,
    shapes: int,
    weights: Path | None,
    patches: NDArray[np.float32] | None = None,
    width: float = WIDTH,
) -> Any:
    """A network with the outputs logits (batch, labels) and (batch, shapes), joints (batch, 63), hand (batch, 5).

    The hand is the logit of its presence, and its box (:data:`streamsign.training.data.sampling.BOX`).

    Args:
        labels: outputs of the shipped head.
        shapes: outputs of the training-only head.
        weights: initial weights of the backbone: Keras weights without top for one or three input channels
            (``.weights.h5``), the checkpoint of another training (``.npz``), the graph of a model (``.tflite``),
            ``Path("imagenet")`` for Keras' download (needs internet), or None for random numbers.
        patches: (batch, 96, 96, 1) in −1…1, needed to resume from a graph.
        width: channels over those of MobileNetV2 1.0.

    Raises:
        TrainingError: Keras is missing, or the weights do not fit.
    """
    keras = load_keras()
    graph = weights is not None and weights.suffix == GRAPH_SUFFIX
    backbone = backbone_from(None if graph else weights, PATCH_SIZE, width)
    if weights is not None and graph:
        if patches is None:
            raise TrainingError("Resuming from a TFLite graph needs sample pictures.")
        unfold(backbone, weights, patches)
    features = keras.layers.GlobalAveragePooling2D(name="features")(backbone.output)
    dropped = keras.layers.Dropout(DROPOUT)(features)
    sizes = {"labels": labels, "shapes": shapes, "joints": 3 * JOINTS}
    heads = [keras.layers.Dense(size, name=name)(dropped) for name, size in sizes.items()]
    maps = [keras.layers.Flatten()(backbone.get_layer(name).output) for name in _MAPS]
    places = keras.layers.Dense(_PLACES, use_bias=False, name="places")(keras.layers.Concatenate()(maps))
    # Without normalization most of these would start, and stay, at 0 or 6.
    places = keras.layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name="places_BN")(places)
    places = keras.layers.ReLU(6.0)(places)
    heads.append(keras.layers.Dense(1 + BOX, name="hand")(places))
    network = keras.Model(backbone.input, heads)
    if weights is not None and graph and patches is not None:
        unfold_heads(network, weights, patches)
    if weights is not None and weights.suffix == ".npz":
        _start_from_checkpoint(network, len(backbone.variables), weights)
    return network


def backbone_from(weights: Path | None, size: int, width: float = WIDTH) -> Any:
    """MobileNetV2 without its top, for gray pictures of size × size.

    Args:
        weights: see :func:`build`.
        size: side of the input, pixels; the weights fit any.
        width: channels over those of MobileNetV2 1.0.

    Raises:
        TrainingError: Keras is missing, or the weights do not fit.
    """
    keras = load_keras()
    backbone = _backbone(1, None, width, size)
    if weights is not None and weights.suffix == ".npz":
        _start_from_checkpoint(backbone, len(backbone.variables), weights)
    elif weights is not None:
        _start_from_keras(backbone, weights, width)
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    return backbone


def _backbone(channels: int, weights: str | None, width: float, size: int = PATCH_SIZE) -> Any:
    return load_keras().applications.MobileNetV2(
        input_shape=(size, size, channels), alpha=width, include_top=False, weights=weights
    )


def _start_from_checkpoint(network: Any, backbone_variables: int, path: Path) -> None:
    # The heads are the last layers, so the backbone's variables come first. A head of another size starts again.
    given = best_weights(path)
    fits = [tuple(one.shape) == other.shape for one, other in zip(network.variables, given, strict=False)]
    if not all(fits[:backbone_variables]) or len(fits) < backbone_variables:
        raise TrainingError(f"{path} is of another network.", "Give a checkpoint of a training with this version.")
    for variable, value, fit in zip(network.variables, given, fits, strict=False):
        if fit:
            variable.assign(value)


def _start_from_keras(backbone: Any, weights: Path, width: float) -> None:
    failed = []
    source = str(weights)
    if source != IMAGENET and not weights.is_file():
        raise TrainingError(
            f"The weights file {weights} does not exist.", "Give the backbone's .weights.h5, or leave it out."
        )
    for channels in (3,) if source == IMAGENET else (1, 3):
        try:
            given = _backbone(channels, source, width).get_weights()
        except Exception as error:  # Keras raises various exceptions for a failed download and for files that do not
            # fit
            failed.append(f"{channels} channels: {str(error).splitlines()[0]}")
            continue
        # Gray is one value in all three colors, so the first convolution's sum over them computes the same.
        given[0] = given[0].sum(axis=2, keepdims=True) if channels == 3 else given[0]
        backbone.set_weights(given)
        return
    raise TrainingError(
        f"{weights} gives no weights for MobileNetV2 {width} at {PATCH_SIZE}×{PATCH_SIZE} ({'; '.join(failed)}).",
        "It must be saved from keras.applications.MobileNetV2(include_top=False) of that alpha, one or three channels; "
        "'imagenet' needs internet.",
    )


def servable(network: Any, temperature: float) -> Any:
    """The shipped network: input one picture, outputs the hand (1, 5) and calibrated probabilities (1, labels).

    The hand is the probability of its presence, and its box (:data:`streamsign.training.data.sampling.BOX`). The
    converter reverses the order of the outputs, and readers of the graph expect the probabilities first.

    Args:
        network: from :func:`build`.
        temperature: logits are divided by it (Guo et al. 2017); folded into the last layer.
    """
    keras = load_keras()
    kernel, bias = network.get_layer("labels").get_weights()
    image = keras.Input((PATCH_SIZE, PATCH_SIZE, 1), batch_size=1)
    inner = keras.Model(network.input, [network.get_layer(name).output for name in ("features", "hand")])
    features, hand = inner(image)
    head = keras.layers.Dense(bias.size, activation="softmax", name="probabilities")
    there = keras.layers.Activation("sigmoid")(hand[:, :1])
    shipped = keras.Model(image, [keras.layers.Concatenate(name="where")([there, hand[:, 1:]]), head(features)])
    head.set_weights([kernel / temperature, bias / temperature])
    return shipped
