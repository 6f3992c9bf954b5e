"""training/letters/network.py: the classifier's network and its starting weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.backend import load_keras
from streamsign.training.letters.network import backbone_from, build, servable

pytestmark = [
    pytest.mark.usefixtures("tensorflow_installed"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # of Keras, which saves weights
]

GRAY = np.random.default_rng(0).uniform(-1, 1, (2, 96, 96, 1)).astype(np.float32)


def test_weights_for_colors_read_gray_alike(tmp_path: Path) -> None:
    """A backbone saved for three channels computes for gray what it computes for three equal ones."""
    colored = load_keras().applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False, weights=None)
    path = tmp_path / "colors.weights.h5"
    colored.save_weights(path)
    expected = np.asarray(colored(np.repeat(GRAY, 3, axis=3), training=False))
    assert np.asarray(backbone_from(path, 96)(GRAY, training=False)) == pytest.approx(expected, abs=1e-4)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """A missing file, and weights of a wider network, are errors that say what to give."""
    with pytest.raises(TrainingError, match="does not exist"):
        backbone_from(tmp_path / "gone.weights.h5", 96)
    path = tmp_path / "wide.weights.h5"
    load_keras().applications.MobileNetV2((96, 96, 1), alpha=0.5, include_top=False, weights=None).save_weights(path)
    with pytest.raises(TrainingError, match=r"gives no weights for MobileNetV2 0\.35"):
        backbone_from(path, 96)


def test_the_temperature_divides_the_logits_of_the_shipped_network() -> None:
    """The shipped outputs are the hand with the probability of its presence, and the softmax of the divided logits."""
    network = build(3, 4, None)
    logits, shapes, joints, hand = (np.asarray(output) for output in network(GRAY[:1], training=False))
    assert [output.shape[1] for output in (logits, shapes, joints, hand)] == [3, 4, 63, 5]
    where, probabilities = (np.asarray(output) for output in servable(network, 2.0)(GRAY[:1], training=False))
    shares = np.exp(logits / 2)
    assert probabilities == pytest.approx(shares / shares.sum(), abs=1e-5)
    assert where[:, 0] == pytest.approx(1 / (1 + np.exp(-hand[:, 0])), abs=1e-5)
    assert where[:, 1:] == pytest.approx(hand[:, 1:], abs=1e-5)
