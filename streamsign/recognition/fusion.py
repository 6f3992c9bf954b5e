"""Combines independent detections of one hand: mean log odds and mean box."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Detection

_MIN_PROBABILITY = 1e-6
"""Probabilities are clipped to this distance from 0 and 1."""

_MAX_LOG_ODDS = 7.0
"""Limit on one detection's log odds, so that one overconfident score does not outvote the others."""

_MIN_SIDE_PX = 1e-3


def odds(probability: float) -> float:
    """Odds of a probability."""
    clipped = min(max(probability, _MIN_PROBABILITY), 1 - _MIN_PROBABILITY)
    return clipped / (1 - clipped)


def probability(odds_for: float) -> float:
    """Probability of odds."""
    return odds_for / (1 + odds_for)


def mean_detection(detections: Sequence[Detection]) -> Detection:
    """The mean box with the score of the mean log odds."""
    log_odds = (min(_MAX_LOG_ODDS, max(-_MAX_LOG_ODDS, math.log(odds(each.score)))) for each in detections)
    return Detection(
        mean_box([each.box for each in detections]), probability(math.exp(sum(log_odds) / len(detections)))
    )


def mean_box(boxes: Sequence[Box]) -> Box:
    """The box with the mean center and the geometric mean of the sides."""
    edges = np.array(boxes)
    center = (edges[:, :2] + edges[:, 2:]).mean(axis=0) / 2
    half = np.exp(np.log(np.maximum(edges[:, 2:] - edges[:, :2], _MIN_SIDE_PX)).mean(axis=0)) / 2
    return Box(*(center - half).tolist(), *(center + half).tolist())
