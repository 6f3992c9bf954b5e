"""Puts another linear head into a letter graph. The layers before it stay as they are, also in an int8 graph."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.exposed_graph import tflite_schema

_IDENTIFIER = b"TFL3"

Weights = NDArray[np.float32]


def with_head(content: bytes, kernel: Weights, bias: Weights) -> bytes:
    """A graph whose probabilities are softmax(kernel · features + bias).

    Args:
        content: a graph that :func:`streamsign.recognition.exposed_graph.expose_features` accepts.
        kernel: (labels, features) float32.
        bias: (labels,) float32.

    Raises:
        RuntimeUnavailable: ai-edge-litert, which has the schema, is not installed.
    """
    schema = tflite_schema()
    builder: Any = importlib.import_module("flatbuffers").Builder(len(content))  # which the schema's module imports
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    makers = {int(made): each for each in graph.operators for made in each.outputs}
    users = {int(given): each for each in graph.operators for given in each.inputs}
    softmax = next(
        number for number, each in makers.items() if _kind(schema, model, each) == schema.BuiltinOperator.SOFTMAX
    )
    logits = int(makers[softmax].inputs[0])
    layer, labels = makers[logits], len(bias)
    _set(schema, model, graph.tensors[int(layer.inputs[1])], kernel)
    _set(schema, model, graph.tensors[int(layer.inputs[2])], bias)
    _resize(graph.tensors[logits], labels)
    _resize(graph.tensors[softmax], labels)
    if softmax in users:  # a layer that adds shapes up to labels
        merging = users[softmax]
        _set(schema, model, graph.tensors[int(merging.inputs[1])], np.eye(labels, dtype=np.float32))
        _resize(graph.tensors[int(merging.outputs[0])], labels)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


def _kind(schema: Any, model: Any, operator: Any) -> int:
    code = model.operatorCodes[operator.opcodeIndex]
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def _set(schema: Any, model: Any, tensor: Any, values: Weights) -> None:
    """Give a constant other values, in a buffer of its own: several tensors may share one."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.ascontiguousarray(values, np.float32).tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer = len(model.buffers) - 1
    tensor.shape = np.array(values.shape, np.int32)
    tensor.shapeSignature = None


def _resize(tensor: Any, labels: int) -> None:
    tensor.shape = np.array([1, labels], np.int32)
    tensor.shapeSignature = None
