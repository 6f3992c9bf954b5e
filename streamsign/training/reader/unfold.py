"""Makes a shipped reader trainable again: an EfficientNet-Lite gets the weights of an int8 or float graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, TrainingError
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.letters.unfold import add_only
from streamsign.training.reader.efficientnet import Lite

_NEXT = "Give a reader.tflite of this network that `streamsign train --task reader` wrote."

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def unfold_reader(lite: Lite, graph: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Set a network to the weights of a shipped graph.

    The converter folds each batch normalization into its convolution. Here the convolution gets the folded weights, and
    the normalization only adds the bias. Weights of an int8 graph are rounded: each is off by at most half a step of
    its channel.

    Args:
        lite: the network.
        graph: a ``reader.tflite``, see :func:`streamsign.training.reader.export.servable_reader`.

    Returns:
        Kernel (1280, shapes) and bias (shapes,) of the last layer, float32. The temperature of the export divides them.

    Raises:
        TrainingError: the graph cannot be read, or it is of another network.
    """
    try:
        interpreter: Any = open_interpreter(graph)
    except ModelInvalid as error:
        raise TrainingError(f"{graph} cannot be trained further ({error}).", _NEXT) from error
    operations = [each for each in interpreter._get_ops_details() if each["op_name"] != "DELEGATE"]
    folded = [_weights(interpreter, each) for each in operations if each["op_name"] in _CONVOLUTIONS]
    heads = [_weights(interpreter, each) for each in operations if each["op_name"] == "FULLY_CONNECTED"]
    shapes = [(kernel.shape[1:3], kernel.size) for kernel, _ in folded]
    wanted = [(tuple(layer.kernel.shape[:2]), int(np.prod(layer.kernel.shape))) for layer, _ in lite.pairs]
    if shapes != wanted or not heads:
        raise TrainingError(f"{graph} is of another network.", _NEXT)
    for (convolution, norm), (kernel, bias) in zip(lite.pairs, folded, strict=True):
        # Outputs, or the 1 of a depthwise layer, are first in TFLite and last in Keras.
        convolution.set_weights([kernel.transpose((1, 2, 3, 0))])
        add_only(norm, bias)
    kernel, bias = heads[0]
    return kernel.T, bias


def fold_normalizations(network: Any) -> None:
    """Multiply the convolutions of a network by what their batch normalizations do, which only add a bias then.

    The network computes the same, and its weights can be averaged with those of an unfolded graph.

    Args:
        network: EfficientNet-Lite in Keras; its normalizations must be frozen.
    """
    for norm in network.layers:
        if type(norm).__name__ != "BatchNormalization":
            continue
        convolution = norm.input._keras_history.operation
        gamma, beta, mean, variance = norm.get_weights()
        factor = gamma / np.sqrt(variance + norm.epsilon)
        kernel = convolution.get_weights()[0]
        # The channel is the last axis, but the last but one of a depthwise convolution.
        depthwise = type(convolution).__name__ == "DepthwiseConv2D"
        convolution.set_weights([kernel * (factor[:, None] if depthwise else factor)])
        add_only(norm, beta - mean * factor)


def _weights(interpreter: Any, operation: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel and bias of an operation, dequantized; zeros where it has no bias."""
    kernel, *rest = (_constant(interpreter, int(index)) for index in operation["inputs"][1:] if index >= 0)
    return kernel, rest[0] if rest else np.zeros(len(kernel), np.float32)


def _constant(interpreter: Any, index: int) -> NDArray[np.float32]:
    values = np.asarray(interpreter.get_tensor(index))
    about = interpreter._get_tensor_details(index, 0)["quantization_parameters"]
    scales, zeros = np.asarray(about["scales"], np.float32), np.asarray(about["zero_points"], np.float32)
    if not len(scales):
        return values.astype(np.float32)
    shape = [1] * values.ndim
    shape[int(about["quantized_dimension"])] = len(scales)
    return ((values.astype(np.float32) - zeros.reshape(shape)) * scales.reshape(shape)).astype(np.float32)
