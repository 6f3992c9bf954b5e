"""Makes a shipped graph trainable again, because weights trained on hands are a better start than ImageNet.

The converter folds batch normalization into the convolutions. Here each convolution gets the folded weights, and its
normalization is set to the identity for the given patches. The function is the same, with statistics for further
training.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, TrainingError
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.backend import load_keras

GRAPH_SUFFIX = ".tflite"

_LEAST_VARIANCE = 1e-4  # a channel that is almost constant must not be amplified

Constants = dict[str, NDArray[np.float32]]


def unfold(network: Any, graph: Path, patches: NDArray[np.float32]) -> None:
    """Set the convolutions of a network, or only of its backbone, to those of a shipped float32 graph.

    Args:
        network: Keras network that the graph was made from, or MobileNetV2 without its top, of any input size.
        graph: a ``model.tflite`` made by :func:`streamsign.training.letters.export.to_tflite`.
        patches: (batch, size, size, 1) in −1…1, the kind of pictures that training continues with.

    Raises:
        TrainingError: the graph is of another network, or is not a float32 graph.
    """
    constants = _constants(graph)
    normalized = [layer for layer in network.layers if type(layer).__name__ == "BatchNormalization"]
    before = []
    for layer in normalized:
        source = layer.input._keras_history.operation
        kernel, bias = _of_layer(constants, source, layer.name, graph)
        source.weights[0].assign(kernel)
        add_only(layer, bias)
        before.append(layer.input)
    for layer in network.layers:
        if type(layer).__name__ == "Conv2D" and layer.use_bias:
            layer.set_weights(_of_layer(constants, layer, layer.name, graph))
    _take_statistics(network, normalized, before, patches)


def unfold_heads(network: Any, graph: Path, patches: NDArray[np.float32]) -> None:
    """Copy a graph's heads as well: the hand, and the labels if their number is the same.

    Args:
        network: from :func:`streamsign.training.letters.network.build`, its backbone unfolded from the same graph.
        graph: see :func:`unfold`. Without a head for the hand, the network's is not changed.
        patches: see :func:`unfold`.
    """
    constants = _constants(graph)
    for layer, source in (("labels", "probabilities"), ("hand", "hand")):
        found = _dense(constants, source)
        if found is not None and found[0].shape == tuple(network.get_layer(layer).weights[0].shape):
            network.get_layer(layer).set_weights(found)
    normalization = network.get_layer("places_BN")
    if (found := _dense(constants, normalization.name)) is not None:
        kernel, bias = found
        network.get_layer("places").set_weights([kernel])
        add_only(normalization, bias)
        _take_statistics(network, [normalization], [normalization.input], patches)


def add_only(normalization: Any, bias: NDArray[np.float32]) -> None:
    """Let a batch normalization only add a bias (channels,): gamma 1, mean 0, variance 1 minus epsilon."""
    one, zero = np.ones_like(bias), np.zeros_like(bias)
    normalization.set_weights([one, bias, zero, one - normalization.epsilon])


_NEXT = "Give the float32 model.tflite of a model folder that `streamsign train` wrote."


def _take_statistics(network: Any, normalized: list[Any], before: list[Any], patches: NDArray[np.float32]) -> None:
    seen = load_keras().Model(network.input, before).predict_on_batch(patches)
    for layer, values in zip(normalized, seen if isinstance(seen, list) else [seen], strict=True):
        flat = np.asarray(values, np.float64).reshape(-1, values.shape[-1])
        mean, variance = flat.mean(axis=0), np.maximum(flat.var(axis=0), _LEAST_VARIANCE)
        bias = layer.get_weights()[1]
        layer.set_weights([np.sqrt(variance + layer.epsilon), bias + mean, mean, variance])


def _constants(graph: Path) -> Constants:
    try:
        interpreter = open_interpreter(graph)
    except ModelInvalid as error:
        raise TrainingError(f"{graph} cannot be resumed from ({error}).", _NEXT) from error
    constants = {}
    for tensor in interpreter.get_tensor_details():
        if tensor["dtype"] is np.float32 and len(tensor["shape"]) in (1, 2, 4):
            try:
                constants[str(tensor["name"])] = np.asarray(interpreter.get_tensor(tensor["index"]), np.float32)
            except ValueError:  # an intermediate result, which is empty before the graph has run
                continue
    return constants


def _dense(constants: Constants, layer: str) -> list[NDArray[np.float32]] | None:
    """Kernel and bias of a dense layer in Keras' order; None if the graph has none of the name."""
    kernels = [values.T for name, values in constants.items() if values.ndim == 2 and layer in _layers(name)]
    biases = [values for name, values in constants.items() if values.ndim == 1 and layer in _layers(name)]
    # A result of the layer is named after it too, and has one row.
    kernels = [kernel for kernel in kernels if kernel.shape[1] > 1]
    return [kernels[0], biases[0]] if len(kernels) == 1 and len(biases) == 1 else None


def _layers(name: str) -> set[str]:
    """Every layer that the converter folded into a constant, by the constant's name."""
    return {part.removesuffix("_1") for piece in name.split(";") for part in piece.split("/")}


def _of_layer(
    constants: Constants, layer: Any, added: str, graph: Path
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel in Keras' order and bias of a convolution; ``added`` is the layer that the bias is named after.

    The converter names them after every layer that it folds into them.
    """
    kernels, biases = [], []
    for name, values in constants.items():
        parts = _layers(name)
        if values.ndim == 4 and parts & {layer.name, added}:
            kernels.append(values.transpose(1, 2, 3, 0))  # outputs, or the 1 of a depthwise layer, are first in TFLite
        elif values.ndim == 1 and added in parts:
            biases.append(values)
    fitting = [kernel for kernel in kernels if kernel.shape == tuple(layer.weights[0].shape)]
    if not fitting or len(biases) != 1:
        raise TrainingError(
            f"{graph} has no layer {layer.name} of {tuple(layer.weights[0].shape)}: it is of another network, or not "
            "float32.",
            _NEXT,
        )
    return fitting[0], biases[0]
