"""The locator's network: MobileNetV2 0.35 with a small top-down path to one cell for 8 pixels (Lin et al. 2017)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.locate import CHANNELS, LOCATE_SIZE
from streamsign.training.backend import load_keras
from streamsign.training.checkpoint import assign, best_weights
from streamsign.training.letters.network import BATCH_NORM_MOMENTUM, backbone_from
from streamsign.training.letters.unfold import GRAPH_SUFFIX, unfold

WIDTH = 48
"""Channels of the top-down path: twice as many take a third more time and gain nothing on the validation frames."""

_LAYERS = ("block_16_project_BN", "block_12_add", "block_5_add")  # strides 32, 16, 8
RARE = -4.0
"""Initial bias of the heat: about one cell in a hundred holds a center (Lin et al. 2017b, section 4.1)."""


def build(weights: Path | None, views: NDArray[np.float32] | None = None) -> Any:
    """Views (batch, 160, 160, 1) in −1…1 to cells (batch, 20, 20, 5), see :mod:`streamsign.recognition.locate`.

    Args:
        weights: a checkpoint or the graph of a locator, or initial weights of the backbone, see
            :func:`streamsign.training.letters.network.build`.
        views: (batch, 160, 160, 1) in −1…1, needed to resume from a graph.

    Raises:
        TrainingError: Keras is missing, or the weights do not fit.
    """
    if weights is not None and weights.suffix == ".npz":
        network, given = build(None), best_weights(weights)
        if [tuple(one.shape) for one in network.variables] == [one.shape for one in given]:
            assign(network.variables, given)
            return network
    if weights is not None and weights.suffix == GRAPH_SUFFIX:
        if views is None:
            raise TrainingError("Resuming from a TFLite graph needs sample pictures.")
        network = build(None)
        unfold(network, weights, views)
        return network
    keras = load_keras()
    backbone = backbone_from(weights, LOCATE_SIZE)
    top, *below = (backbone.get_layer(name).output for name in _LAYERS)
    path = keras.layers.Conv2D(WIDTH, 1, name="deepest")(top)
    for name, lateral in zip(("middle", "finest"), below, strict=True):
        path = keras.layers.UpSampling2D(interpolation="nearest")(path)
        path = keras.layers.Add()([path, keras.layers.Conv2D(WIDTH, 1, name=name)(lateral)])
        spread = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_spread")
        mixed = keras.layers.Conv2D(WIDTH, 1, use_bias=False, name=f"{name}_mixed")
        path = _normalized(keras, mixed, _normalized(keras, spread, path))
    heat = keras.layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(RARE), name="heat")(path)
    box = keras.layers.Conv2D(CHANNELS - 1, 1, name="box")(path)
    return keras.Model(backbone.input, keras.layers.Concatenate()([heat, box]))


def _normalized(keras: Any, convolution: Any, features: Any) -> Any:
    # Named, as all layers are: resuming from a graph reads it by its layers' names.
    normalization = keras.layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{convolution.name}_BN")
    return keras.layers.ReLU(6.0)(normalization(convolution(features)))


def servable(network: Any) -> Any:
    """The network for one view at a time."""
    keras = load_keras()
    view = keras.Input((LOCATE_SIZE, LOCATE_SIZE, 1), batch_size=1)
    return keras.Model(view, network(view))
