"""training/experiments/trainer.py: what a step sees. The training itself runs in tests/cli/test_experiments.py."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from streamsign.training.experiments.data import Example
from streamsign.training.experiments.trainer import Batches, rate_at
from tests.training.pictures import draw


def example(letter: str, label: int, *, channels: int = 1, cut_out: bool = False) -> Example:
    """A printed letter as a loose crop, every plane alike."""
    pixels = np.repeat(draw(letter, label)[..., None], channels, axis=-1)
    return Example(pixels, label, "S01", holds_hand=letter != "", cut_out=cut_out)


def test_a_batch_depends_on_seed_and_number_alone() -> None:
    """Another object with the same seed makes the same batch; another number makes another one."""
    examples = [example("C", 0), example("E", 1), example("", 5)]
    patches, labels = Batches(examples, 3).batch(7, 16)
    again, labels_again = Batches(examples, 3).batch(7, 16)
    assert patches.shape == (16, 96, 96, 1)
    assert patches.dtype == np.float32
    assert -1 <= patches.min() < patches.max() <= 1
    assert (patches == again).all()
    assert (labels == labels_again).all()
    assert (patches != Batches(examples, 3).batch(8, 16)[0]).any()


def test_labels_have_equal_shares_however_many_pictures_each_has() -> None:
    """Nine pictures of one letter do not outweigh one of another."""
    labels = Batches([example("C", 0)] * 9 + [example("E", 1)], 0).batch(0, 400)[1]
    assert labels.mean() == pytest.approx(0.5, abs=0.08)


def test_pictures_come_as_often_as_they_weigh() -> None:
    """Within their label; the label's own share stays."""
    examples = [example("C", 0), example("C", 0)]
    examples[1].pixels[:] = 255  # after augmentation still the brighter one
    batches = Batches(examples, 0)
    batches.weigh(np.array([1.0, 2.0]))
    bright = [float(patch.mean()) > 0.5 for patch in batches.batch(0, 300)[0]]
    assert Counter(bright)[True] / 300 == pytest.approx(2 / 3, abs=0.09)


def test_colors_move_together() -> None:
    """Equal planes stay equal through every augmentation, background swap included."""
    examples = [example("C", 0, channels=3, cut_out=True), example("", 5, channels=3)]
    patches, _ = Batches(examples, 1).batch(0, 40)
    assert (patches[..., 0] == patches[..., 1]).all()
    assert (patches[..., 0] == patches[..., 2]).all()


def test_the_rate_rises_then_falls_to_zero() -> None:
    """Warm-up over a tenth of the steps, highest right after it, nothing at the end; one step works too."""
    rates = [rate_at(step, 100, 1e-3) for step in range(100)]
    assert int(np.argmax(rates)) in (8, 9)
    assert max(rates) == pytest.approx(1e-3, rel=0.03)
    assert rates[0] < 2e-4
    assert rates[-1] < 1e-6
    assert rate_at(0, 1, 1e-3) == pytest.approx(1e-3)
