"""training/folder/graph.py: another head behind the same layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.recognition.exposed_graph import expose_features
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.folder.graph import with_head


@pytest.mark.parametrize("name", ["alphabet", "alphabet:reader"])
def test_the_head_is_another_and_the_features_are_the_same(name: str, tmp_path: Path) -> None:
    """A graph with seven labels has the features and the hand of the shipped one, and the probabilities of its head."""
    path = load_model(name).tflite_path
    rng = np.random.default_rng(1)
    kernel, bias = rng.normal(size=(7, 1280)).astype(np.float32), rng.normal(size=7).astype(np.float32)
    made = tmp_path / "model.tflite"
    made.write_bytes(with_head(path.read_bytes(), kernel, bias))
    own, other = (open_interpreter(each, content=expose_features(each).content) for each in (path, made))
    given = rng.uniform(-1, 1, own.get_input_details()[0]["shape"]).astype(np.float32)
    outputs = []
    for each in (own, other):
        each.set_tensor(each.get_input_details()[0]["index"], given)
        each.invoke()
        outputs.append([each.get_tensor(detail["index"])[0] for detail in each.get_output_details()])
    assert len(outputs[0]) == len(outputs[1])
    for before, after in zip(outputs[0][1:], outputs[1][1:], strict=True):
        assert np.array_equal(before, after)
    assert outputs[1][0] == pytest.approx(softmax(kernel @ outputs[0][-1] + bias), abs=1e-4)
    assert np.array_equal(expose_features(made).head.kernel, kernel)
