"""EfficientNet-Lite (Tan and Le 2019, in its form for phones), for gray pictures of any size.

The network is MobileNetV2's inverted residual block (Sandler et al. 2018), scaled in width, depth and input size
together. The Lite form has no squeeze-and-excitation, and ReLU6 in place of swish, so that it can be computed in int8.
Its stem and its last convolution are not scaled.

The public ImageNet weights were trained with *static* padding: a strided convolution pads by what TensorFlow's "same"
would pad at the network's native input size, for every size of the input. At 112 pixels "same" would shift
the maps by a pixel, and the weights would no longer fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.training.backend import load_keras
from streamsign.training.checkpoint import DAMAGED
from streamsign.training.letters.network import BATCH_NORM_MOMENTUM

STEM, TOP = 32, 1280
"""Filters of the first and of the last convolution."""

_EPSILON = 1e-3
_DIVISOR = 8


class _Stage(NamedTuple):
    repeats: int
    kernel: int
    stride: int
    expansion: int
    filters: int


# Tan and Le 2019, table 1, without the stem and the top.
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
_NOT_DEEPENED = (0, len(_STAGES) - 1)


@dataclass(frozen=True, slots=True)
class LiteScale:
    """How much wider and deeper than Lite0, and the input size of the ImageNet weights, which decides the padding."""

    width: float
    depth: float
    native: int


LITE0 = LiteScale(1.0, 1.0, 224)
LITE2 = LiteScale(1.1, 1.2, 260)


@dataclass(frozen=True, slots=True)
class Lite:
    """A network from (batch, size, size, 1) in −1…1 to features (batch, 1280).

    ``pairs`` holds every convolution with its batch normalization, in the order of the forward pass; ``stages`` the
    number of pairs up to the end of the stem, of each stage, and of the top.
    """

    backbone: Any
    pairs: Sequence[tuple[Any, Any]]
    stages: Sequence[int]


class _Builder:
    """Adds convolutions with their normalization, and keeps account of them and of the native size of the maps."""

    def __init__(self, native: int) -> None:
        self._layers = load_keras().layers
        self._native = native
        self.pairs: list[tuple[Any, Any]] = []

    def convolve(self, x: Any, kernel: int, stride: int, filters: int | None) -> Any:
        """One convolution, depthwise without ``filters``, padded statically, and its normalization."""
        layers = self._layers
        made = math.ceil(self._native / stride)
        if padding := max((made - 1) * stride + kernel - self._native, 0):
            before = padding // 2
            x = layers.ZeroPadding2D(((before, padding - before),) * 2)(x)
        self._native = made
        convolution = (
            layers.DepthwiseConv2D(kernel, stride, "valid", use_bias=False)
            if filters is None
            else layers.Conv2D(filters, kernel, stride, "valid", use_bias=False)
        )
        norm = layers.BatchNormalization(epsilon=_EPSILON, momentum=BATCH_NORM_MOMENTUM)
        self.pairs.append((convolution, norm))
        return norm(convolution(x))

    def bounded(self, x: Any) -> Any:
        return self._layers.ReLU(6.0)(x)

    def block(self, x: Any, stage: _Stage, stride: int, filters: int) -> Any:
        """An inverted residual block."""
        given, y = x.shape[-1], x
        if stage.expansion != 1:
            y = self.bounded(self.convolve(y, 1, 1, given * stage.expansion))
        y = self.bounded(self.convolve(y, stage.kernel, stride, None))
        y = self.convolve(y, 1, 1, filters)
        return self._layers.Add()([x, y]) if stride == 1 and given == filters else y


def build_lite(scale: LiteScale, size: int) -> Lite:
    """An EfficientNet-Lite with random weights.

    Args:
        scale: which.
        size: side of the input, pixels; a multiple of 16 keeps the maps whole.

    Raises:
        TrainingError: Keras is missing.
    """
    keras = load_keras()
    image = keras.Input((size, size, 1))
    builder = _Builder(scale.native)
    x = builder.bounded(builder.convolve(image, 3, 2, STEM))
    ends = [len(builder.pairs)]
    for index, stage in enumerate(_STAGES):
        filters = _rounded(stage.filters * scale.width)
        repeats = stage.repeats if index in _NOT_DEEPENED else math.ceil(stage.repeats * scale.depth)
        for repeat in range(repeats):
            x = builder.block(x, stage, stage.stride if repeat == 0 else 1, filters)
        ends.append(len(builder.pairs))
    x = builder.bounded(builder.convolve(x, 1, 1, TOP))
    ends.append(len(builder.pairs))
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return Lite(keras.Model(image, features), builder.pairs, ends)


def _rounded(filters: float) -> int:
    """To a multiple of 8, at most a tenth below."""
    rounded = max(_DIVISOR, int(filters + _DIVISOR / 2) // _DIVISOR * _DIVISOR)
    return rounded + _DIVISOR if rounded < 0.9 * filters else rounded


def load_arrays(lite: Lite, path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Set a network to weights that PyTorch trained.

    Args:
        lite: the network.
        path: ``.npz`` with, for convolution n of the forward pass, ``w{n}`` (out, in, height, width), depthwise
            (channels, 1, height, width), and ``bn{n}_weight``, ``_bias``, ``_running_mean``, ``_running_var``
            (channels,); and the last layer's ``fc_w`` (outputs, 1280) and ``fc_b`` (outputs,).

    Returns:
        Kernel (1280, outputs) and bias (outputs,) of the last layer, float32.

    Raises:
        TrainingError: the file cannot be read, or it is of another network.
    """
    try:
        with np.load(path) as stored:
            for number, (convolution, norm) in enumerate(lite.pairs):
                depthwise = type(convolution).__name__ == "DepthwiseConv2D"
                kernel = stored[f"w{number}"].astype(np.float32)
                convolution.set_weights([kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))])
                names = ("weight", "bias", "running_mean", "running_var")
                norm.set_weights([stored[f"bn{number}_{name}"].astype(np.float32) for name in names])
            return stored["fc_w"].astype(np.float32).T, stored["fc_b"].astype(np.float32)
    except DAMAGED as error:
        raise TrainingError(
            f"{path} does not fit this EfficientNet-Lite ({error}).", "Give weights of the network that is trained."
        ) from error
