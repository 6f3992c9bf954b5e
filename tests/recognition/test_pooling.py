"""recognition/pooling.py: other outputs count for none, and two networks become one."""

import numpy as np
import pytest

from streamsign.recognition.pooling import merge, merging, pooled


def test_outputs_that_are_no_labels_count_for_none() -> None:
    """Their probabilities are added to none, none is multiplied by its factor, and each row sums to 1 again."""
    outputs, labels = ["A", "C", "none", "L"], ["L", "C", "none"]
    read = np.array([[0.3, 0.2, 0.1, 0.4]], np.float32)
    assert merge(read, merging(outputs, labels, "none"))[0] == pytest.approx([0.4, 0.2, 0.4])
    assert merge(read, merging(outputs, labels, "none", 0.5))[0] == pytest.approx([0.5, 0.25, 0.25])


def test_labels_as_outputs_stay_as_they_are() -> None:
    """With the model's own labels and no factor nothing changes."""
    read = np.array([0.2, 0.5, 0.3], np.float32)
    labels = ["C", "L", "none"]
    assert merge(read, merging(labels, labels, "none")) == pytest.approx(read)


def test_two_networks_are_pooled_by_their_weights() -> None:
    """The share decides: 0 is the classifier, 1 the reader, a half the normalized geometric mean."""
    one, other = np.array([0.9, 0.1], np.float32), np.array([0.2, 0.8], np.float32)
    assert pooled(one, other, 0.0) == pytest.approx(one)
    assert pooled(one, other, 1.0) == pytest.approx(other)
    both = np.sqrt(one * other)
    assert pooled(one, other, 0.5) == pytest.approx(both / both.sum())
