"""training/reader/unfold.py: a shipped reader becomes weights of Keras again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.recognition.pooling import merging
from streamsign.training.backend import tensorflow
from streamsign.training.data.augment import plain_view
from streamsign.training.data.made import made_pictures
from streamsign.training.networks import LetterNetwork
from streamsign.training.reader.export import read_all
from streamsign.training.reader.network import LETTERS, OTHER, reader_network
from streamsign.training.reader.unfold import fold_normalizations

SHAPES = sorted([*LETTERS, OTHER, ""])


def reader_graph() -> Path:
    """The shipped reader of ``alphabet``."""
    model = load_model("alphabet")
    assert model.reader is not None
    return model.reader.tflite_path


@pytest.mark.usefixtures("tensorflow_installed")
def test_a_network_of_a_graph_computes_what_the_graph_does() -> None:
    """Probabilities of letters of the demo signer are the int8 graph's, whose activations are rounded."""
    patches = [plain_view(crop.pixels) for crop in made_pictures("ABCLOVWY", 3, 1, 112).held]
    views = np.stack(patches)[..., None].astype(np.float32) / 127.5 - 1
    network = reader_network(LetterNetwork.LITE2, SHAPES, reader_graph(), views, 4)
    labels = load_model("alphabet").info.labels
    found = softmax(np.asarray(network(views, training=False)), axis=1) @ merging(SHAPES, labels, labels[-1])
    expected = read_all(reader_graph().read_bytes(), patches)
    assert np.array_equal(found.argmax(axis=1), expected.argmax(axis=1))
    assert np.abs(found - expected).mean() < 0.005


@pytest.mark.usefixtures("tensorflow_installed")
def test_a_graph_of_other_pictures_or_another_network_is_rejected() -> None:
    """The error says how many outputs it has, or that the network differs."""
    patches = np.zeros((1, 112, 112, 1), np.float32)
    with pytest.raises(TrainingError, match="has 26 outputs instead of 2"):
        reader_network(LetterNetwork.LITE2, ["", "A"], reader_graph(), patches, 0)
    with pytest.raises(TrainingError, match="is of another network"):
        reader_network(LetterNetwork.LITE0, SHAPES, reader_graph(), patches, 0)


@pytest.mark.usefixtures("tensorflow_installed")
def test_folded_normalizations_only_add() -> None:
    """The network computes the same with gammas and variances of 1."""
    keras = tensorflow().keras
    keras.utils.set_random_seed(3)
    image = keras.Input((12, 12, 1))
    x = keras.layers.BatchNormalization(epsilon=1e-3)(keras.layers.Conv2D(4, 3, use_bias=False)(image))
    x = keras.layers.BatchNormalization(epsilon=1e-3)(keras.layers.DepthwiseConv2D(3, use_bias=False)(x))
    network, rng = keras.Model(image, x), np.random.default_rng(0)
    norms = [layer for layer in network.layers if type(layer).__name__ == "BatchNormalization"]
    for norm in norms:
        norm.set_weights([rng.uniform(0.2, 2, 4).astype(np.float32) for _ in range(4)])
    views = rng.normal(size=(2, 12, 12, 1)).astype(np.float32)
    before = np.asarray(network(views, training=False))
    fold_normalizations(network)
    assert np.asarray(network(views, training=False)) == pytest.approx(before, abs=1e-4)
    for norm in norms:
        gamma, _, mean, variance = norm.get_weights()
        assert gamma.tolist() == [1] * 4
        assert mean.tolist() == [0] * 4
        assert variance == pytest.approx(np.full(4, 1 - 1e-3))
