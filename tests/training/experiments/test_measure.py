"""training/experiments/measure.py: the figures of a run, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import open_interpreter
from streamsign.training.experiments.data import Example
from streamsign.training.experiments.measure import cross_entropy, peak_memory_mb, read_figures, scaled, tensors_kb


def shown(label: int, group: str) -> Example:
    """A picture that only counts."""
    return Example(np.zeros((96, 96, 1), np.uint8), label, group, holds_hand=True, cut_out=False)


def test_means_over_signers_and_counts_the_pictures_of_letters() -> None:
    """Three of S01's four and none of S02's one make 37.5 %; a *none* read as a letter counts apart."""
    examples = [shown(0, "S01")] * 4 + [shown(1, "S02"), shown(5, "other"), shown(5, "other")]
    read = [0, 0, 0, 5, 0, 5, 2]
    logits = 20.0 * np.eye(6)[read]
    figures = read_figures(logits, examples)
    assert figures["by_signer"] == [0.75, 0]
    assert figures["accuracy"] == 0.375
    assert figures["false_letters"] == 0.5
    assert figures["loss"] == pytest.approx(2 / 5 * 20, rel=1e-6)
    assert figures["weighted_f1"] == pytest.approx(4 / 5 * (2 * 3 / (4 + 4)))
    low, high = figures["accuracy_ci95"]
    assert (low, high) == (0, 0.75)


def test_cross_entropy_is_the_definition() -> None:
    """−log softmax of the true label, also for logits that would overflow."""
    logits = np.array([[1.0, 2.0, 3.0], [1e4, 0.0, 0.0]])
    expected = [-np.log(np.exp(1) / np.exp([1, 2, 3]).sum()), 1e4]
    assert cross_entropy(logits, np.array([0, 1])) == pytest.approx(expected)


def test_levels_are_scaled_as_the_service_does() -> None:
    """0 and 255 become −1 and 1, as in model.json of the shipped models."""
    info = load_model("celov").info.input
    levels = np.array([0, 128, 255], np.uint8)
    assert scaled(levels) == pytest.approx(levels * info.scale + info.offset, abs=1e-6)


def test_activations_of_the_shipped_graph() -> None:
    """MobileNetV2 0.35 holds most where 48 channels of 48×48 are strided to 24×24 (Sandler et al. 2018, table 2)."""
    interpreter = open_interpreter(load_model("celov").tflite_path)
    assert tensors_kb(interpreter) == pytest.approx((48 * 48 * 48 + 24 * 24 * 48) * 4 / 1000)


def test_memory_is_that_of_a_python_with_numpy() -> None:
    """The unit is right on this system: tens of MB to a few GB."""
    assert 20 < peak_memory_mb() < 20_000
