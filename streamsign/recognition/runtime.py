"""Opens TFLite graphs: with ai-edge-litert if it is installed, otherwise with tflite-runtime."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, RuntimeUnavailable

_NOTES = (b"INFO: Created TensorFlow Lite",)
_is_first = True


class Runtime(StrEnum):
    """What runs TFLite graphs, by preference."""

    AI_EDGE_LITERT = "ai-edge-litert"
    TFLITE_RUNTIME = "tflite-runtime"


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


def interpreter_class(runtime: Runtime | None = None) -> tuple[Runtime, Any]:
    """A runtime's own interpreter class, and which runtime it is.

    Args:
        runtime: the one to use; the first installed one if None.

    Raises:
        RuntimeUnavailable: none is installed, or not the one that is asked for.
    """
    tried = []
    for each in Runtime if runtime is None else [runtime]:
        try:
            return each, importlib.import_module(f"{each.replace('-', '_')}.interpreter").Interpreter
        except ImportError as error:
            tried.append(f"{each}: {error}")
    raise RuntimeUnavailable(
        "No TFLite runtime can be imported (" + "; ".join(tried) + ").",
        "Install one: `pip install ai-edge-litert`, or on Linux with Python 3.11 the extra streamsign[tflite-runtime].",
    )


def open_interpreter(
    path: Path, runtime: Runtime | None = None, threads: int = 1, content: bytes | None = None
) -> Interpreter:
    """Open a graph with its tensors allocated.

    Args:
        path: a .tflite file.
        runtime: what runs it; the first installed one if None.
        threads: of one ``invoke``. At this size a second gains nothing and worsens p99 (benchmarks/inference).
        content: of the graph, if it differs from the file's.

    Raises:
        RuntimeUnavailable: see :func:`interpreter_class`.
        ModelInvalid: this runtime cannot run the file.
    """
    name, opened = interpreter_class(runtime)
    try:
        with _without_notes():
            graph = {"model_path": str(path)} if content is None else {"model_content": content}
            interpreter: Interpreter = opened(**graph, num_threads=threads)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()
        raise ModelInvalid(
            f"{path} cannot be opened by {name}: {reason[0] if reason else error!r}.",
            "The file is damaged or not a TFLite graph: copy the model folder again, or train it again.",
        ) from error
    return interpreter


@contextlib.contextmanager
def _without_notes() -> Iterator[None]:
    """Hide the note that the native library writes to stderr when a process opens its first graph.

    The library has no switch for it. Whatever else is written meanwhile is passed on.
    """
    global _is_first
    if not _is_first:
        yield
        return
    _is_first = False
    with contextlib.ExitStack() as stack:
        try:
            written = stack.enter_context(tempfile.TemporaryFile())
            stderr = os.dup(2)
        except OSError:  # no folder for temporary files, or no stderr, as in a service without a terminal
            yield
            return
        stack.callback(os.close, stderr)
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            written.seek(0)
            others = [line for line in written if not line.startswith(_NOTES)]
            if others:
                os.write(2, b"".join(others))


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
        ModelInvalid: the number of them is not one.
    """
    return tensors(details, 1, what, path)[0]
