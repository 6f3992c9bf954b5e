"""The networks for readers, with one head: the shape of the hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.training.backend import load_keras
from streamsign.training.checkpoint import DAMAGED, assign, best_weights
from streamsign.training.data.crops import HAND_FREE
from streamsign.training.letters.network import backbone_from
from streamsign.training.letters.unfold import GRAPH_SUFFIX, unfold
from streamsign.training.networks import LetterNetwork
from streamsign.training.reader.efficientnet import LITE0, LITE2, build_lite, load_arrays
from streamsign.training.reader.unfold import unfold_reader

LETTERS = "ABCDEFGHIKLMNOPQRSTUVWXY"
OTHER = "OTHER"
"""Name of other hand shapes in the manifests."""

_ARRAYS_HEAD = [*LETTERS, OTHER, HAND_FREE]
"""Outputs of the weights that PyTorch trained."""


def reader_network(
    network: LetterNetwork, shapes: Sequence[str], weights: Path | None, patches: NDArray[np.float32], frozen: int
) -> Any:
    """A network from (batch, size, size, 1) in −1…1 to logits (batch, shapes).

    Args:
        network: which.
        shapes: names of the outputs.
        weights: where it starts: the checkpoint of another training of the same network and shapes (``.npz``), for
            EfficientNet-Lite the arrays of a PyTorch training (``.npz``, see
            :func:`streamsign.training.reader.efficientnet.load_arrays`) or a shipped ``reader.tflite`` for the same
            shapes, for MobileNetV2 what
            :func:`streamsign.training.letters.network.build` takes, or None for random numbers.
        patches: (batch, size, size, 1) in −1…1; their side is the network's.
        frozen: so many stages, the stem first, keep the weights they start from. EfficientNet-Lite has 9. Above 0,
            every batch normalization is kept too.

    Raises:
        TrainingError: Keras is missing, or the weights do not fit.
    """
    keras = load_keras()
    size, head = patches.shape[1], keras.layers.Dense(len(shapes), name="shapes")
    if network.width is None:
        made = _lite(network, size, weights, shapes, head, frozen)
    elif frozen:
        raise TrainingError("Stages of MobileNetV2 cannot be frozen.", "Leave --frozen out.")
    else:
        made = _mobilenet(network.width, size, weights, patches, head)
    if weights is not None and weights.suffix == ".npz" and not _is_arrays(weights):
        try:
            assign(made.variables, best_weights(weights))
        except ValueError as error:
            raise TrainingError(
                f"{weights} is of another network ({error}).", "Give a checkpoint of the same network and pictures."
            ) from error
    return made


def _lite(
    network: LetterNetwork, size: int, weights: Path | None, shapes: Sequence[str], head: Any, frozen: int
) -> Any:
    keras = load_keras()
    lite = build_lite(LITE0 if network is LetterNetwork.LITE0 else LITE2, size)
    made = keras.Model(lite.backbone.input, head(lite.backbone.output))
    if weights is not None and weights.suffix == GRAPH_SUFFIX:
        kernel, bias = unfold_reader(lite, weights)
        if bias.size != len(shapes):
            raise TrainingError(
                f"{weights} has {bias.size} outputs instead of {len(shapes)}.",
                "Give the graph of a reader for these pictures.",
            )
        head.set_weights([kernel, bias])
    elif weights is not None and weights.suffix != ".npz":
        raise TrainingError(f"{weights} gives no weights for {network}.", "Give an .npz or a graph of that network.")
    elif weights is not None and _is_arrays(weights):
        kernel, bias = load_arrays(lite, weights)
        if bias.size != len(_ARRAYS_HEAD):
            raise TrainingError(
                f"{weights} has {bias.size} outputs instead of {len(_ARRAYS_HEAD)}.",
                "Give weights with the outputs A to Y without J, OTHER, and no hand.",
            )
        _take_head(head, kernel, bias, shapes)
    if frozen:
        if frozen >= len(lite.stages):
            raise TrainingError(f"{network} has {len(lite.stages)} stages.", "Freeze fewer of them.")
        for number, (convolution, norm) in enumerate(lite.pairs):
            convolution.trainable = number >= lite.stages[frozen - 1]
            norm.trainable = False
    return made


def _mobilenet(width: float, size: int, weights: Path | None, patches: NDArray[np.float32], head: Any) -> Any:
    keras = load_keras()
    graph = weights is not None and weights.suffix == GRAPH_SUFFIX
    checkpoint = weights is not None and weights.suffix == ".npz"
    backbone = backbone_from(None if graph or checkpoint else weights, size, width)
    if weights is not None and graph:
        unfold(backbone, weights, patches)
    features = keras.layers.GlobalAveragePooling2D(name="features")(backbone.output)
    return keras.Model(backbone.input, head(features))


def _is_arrays(path: Path) -> bool:
    try:
        with np.load(path) as stored:
            return "fc_w" in stored.files
    except DAMAGED as error:
        raise TrainingError(f"{path} cannot be read ({error}).", "Give an .npz with weights.") from error


def _take_head(head: Any, kernel: NDArray[np.float32], bias: NDArray[np.float32], shapes: Sequence[str]) -> None:
    """Copy the outputs of shapes that the network has too; the others stay random."""
    new_kernel, new_bias = head.get_weights()
    for column, shape in enumerate(shapes):
        if shape in _ARRAYS_HEAD:
            given = _ARRAYS_HEAD.index(shape)
            new_kernel[:, column], new_bias[column] = kernel[:, given], bias[given]
    head.set_weights([new_kernel, new_bias])
