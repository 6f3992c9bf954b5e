"""Keeping some of a former model."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.locate import Locator
from streamsign.recognition.model import load_model, search_path
from streamsign.training.fit import Letters, Validation, hold_out
from streamsign.training.sampling import HAND_FREE, Crop, Sampler
from streamsign.training.soup import SHARES, keep_some_of

RNG = np.random.default_rng(0)


def _crops(side: int) -> list[Crop]:
    """Two letters by two signers, and rooms: noise."""
    return [
        Crop(RNG.integers(0, 256, (side, side)).astype(np.uint8), shape, signer, "drawn", hand=hand)
        for shape, hand in (("C", (1.0, 0.8)), ("L", (0.7, 1.0)), (HAND_FREE, None))
        for signer in ("ann", "bob")
        for _ in range(4)
    ]


@pytest.fixture(scope="module")
def task(tensorflow_installed: None) -> Letters:
    """A network that was begun from the shipped celov, and not trained."""
    sampler = Sampler(_crops(160), "CL", seed=0)
    held_out = hold_out(sampler, _crops(96))
    return Letters(sampler, held_out, seed=0, weights=load_model("celov").tflite_path, mine=False)


def test_the_share_that_validation_likes_best_is_kept(task: Letters) -> None:
    """Every share is tried, 0 first; the network ends with the weights of the best, as it says again."""
    told: list[tuple[float, Validation]] = []
    kept = keep_some_of(task, load_model("celov").tflite_path, lambda share, seen: told.append((share, seen)))
    assert [share for share, _ in told] == [0.0, *SHARES]
    best = max(seen.score for _, seen in told)
    assert next(seen.score for share, seen in told if share == kept) == best
    assert task.judge().score == pytest.approx(best)


def test_the_heads_stay_the_new_ones(task: Letters) -> None:
    """Only the backbone is mixed: a former model's heads may be of other letters."""
    heads = [task.network.get_layer(name).get_weights() for name in ("labels", "shapes", "joints", "hand")]
    keep_some_of(task, load_model("celov").tflite_path, lambda share, seen: None)
    for name, before in zip(("labels", "shapes", "joints", "hand"), heads, strict=True):
        for one, other in zip(before, task.network.get_layer(name).get_weights(), strict=True):
            assert np.array_equal(one, other)


def test_a_graph_of_another_network_is_refused(task: Letters) -> None:
    """The locator's graph is named, with what to give instead."""
    assert Locator.load().info.name == "hand"
    graph = next(place / "hand" / "model.tflite" for place in search_path() if (place / "hand").is_dir())
    with pytest.raises(TrainingError, match=r"model\.tflite"):
        keep_some_of(task, graph, lambda share, seen: None)
