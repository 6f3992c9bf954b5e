"""Hard samples: pictures near the border between two letters are drawn more often (Shrivastava et al. 2016, OHEM).

The network scores every training picture as serving would frame it, twice in a run. A picture whose margin is small
comes more often; one whose label the network denies outright does not, for it may simply be labelled wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MINED_AT = (0.4, 0.7)
"""Shares of a run after which pictures are scored: early enough to matter, late enough to be worth believing."""

NARROW = 0.6
"""Margin (probability of the true shape less that of its best rival) under which a picture counts as hard."""

DENIED = -0.9
"""Margin under which the label itself is doubted: such a picture keeps its ordinary weight."""

HARD_WEIGHT = 2.0
"""A hard picture is drawn so many times as often; one between two shapes people confuse as often again by half."""

CONFUSED = ("CO", "ES", "KV", "MN", "MS", "MT", "NS", "NT", "ST", "AS", "AT", "EO", "UR", "UV", "GH", "DX")
CONFUSED_WEIGHT = 1.5


def margins(
    probabilities: NDArray[np.floating], truth: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """How clearly each picture's true shape leads, and its best rival.

    Args:
        probabilities: (pictures, shapes).
        truth: (pictures,) index of the true shape.

    Returns:
        Margins in −1…1 and the rivals' indices, (pictures,) each.
    """
    every = np.arange(len(truth))
    rivals = np.array(probabilities, np.float64)
    own = rivals[every, truth].copy()
    rivals[every, truth] = -1
    best = rivals.argmax(axis=1)
    return own - rivals[every, best], best


def sample_weights(
    probabilities: NDArray[np.floating], truth: NDArray[np.int32], shapes: Sequence[str]
) -> NDArray[np.float64]:
    """Weights for :meth:`streamsign.training.data.sampling.Sampler.weigh`.

    Args:
        probabilities: (pictures, shapes).
        truth: (pictures,) index of the true shape.
        shapes: names of the columns.
    """
    margin, rival = margins(probabilities, truth)
    hard = (margin < NARROW) & (margin > DENIED)
    pairs = {frozenset(pair) for pair in CONFUSED}
    confused = np.array(
        [frozenset((shapes[own], shapes[other])) in pairs for own, other in zip(truth, rival, strict=True)], np.bool_
    )
    return np.where(hard, HARD_WEIGHT * np.where(confused, CONFUSED_WEIGHT, 1.0), 1.0)
