"""Opens TFLite graphs with ai-edge-litert if it is installed, else with tflite-runtime.

``STREAMSIGN_RUNTIME`` (``ai-edge-litert`` or ``tflite-runtime``) forces one.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, RuntimeUnavailable

_MODULES = {"ai-edge-litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}
"""Runtimes in order of preference."""


class Interpreter(Protocol):
    """The part of a TFLite interpreter that streamsign uses."""

    def allocate_tensors(self) -> None:
        """Reserve the tensors' memory."""

    def get_input_details(self) -> list[dict[str, Any]]:
        """Name, index, shape and dtype of each input."""

    def get_output_details(self) -> list[dict[str, Any]]:
        """Name, index, shape and dtype of each output."""

    def get_tensor_details(self) -> list[dict[str, Any]]:
        """Name, index, shape and dtype of every tensor."""

    def set_tensor(self, index: int, value: NDArray[Any]) -> None:
        """Copy an input in."""

    def get_tensor(self, index: int) -> NDArray[Any]:
        """Copy an output out."""

    def invoke(self) -> None:
        """Run the graph; releases the GIL."""


def _interpreter_class() -> tuple[str, Any]:
    asked = os.environ.get("STREAMSIGN_RUNTIME", "")
    if asked and asked not in _MODULES:
        raise RuntimeUnavailable(
            f"STREAMSIGN_RUNTIME is '{asked}', which is not a known runtime.", f"Use one of: {', '.join(_MODULES)}."
        )
    tried = []
    for name in [asked] if asked else list(_MODULES):
        try:
            return name, importlib.import_module(_MODULES[name]).Interpreter
        except ImportError as error:
            tried.append(f"{name}: {error}")
    raise RuntimeUnavailable(
        "No TFLite runtime can be imported (" + "; ".join(tried) + ").",
        "Install one: `pip install ai-edge-litert`, or on Linux with Python 3.11 the extra streamsign[tflite-runtime].",
    )


def runtime_name() -> str:
    """Name of the runtime :func:`open_interpreter` uses.

    Raises:
        RuntimeUnavailable: none is installed, or not the one that ``STREAMSIGN_RUNTIME`` names.
    """
    return _interpreter_class()[0]


def open_interpreter(path: Path, threads: int = 1) -> Interpreter:
    """Open a graph with its tensors allocated.

    Args:
        path: a .tflite file.
        threads: of one ``invoke``. At this size a second gains nothing and worsens p99 (benchmarks/inference).

    Raises:
        RuntimeUnavailable: see :func:`runtime_name`.
        ModelInvalid: this runtime cannot run the file.
    """
    name, interpreter_class = _interpreter_class()
    try:
        interpreter: Interpreter = interpreter_class(model_path=str(path), num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()
        raise ModelInvalid(
            f"{path} cannot be opened by {name}: {reason[0] if reason else error!r}.",
            "The file is damaged or not a TFLite graph: copy the model folder again, or train it again.",
        ) from error
    return interpreter


class Tensor(NamedTuple):
    """An input or output of a graph; ``number`` is its index in the interpreter."""

    number: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def tensors(details: list[dict[str, Any]], count: int, what: str, path: Path) -> list[Tensor]:
    """The inputs or outputs, in the graph's order.

    Raises:
        ModelInvalid: there are not ``count``.
    """
    if len(details) != count:
        raise ModelInvalid(
            f"{path} has {len(details)} {what}s instead of {count}.",
            "The graph and its description belong to different trainings: copy the whole folder again.",
        )
    return [
        Tensor(int(each["index"]), tuple(int(size) for size in each["shape"]), np.dtype(each["dtype"]))
        for each in details
    ]


def one_tensor(details: list[dict[str, Any]], what: str, path: Path) -> Tensor:
    """The only input or output.

    Raises:
        ModelInvalid: there is not exactly one.
    """
    return tensors(details, 1, what, path)[0]
