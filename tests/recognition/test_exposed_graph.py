"""recognition/exposed_graph.py: features of graphs as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.errors import ModelInvalid
from streamsign.recognition.exposed_graph import expose_features
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import open_interpreter


@pytest.mark.parametrize("name", ["alphabet", "alphabet:reader", "celov", "celov:float16"])
def test_the_outputs_stay_the_same_bit_for_bit(name: str) -> None:
    """The graph with its features gives the same outputs as the file, and the head in NumPy the same probabilities."""
    path = load_model(name).tflite_path
    exposed = expose_features(path)
    shipped, longer = open_interpreter(path), open_interpreter(path, content=exposed.content)
    for seed in range(3):
        details = shipped.get_input_details()[0]
        given = np.random.default_rng(seed).uniform(-1, 1, details["shape"]).astype(np.float32)
        for each in (shipped, longer):
            each.set_tensor(each.get_input_details()[0]["index"], given)
            each.invoke()
        outputs = longer.get_output_details()
        for own, same in zip(shipped.get_output_details(), outputs, strict=False):
            assert np.array_equal(shipped.get_tensor(own["index"]), longer.get_tensor(same["index"]))
        features = longer.get_tensor(outputs[-1]["index"])[0]
        head = exposed.head
        probabilities = softmax(head.kernel @ features + head.bias) @ head.merging
        assert probabilities == pytest.approx(longer.get_tensor(outputs[0]["index"])[0], abs=1e-5)


def test_a_quantized_head_is_an_error() -> None:
    """The int8 variant has no float32 features: the error says which graph to adapt."""
    with pytest.raises(ModelInvalid, match=r"quantized[\s\S]*float32 graph"):
        expose_features(load_model("alphabet:int8").tflite_path)


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    """Bytes that are not a graph raise ModelInvalid."""
    path = tmp_path / "model.tflite"
    for content in (b"", b"no graph", bytes(4000)):
        path.write_bytes(content)
        with pytest.raises(ModelInvalid, match=r"model\.tflite exposes no"):
            expose_features(path)
