"""Temperature and thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.training.letters.calibrate import (
    MOST_FALSE,
    UNSEEN,
    confusion_shares,
    fit_presence,
    fit_temperature,
    fit_thresholds,
)


def test_temperature_undoes_a_known_scaling() -> None:
    """For labels drawn from softmax(z) and logits 3 z, the temperature is 3."""
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, (6000, 4))
    labels = np.array([rng.choice(4, p=row) for row in softmax(honest, axis=1)], np.int32)
    reported = (3 * honest).astype(np.float32)
    assert fit_temperature(reported, labels, ["ann"] * len(labels)) == pytest.approx(3, rel=0.1)


def test_temperature_is_that_of_signers_who_are_read_worst() -> None:
    """Of three signers two are read faultlessly and one as the network says, tripled: it is his temperature."""
    rng = np.random.default_rng(3)
    honest = rng.normal(0, 2, (6000, 4))
    hard = np.array([rng.choice(4, p=row) for row in softmax(honest, axis=1)], np.int32)
    reported, read = (3 * honest).astype(np.float32), honest.argmax(axis=1).astype(np.int32)
    signers = [name for name in ("ann", "bob", "cem") for _ in range(6000)]
    found = fit_temperature(np.concatenate([reported] * 3), np.concatenate([read, hard, read]), signers)
    assert found == pytest.approx(3, rel=0.1)


def test_temperature_without_letters_changes_nothing() -> None:
    """Pictures of none alone say nothing about how sure letters should be."""
    assert fit_temperature(np.zeros((2, 3), np.float32), np.array([2, 2], np.int32), ["ann", "bob"]) == 1.0


def test_thresholds_keep_false_letters_rare() -> None:
    """With clear letters and a few confident mistakes on none, at most 3 % of none stays a letter."""
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], 1000).astype(np.int32)
    logits = rng.normal(0, 0.3, (3000, 3)).astype(np.float32)
    logits[np.arange(3000), labels] += 8
    logits[2000:2100, 0] += 9  # a tenth of none looks like the first letter, less surely than the letter itself
    thresholds = fit_thresholds(logits, labels, "CE", 1.0)
    probabilities = softmax(logits, axis=1)
    false = probabilities[2000:, 0] >= thresholds["C"]
    assert false.mean() <= MOST_FALSE
    assert thresholds["E"] == 0.5
    assert (probabilities[:1000, 0] >= thresholds["C"]).mean() > 0.97


def test_confusion_counts_signers_alike_and_leaves_nothing_impossible() -> None:
    """Ann's ten right Cs and Bob's one C read as O give equal shares, except for the smoothing."""
    logits = np.eye(3, dtype=np.float32)[[0] * 10 + [1, 1]]
    rows = confusion_shares(logits, np.array([0] * 11 + [1], np.int32), ["ann"] * 10 + ["bob", "bob"])
    unseen = UNSEEN / 3
    assert rows[0] == pytest.approx(np.array([1 + unseen, 1 + unseen, unseen]) / (2 + UNSEEN), abs=1e-5)
    assert rows[2] == pytest.approx([1 / 3] * 3, abs=1e-5)
    assert min(min(row) for row in rows) > 0


def test_a_hand_is_believed_from_where_few_are_lost() -> None:
    """Of a thousand hands 25 lie below the threshold; it stays in bounds, and is a half where no hand was seen."""
    presence = np.concatenate([np.linspace(0.9, 1, 1001), np.linspace(0, 0.3, 50)]).astype(np.float32)
    there = np.arange(len(presence)) < 1001
    threshold = fit_presence(presence, there)
    assert (presence[there] < threshold).sum() == pytest.approx(25, abs=5)
    assert fit_presence(np.full(10, 0.2, np.float32), np.ones(10, np.bool_)) == 0.5
    assert fit_presence(np.ones(10, np.float32), np.ones(10, np.bool_)) == 0.995
    assert fit_presence(presence, np.zeros(len(presence), np.bool_)) == 0.5
