"""Hard samples: pictures near the border between two letters are drawn more often (Shrivastava et al. 2016, OHEM).

The network scores every training picture, framed as in serving, twice in a run. A picture with a small margin is drawn
more often. A picture whose label has almost no probability is not, because the label may be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MINED_AT = (0.4, 0.7)
"""Shares of a run after which pictures are scored. Earlier scores are not reliable; later ones have little effect."""

MAX_MARGIN = 0.6
"""Margin (probability of the true shape less that of its best rival) under which a picture counts as hard."""

MIN_MARGIN = -0.9
"""Margin under which the label itself is doubted: such a picture keeps its ordinary weight."""

HARD_WEIGHT = 2.0
"""Factor on the draws of a hard picture, and a further factor if people confuse its two shapes."""

CONFUSED = ("CO", "ES", "KV", "MN", "MS", "MT", "NS", "NT", "ST", "AS", "AT", "EO", "UR", "UV", "GH", "DX")
CONFUSED_WEIGHT = 1.5


def margins(
    probabilities: NDArray[np.floating], truth: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The margin of each picture's true shape over the most probable other shape, and that shape.

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
    hard = (margin < MAX_MARGIN) & (margin > MIN_MARGIN)
    pairs = {frozenset(pair) for pair in CONFUSED}
    confused = np.array(
        [frozenset((shapes[own], shapes[other])) in pairs for own, other in zip(truth, rival, strict=True)], np.bool_
    )
    return np.where(hard, HARD_WEIGHT * np.where(confused, CONFUSED_WEIGHT, 1.0), 1.0)
