"""training/letters/export.py: graphs that compute what Keras does, and files that are whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.backend import tensorflow
from streamsign.training.letters.export import to_float16, to_int8, verify, write_files
from tests.training.networks import PATCHES, small_network, write_model


@pytest.fixture
def network(tensorflow_installed: None) -> Any:
    """A network that separates bright patches (C) from dark ones (none)."""
    return small_network(3.0)


def test_files_are_replaced_whole_and_readable(tmp_path: Path) -> None:
    """A folder is made where there is none; a file is overwritten, readable for all, and no draft is left."""
    folder = tmp_path / "models" / "mine"
    write_files(folder, {"a": b"one", "b": b"two"})
    write_files(folder, {"a": b"three"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"three", "b": b"two"}
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o644


def test_what_was_written_loads_and_computes_what_keras_does(tmp_path: Path, network: Any) -> None:
    """The description comes back as it was, and the difference of a probability is a rounding error."""
    info = write_model(tmp_path / "tiny", network)
    assert load_model(str(tmp_path / "tiny")).info == info
    assert verify(tmp_path / "tiny", network, PATCHES) < 1e-5


def test_a_graph_of_another_network_is_refused(tmp_path: Path, network: Any) -> None:
    """Where the folder does not compute what it should, nothing is called done."""
    write_model(tmp_path / "tiny", network)
    with pytest.raises(TrainingError, match="differ from Keras' by"):
        verify(tmp_path / "tiny", small_network(-3.0), [np.full((96, 96), 250, np.uint8)])


@pytest.mark.parametrize("kind", ["float16", "int8"])
def test_small_graphs_take_and_give_what_the_large_one_does(kind: str, tmp_path: Path, network: Any) -> None:
    """float32 in and out whatever they compute in, and nearly the same probabilities."""
    graph = tmp_path / "graph.tflite"
    graph.write_bytes(to_int8(network, PATCHES) if kind == "int8" else to_float16(network))
    interpreter = open_interpreter(graph)
    (taken,), given = interpreter.get_input_details(), interpreter.get_output_details()
    assert {each["dtype"] for each in (taken, *given)} == {np.float32}
    for patch in PATCHES[:5]:
        view = patch[None, ..., None].astype(np.float32) / 127.5 - 1
        interpreter.set_tensor(taken["index"], view)
        interpreter.invoke()
        hand, probabilities = network(view)
        assert interpreter.get_tensor(given[0]["index"]) == pytest.approx(probabilities.numpy(), abs=0.02)
        assert interpreter.get_tensor(given[1]["index"]) == pytest.approx(hand.numpy(), abs=0.02)


def test_a_hand_in_int8_is_as_certain_as_in_float32(tmp_path: Path, tensorflow_installed: None) -> None:
    """Its probability is not cut off at the range of the box beside it."""
    keras = tensorflow().keras
    image = keras.Input((96, 96, 1), batch_size=1)
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3, strides=8)(image))
    hand = keras.layers.Dense(5, bias_initializer=keras.initializers.Constant([6.0, 0.1, -0.1, 0.2, 0.3]))(features)
    there = keras.layers.Activation("sigmoid")(hand[:, :1])
    where = keras.layers.Concatenate()([there, hand[:, 1:]])
    network = keras.Model(image, [where, keras.layers.Dense(2, activation="softmax")(features)])
    graph = tmp_path / "graph.tflite"
    graph.write_bytes(to_int8(network, PATCHES))
    interpreter = open_interpreter(graph)
    view = PATCHES[0][None, ..., None].astype(np.float32) / 127.5 - 1
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], view)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[1]["index"])
    assert found[0, 0] > 0.98
    assert found == pytest.approx(network(view)[0].numpy(), abs=0.01)
