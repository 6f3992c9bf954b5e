"""training/experiments/networks.py: the networks that are compared, made by the real TensorFlow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.experiments.configuration import Configuration, Network, Start
from streamsign.training.experiments.networks import build, to_tflite, weights_file

RANDOM = Configuration(steps=1, start=Start.RANDOM)


def test_first_weights_are_looked_for_by_network_and_channels(tmp_path: Path) -> None:
    """Random weights need no file; the error for a missing file states how to make it."""
    assert weights_file(tmp_path, RANDOM) is None
    with pytest.raises(TrainingError, match=r"mobilenet_v2_0\.35_gray.*\n.*summed over the colors"):
        weights_file(tmp_path, Configuration(steps=1))
    rgb = tmp_path / "weights" / "mobilenet_v2_0.35_rgb_no_top.weights.h5"
    rgb.parent.mkdir()
    rgb.touch()
    assert weights_file(tmp_path, Configuration(steps=1, channels=3)) == rgb


@pytest.mark.parametrize("network", [Network.LOGISTIC, Network.MLP, Network.CONVOLUTIONS])
def test_small_networks_read_patches_as_exported_too(
    network: Network, tmp_path: Path, tensorflow_installed: None
) -> None:
    """(batch, 96, 96, 1) in, a logit a label out; the exported graph gives the softmax of the same for one patch."""
    made = build(replace(RANDOM, network=network), 6, None)
    patch = np.random.default_rng(0).uniform(-1, 1, (1, 96, 96, 1)).astype(np.float32)
    logits = made(patch, training=False).numpy()
    assert logits.shape == (1, 6)
    graph = tmp_path / "graph.tflite"
    graph.write_bytes(to_tflite(made))
    interpreter = open_interpreter(graph)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], patch)
    interpreter.invoke()
    read = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    expected = np.exp(logits - logits.max())
    assert read == pytest.approx(expected / expected.sum(), abs=1e-5)


def test_a_frozen_backbone_leaves_the_head_to_train(tensorflow_installed: None) -> None:
    """Two dense layers with their biases are all that learns, and the backbone's statistics stay too."""
    made = build(replace(RANDOM, network=Network.MOBILENET_V1, width=0.25, frozen=True), 6, None)
    assert [tuple(variable.shape) for variable in made.trainable_variables] == [(256, 16), (16,), (16, 6), (6,)]
    statistics = [variable for variable in made.variables if "moving" in variable.path]
    before = [variable.numpy() for variable in statistics]
    made(np.ones((2, 96, 96, 1), np.float32), training=True)
    assert len(statistics) > 50
    assert all(np.array_equal(old, variable.numpy()) for old, variable in zip(before, statistics, strict=True))


def test_weights_of_another_network_are_refused(tmp_path: Path, tensorflow_installed: None) -> None:
    """What is not a weights file is rejected, and the error names the network it should be of."""
    wrong = tmp_path / "wrong.weights.h5"
    wrong.write_bytes(b"no weights")
    with pytest.raises(TrainingError, match=r"does not fit MobileNetV1 0\.25 with 1 channels"):
        build(replace(RANDOM, network=Network.MOBILENET_V1, width=0.25), 6, wrong)
