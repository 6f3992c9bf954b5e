"""Which TFLite runtime opens a graph."""

import subprocess
import sys
from pathlib import Path

import pytest

from streamsign.errors import ModelInvalid, RuntimeUnavailable
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import Runtime, interpreter_class, one_tensor, open_interpreter


def test_litert_is_preferred() -> None:
    """ai-edge-litert is the default runtime."""
    assert interpreter_class()[0] is Runtime.AI_EDGE_LITERT


def test_a_runtime_that_is_asked_for_is_not_replaced() -> None:
    """If it is missing, that is an error, not a silent change to the other one; a model passes its runtime on."""
    with pytest.raises(RuntimeUnavailable, match="pip install"):
        interpreter_class(Runtime.TFLITE_RUNTIME)
    model = load_model("celov", runtime=Runtime.TFLITE_RUNTIME)
    with pytest.raises(RuntimeUnavailable, match="tflite_runtime"):
        open_interpreter(model.tflite_path, model.runtime)


def test_corrupt_graph_is_told_apart(tmp_path: Path) -> None:
    """A file that is not a TFLite graph is refused with the way out."""
    path = tmp_path / "model.tflite"
    path.write_bytes(b"not a graph")
    with pytest.raises(ModelInvalid, match="cannot be opened"):
        open_interpreter(path)


def test_two_outputs_are_refused(tmp_path: Path) -> None:
    """A graph with two outputs is not a classifier."""
    with pytest.raises(ModelInvalid, match="2 outputs"):
        one_tensor([{}, {}], "output", tmp_path)


def _run(program: str, redirection: str = "") -> tuple[str, str]:
    """What a program writes to stdout and stderr."""
    command = ["sh", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


@pytest.mark.parametrize("redirection", ["", "2>&-"])
def test_the_library_writes_no_note_before_the_answer(redirection: str) -> None:
    """The first graph of a process opens without output on stderr, and also without a stderr."""
    program = (
        "from streamsign import load_model; from streamsign.recognition.runtime import open_interpreter;"
        "open_interpreter(load_model('celov').tflite_path); print('opened')"
    )
    assert _run(program, redirection) == ("opened\n", "")


def test_a_graph_opens_without_a_folder_for_temporary_files() -> None:
    """Where nothing can be written, the note is shown and the graph is opened."""
    program = (
        "import tempfile; tempfile.tempdir = '/nowhere';"
        "from streamsign import load_model; from streamsign.recognition.runtime import open_interpreter;"
        "open_interpreter(load_model('celov').tflite_path); print('opened')"
    )
    assert _run(program)[0] == "opened\n"


def test_what_others_write_meanwhile_is_kept() -> None:
    """Only the library's note is left out while a graph is opened."""
    program = (
        "import os; from streamsign.recognition import runtime\n"
        "with runtime._without_notes(): os.write(2, b'INFO: Created TensorFlow Lite XNNPACK delegate\\nkept\\n')"
    )
    assert _run(program) == ("", "kept\n")
