"""Combining detections."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.fusion import mean_box, mean_detection, odds, probability
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Detection

BOX = Box(0, 0, 10, 20)


@given(st.floats(1e-6, 1 - 1e-6))
def test_odds_and_probability_are_inverse(share: float) -> None:
    """A probability comes back from its odds."""
    assert probability(odds(share)) == pytest.approx(share)


def test_certain_scores_do_not_outvote() -> None:
    """A score of 1 counts as log odds of 7, so that a low score still pulls the mean down."""
    assert mean_detection([Detection(BOX, 1.0), Detection(BOX, 0.002)]).score < 0.75
    assert mean_detection([Detection(BOX, 0.9), Detection(BOX, 0.1)]).score == pytest.approx(0.5)


def test_the_mean_box_has_the_mean_center_and_geometric_sides() -> None:
    """Sides of 10 and 40 average to 20."""
    assert mean_box([Box(0, 0, 10, 10), Box(-10, -10, 30, 30)]) == pytest.approx((-2.5, -2.5, 17.5, 17.5))
