"""training/reader/network.py: which networks a reader may be, and what they start from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.networks import LetterNetwork
from streamsign.training.reader.efficientnet import LITE0, build_lite
from streamsign.training.reader.network import reader_network
from tests.training.reader.test_efficientnet import arrays_of

PATCHES = np.zeros((1, 96, 96, 1), np.float32)


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory, tensorflow_installed: None) -> Path:
    """Random Lite0 weights whose outputs differ: A, B, and so on, OTHER, no hand."""
    made = arrays_of(build_lite(LITE0, 96))
    made["fc_w"] = np.repeat(np.arange(26, dtype=np.float32)[:, None], 1280, axis=1)
    made["fc_b"] = np.arange(26, dtype=np.float32)
    file = tmp_path_factory.mktemp("arrays") / "w.npz"
    np.savez(file, **made)  # type: ignore[arg-type]  # numpy's stub takes the names for its flags
    return file


def test_outputs_are_taken_over_by_name(arrays: Path) -> None:
    """No hand is the last output of the given weights, A the first, OTHER the one before the last."""
    made = reader_network(LetterNetwork.LITE0, ["", "A", "OTHER", "2"], arrays, PATCHES, 0)
    bias = made.get_layer("shapes").get_weights()[1]
    assert bias.tolist() == [25, 0, 24, 0]


def test_frozen_stages_keep_their_weights(arrays: Path) -> None:
    """The stem and the first stage are frozen, later convolutions learn, and no normalization does."""
    made = reader_network(LetterNetwork.LITE0, ["", "A"], arrays, PATCHES, 2)
    learns = [layer.trainable for layer in made.layers if "conv2d" in layer.name]
    assert learns[:3] == [False, False, False]
    assert all(learns[3:])
    assert not any(layer.trainable for layer in made.layers if "normalization" in layer.name)


def test_stages_beyond_the_last_are_rejected(arrays: Path) -> None:
    """The error says how many stages there are."""
    with pytest.raises(TrainingError, match="has 9 stages"):
        reader_network(LetterNetwork.LITE0, ["", "A"], arrays, PATCHES, 9)


def test_stages_of_mobilenet_cannot_be_frozen(tensorflow_installed: None) -> None:
    """The error says to leave the option out."""
    with pytest.raises(TrainingError, match="--frozen"):
        reader_network(LetterNetwork.MOBILENET_1, ["", "A"], None, PATCHES, 1)


def test_a_file_that_is_no_archive_is_rejected(tmp_path: Path, tensorflow_installed: None) -> None:
    """Damaged weights are named, and so is a graph given to EfficientNet-Lite."""
    for name, reported in (("w.npz", "cannot be read"), ("w.tflite", "cannot be trained further")):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(TrainingError, match=reported):
            reader_network(LetterNetwork.LITE0, ["", "A"], tmp_path / name, PATCHES, 0)
