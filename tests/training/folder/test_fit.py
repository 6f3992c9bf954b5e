"""training/folder/fit.py: the linear head."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.training.folder.fit import fit_head

_CENTERS = np.array([[5.0, 0, 9], [0, 5, 9], [0, 0, 9]])


def test_separate_labels_are_separated() -> None:
    """Features around three centers get their labels, also one with few pictures."""
    rng = np.random.default_rng(2)
    targets = np.array([0] * 40 + [1] * 40 + [2] * 4)
    features = _CENTERS[targets] + rng.normal(scale=0.5, size=(84, 3))
    head = fit_head(features, targets, 3, 0.1)
    assert (head.logits(features).argmax(axis=1) == targets).all()
    assert head.logits(_CENTERS).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_stronger_prior_gives_smaller_weights() -> None:
    """The weights shrink with the strength, and the labels stay equally probable at the center."""
    targets = np.array([0, 1, 2] * 10)
    weak, strong = (fit_head(_CENTERS[targets], targets, 3, strength) for strength in (0.01, 10))
    assert np.abs(strong.kernel).sum() < np.abs(weak.kernel).sum() / 2
    center = strong.logits(_CENTERS.mean(axis=0)[None])[0]
    assert center - center.mean() == pytest.approx(np.zeros(3), abs=0.2)
