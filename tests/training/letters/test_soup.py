"""Keeping some of a former model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.folders import find_folder
from streamsign.recognition.locate import Locator
from streamsign.recognition.model import load_model
from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters import soup
from streamsign.training.letters import task as fit
from streamsign.training.letters.soup import SHARES, keep_some_of
from streamsign.training.letters.task import Letters, Validation, hold_out

RNG = np.random.default_rng(0)


def _crops(side: int) -> list[Crop]:
    """Two letters by two signers, and rooms: noise."""
    return [
        Crop(RNG.integers(0, 256, (side, side)).astype(np.uint8), shape, signer, "drawn", hand=hand)
        for shape, hand in (("C", (1.0, 0.8)), ("L", (0.7, 1.0)), (HAND_FREE, None))
        for signer in ("ann", "bob")
        for _ in range(4)
    ]


HEADS = ("labels", "shapes", "joints", "hand")


@pytest.fixture(scope="module")
def task(tensorflow_installed: None) -> Iterator[Letters]:
    """An untrained network with the weights of the shipped celov and small batches."""
    sampler = Sampler(_crops(160), "CL", seed=0)
    held_out = hold_out(sampler.labels, _crops(96))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fit, "BATCH", 4)
        patched.setattr(soup, "_BATCHES", 2)
        yield Letters(sampler, held_out, seed=0, weights=load_model("celov").tflite_path, mine=False)


class Kept(NamedTuple):
    """What keeping some of celov did."""

    share: float
    reported: list[tuple[float, Validation]]
    heads_before: list[Any]
    heads_after: list[Any]
    score: float


@pytest.fixture(scope="module")
def kept(task: Letters) -> Kept:
    """Some of celov is kept, once for all tests that look at what became of it."""
    reported: list[tuple[float, Validation]] = []
    before = _heads(task)
    share = keep_some_of(task, load_model("celov").tflite_path, lambda share, seen: reported.append((share, seen)))
    return Kept(share, reported, before, _heads(task), task.judge().score)


def _heads(task: Letters) -> list[Any]:
    return [weights for name in HEADS for weights in task.network.get_layer(name).get_weights()]


def test_the_share_that_validation_likes_best_is_kept(kept: Kept) -> None:
    """Every share is tried, 0 first, and the network ends with the weights of the best one."""
    assert [share for share, _ in kept.reported] == [0.0, *SHARES]
    best = max(seen.score for _, seen in kept.reported)
    assert next(seen.score for share, seen in kept.reported if share == kept.share) == best
    assert kept.score == pytest.approx(best)


def test_the_heads_stay_the_new_ones(kept: Kept) -> None:
    """Only the backbone is mixed: a former model's heads may be of other letters."""
    assert len(kept.heads_before) == len(kept.heads_after) > len(HEADS)
    for before, after in zip(kept.heads_before, kept.heads_after, strict=True):
        assert np.array_equal(before, after)


def test_a_graph_of_another_network_is_refused(task: Letters) -> None:
    """The locator's graph is named, with what to give instead."""
    assert Locator.load().info.name == "hand"
    graph = find_folder("hand") / "model.tflite"
    with pytest.raises(TrainingError, match=r"model\.tflite"):
        keep_some_of(task, graph, lambda share, seen: None)
