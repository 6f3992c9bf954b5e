"""training/hand/locator_network.py: the locator's network, made by the real TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.locate import CHANNELS, LOCATE_SIZE, STRIDE
from streamsign.recognition.runtime import one_tensor, open_interpreter
from streamsign.training.hand.locator_network import RARE, build, servable
from streamsign.training.letters.export import to_tflite

CELLS = LOCATE_SIZE // STRIDE


def test_a_view_becomes_cells_and_hands_are_rare_at_first(tensorflow_installed: None) -> None:
    """Heat and box for a cell of eight pixels; an untrained network sees next to no hand anywhere."""
    cells = build(None)(np.zeros((2, LOCATE_SIZE, LOCATE_SIZE, 1), np.float32), training=False).numpy()
    assert cells.shape == (2, CELLS, CELLS, CHANNELS)
    assert cells[..., 0] == pytest.approx(RARE, abs=0.5)


def test_another_training_is_gone_on_from_and_served_one_view_at_a_time(
    tmp_path: Path, tensorflow_installed: None
) -> None:
    """A locator's checkpoint gives every weight; what is served computes the same for a single view."""
    first = build(None)
    rng = np.random.default_rng(0)
    given = [rng.normal(0, 0.05, variable.shape).astype(np.float32) ** 2 + 0.01 for variable in first.variables]
    checkpoint = tmp_path / "hand.npz"
    np.savez(checkpoint, **{f"best.{number}": value for number, value in enumerate(given)})
    second = build(checkpoint)
    assert all(np.array_equal(variable.numpy(), value) for variable, value in zip(second.variables, given, strict=True))
    view = rng.uniform(-1, 1, (1, LOCATE_SIZE, LOCATE_SIZE, 1)).astype(np.float32)
    shipped = servable(second)
    assert tuple(shipped.input.shape) == (1, LOCATE_SIZE, LOCATE_SIZE, 1)
    assert shipped(view).numpy() == pytest.approx(second(view, training=False).numpy(), rel=1e-4, abs=1e-4)


def test_a_shipped_graph_is_gone_on_from(tmp_path: Path, tensorflow_installed: None) -> None:
    """Going on from a locator's graph begins with what the graph says of every view, and needs views to begin with."""
    rng = np.random.default_rng(0)
    views = rng.uniform(-1, 1, (4, LOCATE_SIZE, LOCATE_SIZE, 1)).astype(np.float32)
    first = build(None)
    for variable in first.variables:  # the converter makes one of all biases that are zero, as they are at first
        if len(variable.shape) == 1:
            variable.assign_add(rng.uniform(0, 0.1, variable.shape))
    graph = tmp_path / "model.tflite"
    graph.write_bytes(to_tflite(servable(first)))
    with pytest.raises(TrainingError, match="pictures"):
        build(graph)
    cells = build(graph, views)(views, training=False).numpy()
    interpreter = open_interpreter(graph)
    (given, *_), (reported, *_) = (
        one_tensor(details, "tensor", graph)
        for details in (interpreter.get_input_details(), interpreter.get_output_details())
    )
    for view, seen in zip(views, cells, strict=True):
        interpreter.set_tensor(given, view[None])
        interpreter.invoke()
        assert seen == pytest.approx(interpreter.get_tensor(reported)[0], abs=1e-3)
