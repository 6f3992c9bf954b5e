"""Which TFLite runtime opens a graph."""

from pathlib import Path

import pytest

from streamsign.errors import ModelInvalid, RuntimeUnavailable
from streamsign.recognition.runtime import one_tensor, open_interpreter, runtime_name


def test_litert_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wish, ai-edge-litert runs the graph."""
    monkeypatch.delenv("STREAMSIGN_RUNTIME", raising=False)
    assert runtime_name() == "ai-edge-litert"


def test_unknown_runtime_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt STREAMSIGN_RUNTIME is told with the names that work."""
    monkeypatch.setenv("STREAMSIGN_RUNTIME", "onnx")
    with pytest.raises(RuntimeUnavailable, match=r"'onnx'[\s\S]*ai-edge-litert, tflite-runtime"):
        runtime_name()


def test_forced_runtime_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forced runtime that is missing is an error, not a silent change to the other one."""
    monkeypatch.setenv("STREAMSIGN_RUNTIME", "tflite-runtime")
    with pytest.raises(RuntimeUnavailable, match="pip install"):
        runtime_name()


def test_corrupt_graph_is_told_apart(tmp_path: Path) -> None:
    """A file that is no TFLite graph is refused with the way out."""
    path = tmp_path / "model.tflite"
    path.write_bytes(b"not a graph")
    with pytest.raises(ModelInvalid, match="cannot be opened"):
        open_interpreter(path)


def test_two_outputs_are_refused(tmp_path: Path) -> None:
    """A graph with two outputs is no classifier."""
    with pytest.raises(ModelInvalid, match="2 outputs"):
        one_tensor([{}, {}], "output", tmp_path)
