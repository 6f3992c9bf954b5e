"""Makes a shipped graph trainable again: hands that millions of pictures taught it are a better start than ImageNet.

The converter folds batch normalisation into the convolutions. Here each convolution gets the folded weights, and its
normalisation the identity for what it sees: the same function, with statistics that training can resume from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, TrainingError
from streamsign.recognition.runtime import open_interpreter

GRAPH_SUFFIX = ".tflite"

_LEAST_VARIANCE = 1e-4  # a channel that says nothing must not be blown up to say something

Constants = dict[str, NDArray[np.float32]]


def unfold(network: Any, graph: Path, patches: NDArray[np.float32]) -> None:
    """Set the convolutions of a network, or of its backbone alone, to compute what a shipped float32 graph computes.

    Args:
        network: Keras network that the graph was made of, or MobileNetV2 without its top, of any input size.
        graph: a ``model.tflite`` made by :func:`streamsign.training.letters.export.to_tflite`.
        patches: (batch, size, size, 1) in −1…1, the kind of pictures that training will go on with.

    Raises:
        TrainingError: the graph is of another network, or is not a float32 graph.
    """
    constants = _constants(graph)
    normalised = [layer for layer in network.layers if type(layer).__name__ == "BatchNormalization"]
    before = []
    for layer in normalised:
        source = layer.input._keras_history.operation
        kernel, bias = _of_layer(constants, source, layer.name, graph)
        source.weights[0].assign(kernel)
        _add_only(layer, bias)
        before.append(layer.input)
    for layer in network.layers:
        if type(layer).__name__ == "Conv2D" and layer.use_bias:
            layer.set_weights(_of_layer(constants, layer, layer.name, graph))
    _take_statistics(network, normalised, before, patches)


def unfold_heads(network: Any, graph: Path, patches: NDArray[np.float32]) -> None:
    """Take a graph's heads over as well: where the hand is, and the labels where there are as many.

    Args:
        network: from :func:`streamsign.training.letters.network.build`, its backbone unfolded from the same graph.
        graph: see :func:`unfold`. One that does not say where the hand is leaves that head as it was.
        patches: see :func:`unfold`.
    """
    constants = _constants(graph)
    for layer, source in (("labels", "probabilities"), ("hand", "hand")):
        found = _dense(constants, source)
        if found is not None and found[0].shape == tuple(network.get_layer(layer).weights[0].shape):
            network.get_layer(layer).set_weights(found)
    normalisation = network.get_layer("places_BN")
    if (found := _dense(constants, normalisation.name)) is not None:
        kernel, bias = found
        network.get_layer("places").set_weights([kernel])
        _add_only(normalisation, bias)
        _take_statistics(network, [normalisation], [normalisation.input], patches)


def _add_only(normalisation: Any, bias: NDArray[np.float32]) -> None:
    """Gamma 1, beta the folded bias, mean 0, variance 1 less what is added to it."""
    one, zero = np.ones_like(bias), np.zeros_like(bias)
    normalisation.set_weights([one, bias, zero, one - normalisation.epsilon])


_NEXT = "Give the float32 model.tflite of a model folder that `streamsign train` wrote."


def _take_statistics(network: Any, normalised: list[Any], before: list[Any], patches: NDArray[np.float32]) -> None:
    import keras

    seen = keras.Model(network.input, before)(patches, training=False)
    for layer, values in zip(normalised, seen if isinstance(seen, list) else [seen], strict=True):
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
            except ValueError:  # an intermediate result, which holds nothing before the graph has run
                continue
    return constants


def _dense(constants: Constants, layer: str) -> list[NDArray[np.float32]] | None:
    """Kernel and bias of a dense layer, Keras' way round; None where the graph has none of the name."""
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
    """Kernel, Keras' way round, and bias of a convolution; ``added`` is the layer that the bias is named after.

    The converter names them after every layer it folded into them.
    """
    kernels, biases = [], []
    for name, values in constants.items():
        parts = _layers(name)
        if values.ndim == 4 and parts & {layer.name, added}:
            kernels.append(values.transpose(1, 2, 3, 0))  # outputs, or a depthwise layer's one, are first in TFLite
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
