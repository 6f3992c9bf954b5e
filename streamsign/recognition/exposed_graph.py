"""A letter graph with its features as one more output, made in memory from any graph that ends in a linear head.

The features are the input of the last fully connected layer before the softmax. The weights and operators of the graph
do not change, so its other outputs stay the same bit for bit. The file does not change either: models that were
exported before need no new export. The layout is that of the TFLite schema
(https://github.com/google-ai-edge/LiteRT, ``tflite/converter/schema/schema.fbs``, file version 3).
"""

from __future__ import annotations

import importlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, RuntimeUnavailable

_OUTPUTS_SLOT = 8
"""Offset of ``SubGraph.outputs`` in the table's vtable, bytes."""

_SIGNATURES_SLOT = 18
"""Offset of ``Model.signature_defs`` in the table's vtable, bytes."""

_AGAIN = "Adapt the float32 graph (--model NAME without :VARIANT), or export the model with `streamsign train`."

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LinearHead:
    """The end of a letter graph: ``softmax(kernel · features + bias) · merging``.

    Attributes:
        kernel: (shapes, features) float32.
        bias: (shapes,) float32.
        merging: (shapes, outputs) float32: how shapes add up to the graph's outputs; the identity without a merging
            layer.
    """

    kernel: Weights
    bias: Weights
    merging: Weights


class ExposedGraph(NamedTuple):
    """A graph that gives its features, (1, features) float32, as the last output."""

    content: bytes
    head: LinearHead


def expose_features(path: Path) -> ExposedGraph:
    """Read a graph and add its features to the outputs.

    Args:
        path: a .tflite file whose probabilities, (1, outputs), come from a float32 linear layer and a softmax, and
            perhaps a linear layer without bias behind it.

    Raises:
        ModelInvalid: the graph ends in other layers.
        RuntimeUnavailable: ai-edge-litert, which has the schema, is not installed.
    """
    schema = tflite_schema()
    content = path.read_bytes()
    try:
        graph = _Graph(schema, content)
        features, head = graph.head()
    except (struct.error, IndexError, ValueError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"{path} exposes no float32 features of its letters: {error}.", _AGAIN) from error
    return ExposedGraph(graph.with_output(features), head)


def tflite_schema() -> Any:
    """Return the module of the classes of the TFLite schema.

    Raises:
        RuntimeUnavailable: ai-edge-litert, which has the schema, is not installed.
    """
    try:
        return importlib.import_module("ai_edge_litert.schema_py_generated")
    except ImportError as error:
        raise RuntimeUnavailable(
            f"Adapting and training need ai-edge-litert, which cannot be imported ({error}).",
            "`pip install ai-edge-litert`",
        ) from error


def _refer(content: bytearray, table: Any, slot: int, vector: bytes) -> None:
    """Append a vector to a FlatBuffers file, and let a field of a table refer to it, unless the table lacks it."""
    offset = table.Offset(slot)
    if offset:
        content.extend(b"\0" * (-len(content) % 4))
        struct.pack_into("<I", content, table.Pos + offset, len(content) - table.Pos - offset)
        content.extend(vector)


class _Graph:
    """The first subgraph of a TFLite file."""

    def __init__(self, schema: Any, content: bytes) -> None:
        self._schema = schema
        self._content = content
        self._model = schema.Model.GetRootAs(content, 0)
        self._graph = self._model.Subgraphs(0)
        operators = [self._graph.Operators(number) for number in range(self._graph.OperatorsLength())]
        self._maker = {int(made): each for each in operators for made in each.OutputsAsNumpy()}

    def head(self) -> tuple[int, LinearHead]:
        """The number of the features' tensor, and the head behind it."""
        outputs = map(int, self._graph.OutputsAsNumpy())
        last = next((each for each in outputs if self._kind(each) in ("SOFTMAX", "FULLY_CONNECTED")), None)
        if last is None:
            raise ValueError("the probabilities are quantized")
        merging = None
        if self._kind(last) == "FULLY_CONNECTED":
            last, merging, bias = self._layer(last)
            if bias is not None:
                raise ValueError("the layer behind the softmax has a bias")
        if self._kind(last) != "SOFTMAX":
            raise ValueError("the probabilities are not a softmax")
        features, kernel, bias = self._layer(int(self._maker[last].Inputs(0)))
        shapes = len(kernel)
        bias = np.zeros(shapes, np.float32) if bias is None else bias
        turned = np.eye(shapes, dtype=np.float32) if merging is None else np.ascontiguousarray(merging.T)
        return features, LinearHead(kernel, bias, turned)

    def with_output(self, tensor: int) -> bytes:
        """The file with one more output: new lists at its end, and the references to them moved.

        The list of signatures becomes empty: LiteRT loads no graph whose signature lacks an output.
        """
        outputs = [*map(int, self._graph.OutputsAsNumpy()), tensor]
        content = bytearray(self._content)
        _refer(content, self._graph._tab, _OUTPUTS_SLOT, struct.pack(f"<I{len(outputs)}i", len(outputs), *outputs))
        _refer(content, self._model._tab, _SIGNATURES_SLOT, struct.pack("<I", 0))
        return bytes(content)

    def _kind(self, tensor: int) -> str:
        """Name of the operator that makes a tensor; empty for an input or a constant."""
        maker = self._maker.get(tensor)
        if maker is None:
            return ""
        code = self._model.OperatorCodes(maker.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        names = vars(self._schema.BuiltinOperator).items()
        return next((name for name, value in names if value == number), "")

    def _layer(self, tensor: int) -> tuple[int, Weights, Weights | None]:
        """Input, kernel and bias of the fully connected layer that makes a tensor."""
        if self._kind(tensor) != "FULLY_CONNECTED":
            raise ValueError("the probabilities do not come from a linear layer")
        given, kernel, *bias = map(int, self._maker[tensor].InputsAsNumpy())
        if self._graph.Tensors(given).Type() != self._schema.TensorType.FLOAT32:
            raise ValueError("the features are quantized")
        has_bias = bias and bias[0] >= 0
        return given, self._constant(kernel), self._constant(bias[0]) if has_bias else None

    def _constant(self, tensor: int) -> Weights:
        if self._kind(tensor) == "DEQUANTIZE":  # weights that are stored in float16
            tensor = int(self._maker[tensor].Inputs(0))
        described = self._graph.Tensors(tensor)
        types = self._schema.TensorType
        stored = {types.FLOAT32: np.float32, types.FLOAT16: np.float16}.get(described.Type())
        if stored is None:
            raise ValueError("the weights of the head are quantized")
        values = np.frombuffer(self._model.Buffers(described.Buffer()).DataAsNumpy().tobytes(), stored)
        return values.reshape(described.ShapeAsNumpy()).astype(np.float32)
