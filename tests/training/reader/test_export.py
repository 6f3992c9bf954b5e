"""training/reader/export.py: the graph of a reader computes what Keras does, in int8 too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.training.backend import tensorflow
from streamsign.training.letters.export import to_int8, to_tflite
from streamsign.training.reader.export import read_all, servable_reader

PATCHES = list(np.random.default_rng(0).integers(0, 256, (12, 32, 32), np.uint8))
SHAPES, LABELS = ["", "C", "L", "OTHER"], ["C", "L", "none"]


@pytest.fixture(scope="module")
def network() -> Any:
    """One convolution at 32 pixels with random weights, and a head over four shapes."""
    pytest.importorskip("tensorflow")
    keras = tensorflow().keras
    keras.utils.set_random_seed(0)
    image = keras.Input((32, 32, 1))
    features = keras.layers.GlobalAveragePooling2D(name="features")(
        keras.layers.ReLU(6.0)(keras.layers.Conv2D(8, 3, strides=2)(image))
    )
    return keras.Model(image, keras.layers.Dense(len(SHAPES), name="shapes")(features))


def test_probabilities_are_those_of_the_labels_at_the_temperature(network: Any) -> None:
    """Logits are divided by the temperature before the softmax, and shapes that are not letters are summed."""
    views = np.stack(PATCHES)[..., None].astype(np.float32) / 127.5 - 1
    shapes = softmax(network(views).numpy() / 2.0, axis=1)
    expected = np.stack([shapes[:, 1], shapes[:, 2], shapes[:, 0] + shapes[:, 3]], axis=1)
    assert read_all(to_tflite(servable_reader(network, SHAPES, LABELS, 2.0)), PATCHES) == pytest.approx(
        expected, abs=1e-5
    )


def test_int8_keeps_the_softmax_in_float32(network: Any) -> None:
    """Its probabilities are near those of float32, sum to 1, and are not multiples of 1/256."""
    shipped = servable_reader(network, SHAPES, LABELS, 1.0)
    plain, small = read_all(to_tflite(shipped), PATCHES), read_all(to_int8(shipped, PATCHES), PATCHES)
    assert small == pytest.approx(plain, abs=0.02)
    assert small.sum(axis=1) == pytest.approx(np.ones(len(PATCHES)), abs=1e-5)
    assert np.abs(small * 256 - np.round(small * 256)).max() > 0.05
