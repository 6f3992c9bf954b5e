"""Which pictures count as hard."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.training.data.mining import CONFUSED_WEIGHT, HARD_WEIGHT, margins, sample_weights

SHAPES = ["", "C", "L", "O"]


@pytest.mark.parametrize(
    ("probabilities", "weight"),
    [
        ([0.0, 0.95, 0.03, 0.02], 1.0),
        ([0.0, 0.5, 0.4, 0.1], HARD_WEIGHT),
        ([0.0, 0.4, 0.1, 0.5], HARD_WEIGHT * CONFUSED_WEIGHT),
        ([0.0, 0.01, 0.0, 0.99], 1.0),
    ],
)
def test_narrow_margins_weigh_more_but_denied_labels_do_not(probabilities: list[float], weight: float) -> None:
    """A clear C is ordinary, one near L is hard, one near O harder, and one read as a sure O may be labeled wrong."""
    assert sample_weights(np.array([probabilities]), np.array([1], np.int32), SHAPES) == pytest.approx([weight])


def test_margin_is_against_the_best_rival() -> None:
    """Margin and rival of two pictures."""
    margin, rival = margins(np.array([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]]), np.array([1, 1], np.int32))
    assert margin == pytest.approx([0.5, -0.3])
    assert rival.tolist() == [2, 0]
