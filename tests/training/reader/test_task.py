"""training/reader/task.py: what a step sees, and labels out of shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from streamsign.errors import TrainingError
from streamsign.recognition.pooling import merging
from streamsign.training import loop
from streamsign.training.data.crops import Crop
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters.soup import SHARES
from streamsign.training.letters.task import BATCH, Validation, hold_out
from streamsign.training.networks import LetterNetwork
from streamsign.training.reader.efficientnet import LITE0, build_lite
from streamsign.training.reader.task import ReaderTask, merged
from tests.training.reader.test_efficientnet import arrays_of

PIXELS = np.random.default_rng(1).integers(0, 256, (160, 160)).astype(np.uint8)
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def reader() -> ReaderTask:
    """MobileNetV2 0.35 at 64 pixels with random weights, over C, L, OTHER and no hand."""
    pytest.importorskip("tensorflow")
    crops = [
        Crop(RNG.integers(0, 256, (107, 107)).astype(np.uint8), shape, "ann", "web", hand=(1.0, 1.0))
        for shape in ("C", "L", "OTHER", "")
        for _ in range(4)
    ]
    held = [Crop(RNG.integers(0, 256, (64, 64)).astype(np.uint8), shape, "bob", "web") for shape in ("C", "L", "")]
    sampler = Sampler(crops, "CL", 3, least_others=0.1, surroundings=1.0, wide=0.0)
    return ReaderTask(
        sampler, hold_out(sampler.labels, held), network=LetterNetwork.MOBILENET_035, seed=1, weights=None, frozen=0
    )


def test_other_shapes_count_for_none() -> None:
    """OTHER and no hand are summed, and a model of fewer letters sums the letters it lacks as well."""
    shapes = ["", "C", "L", "OTHER"]
    logits = np.array([[1.0, 2.0, 0.5, -1.0]], np.float32)
    given = softmax(logits, axis=1)[0]
    assert np.exp(merged(logits, shapes, ["C", "L", "none"]))[0] == pytest.approx(
        [given[1], given[2], given[0] + given[3]]
    )
    assert np.exp(merged(logits, shapes, ["L", "none"]))[0] == pytest.approx([given[2], 1 - given[2]])
    assert merging(shapes, ["L", "none"], "none").tolist() == [[0, 1], [0, 1], [1, 0], [0, 1]]


def test_batches_are_mixed_and_repeatable(reader: ReaderTask) -> None:
    """Targets sum to 1 and hold two shapes at most above the smoothing; the same number gives the same batch."""
    first, again, other = reader.batch(5), reader.batch(5), reader.batch(6)
    assert first.patches.shape == (BATCH, 64, 64, 1)
    assert np.abs(first.patches).max() <= 1
    assert first.targets.sum(axis=1) == pytest.approx(np.ones(BATCH), abs=1e-5)
    assert ((first.targets > 0.0126).sum(axis=1) <= 2).all()
    assert np.array_equal(first.patches, again.patches)
    assert not np.array_equal(first.patches, other.patches)


def test_it_trains(reader: ReaderTask, uncompiled: None) -> None:
    """Every step has a finite loss, and the result is judged on the held-out pictures."""
    seen: list[loop.Progress] = []
    judged = loop.train(reader, loop.TrainingPlan(seed=1, steps=2), seen.append)
    assert judged.logits.shape == (3, 3)
    assert [state.step for state in seen] == [1, 2, 2]
    assert all(np.isfinite(state.loss) for state in seen)


def test_a_share_of_the_start_is_kept_where_validation_likes_it(tmp_path: Path) -> None:
    """Six shares are judged, the best one's weights stay, and a reader with its own statistics is rejected."""
    pytest.importorskip("tensorflow")
    crops = [Crop(PIXELS, shape, "ann", "web", hand=(1.0, 1.0)) for shape in ("C", "")]
    sampler = Sampler(crops, "C", 3, wide=0.0)
    held = hold_out(sampler.labels, [Crop(PIXELS[:96, :96], shape, "bob", "web") for shape in ("C", "")])
    np.savez(tmp_path / "w.npz", **arrays_of(build_lite(LITE0, 96)))  # type: ignore[arg-type]  # as elsewhere
    options: Any = {"network": LetterNetwork.LITE0, "seed": 1, "weights": tmp_path / "w.npz"}
    task = ReaderTask(sampler, held, frozen=3, **options)
    task.judge = lambda: judged.pop(0)  # type: ignore[method-assign]
    scores = [0.5, 0.4, 0.7, 0.6, 0.3, 0.2]
    judged = [Validation(np.zeros((2, 2), np.float32), score, 0.0, np.zeros(0, np.float32)) for score in scores]
    reported: list[float] = []
    assert task.keep_some_of(tmp_path / "w.npz", lambda share, seen: reported.append(share)) == SHARES[1]
    assert reported == [0.0, *SHARES]
    with pytest.raises(TrainingError, match="--frozen"):
        ReaderTask(sampler, held, frozen=0, **options).keep_some_of(tmp_path / "w.npz", lambda share, seen: None)
