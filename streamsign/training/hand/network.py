"""The locator's network: MobileNetV2 0.35, and a small top-down path to a cell for every 8 pixels (Lin et al. 2017)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamsign.recognition.locate import CHANNELS, LOCATE_SIZE
from streamsign.training.checkpoint import assign, best_weights
from streamsign.training.network import backbone_from, tensorflow

WIDTH = 48
"""Channels of the top-down path: as many again cost a third more time and gain nothing on validation's frames."""

_LAYERS = ("block_16_project_BN", "block_12_add", "block_5_add")  # strides 32, 16, 8
RARE = -4.0
"""First bias of the heat: a centre is in one cell of some hundred (Lin et al. 2017b, section 4.1)."""


def build(weights: Path | None) -> Any:
    """Views (batch, 160, 160, 1) in −1…1 to cells (batch, 20, 20, 5), see :mod:`streamsign.recognition.locate`.

    Args:
        weights: a checkpoint of the locator, or what the backbone starts from, see
            :func:`streamsign.training.network.build`.

    Raises:
        TrainingError: TensorFlow is missing, or the weights do not fit.
    """
    if weights is not None and weights.suffix == ".npz":
        network, given = build(None), best_weights(weights)
        if [tuple(one.shape) for one in network.variables] == [one.shape for one in given]:
            assign(network.variables, given)
            return network
    keras = tensorflow().keras
    backbone = backbone_from(weights, LOCATE_SIZE)
    top, *below = (backbone.get_layer(name).output for name in _LAYERS)
    path = _tuned(keras, top)
    for lateral in below:
        path = keras.layers.UpSampling2D(interpolation="nearest")(path)
        path = keras.layers.Add()([path, _tuned(keras, lateral)])
        path = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(path)
        path = _activated(keras, path)
        path = _activated(keras, keras.layers.Conv2D(WIDTH, 1, use_bias=False)(path))
    heat = keras.layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(RARE))(path)
    box = keras.layers.Conv2D(CHANNELS - 1, 1)(path)
    return keras.Model(backbone.input, keras.layers.Concatenate()([heat, box]))


def _tuned(keras: Any, features: Any) -> Any:
    return keras.layers.Conv2D(WIDTH, 1, use_bias=True)(features)


def _activated(keras: Any, features: Any) -> Any:
    return keras.layers.ReLU(6.0)(keras.layers.BatchNormalization(momentum=0.99)(features))


def servable(network: Any) -> Any:
    """The network for one view at a time."""
    keras = tensorflow().keras
    view = keras.Input((LOCATE_SIZE, LOCATE_SIZE, 1), batch_size=1)
    return keras.Model(view, network(view))
