"""recognition/exposed_graph.py: features of graphs as they are."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.errors import ModelInvalid
from streamsign.recognition.exposed_graph import expose_features
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.backend import tensorflow
from streamsign.training.letters.export import converter_of


@pytest.mark.parametrize("name", ["alphabet", "alphabet:int8", "alphabet:reader", "celov", "celov:float16"])
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


@pytest.mark.usefixtures("tensorflow_installed")
def test_a_quantized_head_is_an_error(tmp_path: Path) -> None:
    """A graph whose last layers are int8 has no float32 features: the error says which graph to adapt."""
    tf = tensorflow()
    image = tf.keras.Input((8,), batch_size=1)
    network = tf.keras.Model(image, tf.keras.layers.Dense(3, activation="softmax")(image))
    converter = converter_of(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    views = np.random.default_rng(0).uniform(-1, 1, (16, 1, 8)).astype(np.float32)
    converter.representative_dataset = lambda: ([view] for view in views)
    path = tmp_path / "model.tflite"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Statistics for quantized inputs")
        path.write_bytes(converter.convert())
    with pytest.raises(ModelInvalid, match=r"quantized[\s\S]*float32 graph"):
        expose_features(path)


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    """Bytes that are not a graph raise ModelInvalid."""
    path = tmp_path / "model.tflite"
    for content in (b"", b"no graph", bytes(4000)):
        path.write_bytes(content)
        with pytest.raises(ModelInvalid, match=r"model\.tflite exposes no"):
            expose_features(path)
