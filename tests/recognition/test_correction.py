"""recognition/correction.py: a head that changes near the examples alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.recognition.correction import NEW_PRIOR, Correction, kernel, prior_logits
from streamsign.recognition.exposed_graph import LinearHead

HEAD = LinearHead(
    np.array([[1, 0], [0, 1], [0, 0]], np.float32),
    np.zeros(3, np.float32),
    np.array([[1, 0], [0, 1], [0, 1]], np.float32),
)
EXAMPLE = np.array([[2, 0]], np.float16)


def test_the_kernel_is_one_at_its_example_and_fades() -> None:
    """Similarity is 1 for equal features and exp(-1) at a squared distance of one width."""
    found = kernel(np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([[0.0, 0.0]]), 4.0)
    assert found[:, 0] == pytest.approx([1, np.exp(-1)])


def test_far_features_are_read_as_by_the_head() -> None:
    """A correction does not change what is far from its examples, and changes what is near."""
    correction = Correction(EXAMPLE, np.array([[-9, 9, 0]], np.float32), 1.0)
    far, near = np.array([[50.0, 50.0]]), np.array([[2.0, 0.0]])
    own = softmax(far @ HEAD.kernel.T, axis=1) @ HEAD.merging
    assert correction.probabilities(far, HEAD) == pytest.approx(own, abs=1e-6)
    assert correction.probabilities(near, HEAD)[0].argmax() == 1


def test_a_new_label_is_improbable_before_its_examples() -> None:
    """Without a correction a new label has its prior, and the others keep their ratios."""
    features = np.array([[1.0, 0.5]])
    logits = prior_logits(features, HEAD, 1)
    read = softmax(logits, axis=1)[0]
    assert read[3] == pytest.approx(NEW_PRIOR / (1 + NEW_PRIOR))
    assert read[0] / read[1] == pytest.approx(np.exp(0.5))
