"""Going on from a shipped graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, softmax

from streamsign.errors import TrainingError
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.letters.network import backbone_from, build
from streamsign.training.letters.unfold import unfold

PATCHES = np.random.default_rng(0).integers(0, 256, (32, 96, 96, 1)).astype(np.uint8)
INPUT = PATCHES.astype(np.float32) / 127.5 - 1


def last_layer(model: Model) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel (labels, features) and bias (labels,) of the layer that gives the probabilities."""
    interpreter = open_interpreter(model.tflite_path)
    kernel, bias = (
        interpreter.get_tensor(each["index"])
        for shape in ([6, 1280], [6])
        for each in interpreter.get_tensor_details()
        if list(each["shape"]) == shape and "probabilities" in each["name"]
    )
    return kernel, bias


@pytest.mark.usefixtures("tensorflow_installed")
def test_an_unfolded_network_computes_what_the_graph_does() -> None:
    """With the graph's last layer on top the probabilities are the graph's; so they are with the batch's statistics."""
    model = load_model("celov")
    backbone = backbone_from(None, 96)
    unfold(backbone, model.tflite_path, INPUT)
    classifier = Classifier(model)
    expected = np.stack([classifier.read(patch[..., 0]) for patch in PATCHES])
    kernel, bias = last_layer(model)
    for training in (False, True):
        features = np.asarray(backbone(INPUT, training=training)).mean(axis=(1, 2))
        assert softmax(features @ kernel.T + bias, axis=1) == pytest.approx(expected, abs=2e-3)


@pytest.mark.usefixtures("tensorflow_installed")
def test_a_network_gone_on_from_says_what_the_graph_does() -> None:
    """Heads are taken over with the backbone: letters and the hand are read as the graph reads them."""
    model = load_model("celov")
    network = build(len(model.info.labels), 8, model.tflite_path, INPUT)
    logits, _, _, hand = (np.asarray(output) for output in network(INPUT, training=False))
    classifier = Classifier(model)
    for patch, letters, where in zip(PATCHES, logits, hand, strict=True):
        assert softmax(letters) == pytest.approx(classifier.read(patch[..., 0]), abs=1e-4)
        reported = classifier.hand()
        assert reported is not None
        assert (expit(where[0]), *where[1:]) == pytest.approx(tuple(reported), abs=1e-3)


@pytest.mark.usefixtures("tensorflow_installed")
def test_for_other_letters_the_hand_alone_is_taken_over() -> None:
    """A head of another size gets random weights; the head of the hand's box is copied."""
    model = load_model("celov")
    network = build(len(model.info.labels) + 1, 8, model.tflite_path, INPUT)
    classifier = Classifier(model)
    classifier.read(PATCHES[0, ..., 0])
    reported = classifier.hand()
    assert reported is not None
    assert expit(float(network(INPUT, training=False)[3][0, 0])) == pytest.approx(reported.presence, abs=1e-3)


@pytest.mark.usefixtures("tensorflow_installed")
def test_other_graphs_are_refused(tmp_path: Path) -> None:
    """The locator's graph, an int8 graph and a damaged file are named, with the file to give instead."""
    damaged = tmp_path / "model.tflite"
    damaged.write_bytes(b"no graph")
    small = load_model("celov")
    graphs = [damaged, *(small.folder / f"model.{name}.tflite" for name in small.info.variants if name == "int8")]
    for graph in graphs:
        with pytest.raises(TrainingError, match=r"model\.tflite"):
            unfold(backbone_from(None, 96), graph, INPUT)


@pytest.mark.usefixtures("tensorflow_installed")
def test_a_graph_needs_pictures_to_go_on_with() -> None:
    """Without pictures there are no statistics to begin with."""
    with pytest.raises(TrainingError, match="pictures"):
        build(6, 8, load_model("celov").tflite_path)
