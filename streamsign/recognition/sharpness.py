"""Gate: weighs a frame's evidence by its sharpness relative to the signer's recent best, and by the hand's motion."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from streamsign.recognition.stroke import Motion

FINE_PX, COARSE_PX = 0.8, 2.0
"""Standard deviations of the two smoothings that are compared, pixels of a 96×96 patch. Of five measures on the val
signers' bursts with known blur, this pair separates a blur of 6 % of the hand from none best (area under the curve
0.99)."""

# The same smoothing as cv2.GaussianBlur, whose bit-exact arithmetic on bytes takes five to ten times as long.
_FINE, _COARSE = (cv2.getGaussianKernel(round(6 * sigma + 1) | 1, sigma, cv2.CV_32F) for sigma in (FINE_PX, COARSE_PX))

_NOISE = 3.0
"""Mean squared step between pixels, gray levels², that is attributed to noise rather than detail."""

_UNDEREXPOSED, _OVEREXPOSED = np.uint8(8), np.uint8(247)
"""Gray levels beyond which a pixel carries no detail."""

_STEPS = tuple(
    ((slice(dy, None), slice(max(0, dx), None if dx >= 0 else dx)),
     (slice(None, -dy if dy else None), slice(max(0, -dx), -dx if dx > 0 else None)))
    for dx, dy in ((1, 0), (0, 1), (1, 1), (-1, 1))
)  # fmt: skip
"""Pixel and neighbor in four directions: motion blurs along one and leaves the others sharp."""


class Gate(BaseModel):
    """How sharpness, speed and change of shape become a weight.

    Fitted by ``streamsign train --task temporal`` on validation signers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    blurred: float = Field(
        default=0.26, ge=0, description="sharpness over the recent best up to which the weight is least"
    )
    sharp: float = Field(default=0.88, gt=0, description="sharpness over the recent best from which the weight is 1")
    floor: float = Field(
        default=0.08,
        gt=0,
        le=1,
        description="weight of the most blurred frame; above 0, so that the filter still moves on",
    )
    fast: float = Field(default=15.0, gt=0, description="hand sizes a second at which the weight is halved")
    changing: float = Field(
        default=1e3, gt=0, description="rate of change of the shape, per second, at which the weight is halved"
    )
    memory_s: float = Field(default=8.0, gt=0, description="time constant with which the recent best decays")

    @model_validator(mode="after")
    def _in_order(self) -> Gate:
        if self.blurred >= self.sharp:
            raise ValueError("blurred must be below sharp")
        return self


USUAL_GATE = Gate()


def focus_measure(patch: NDArray[np.uint8]) -> float:
    """Least ratio, over four directions, of edge energy after fine and after coarse smoothing.

    After Crété et al. 2007, "The blur effect": smoothing removes much from a sharp picture and little from a blurred
    one. The ratio of mean squared pixel steps at two scales cancels contrast, and most of the picture's content. The
    least direction counts, because motion blurs along one. The result is scaled by the share of pixels that are neither
    under- nor overexposed.

    Args:
        patch: (size, size) uint8.

    Returns:
        ≥ 0, without unit; 0 for a flat patch.
    """
    fine, coarse = (cv2.sepFilter2D(patch, -1, kernel, kernel) for kernel in (_FINE, _COARSE))
    least = math.inf
    for here, there in _STEPS:
        one, other = fine[here], fine[there]
        edges = cv2.norm(one, other, cv2.NORM_L2SQR)
        left = cv2.norm(coarse[here], coarse[there], cv2.NORM_L2SQR)
        least = min(least, edges / (left + _NOISE * one.size))
    # Darker levels wrap around to above the range, so that one comparison checks both limits.
    exposed = np.count_nonzero(patch - _UNDEREXPOSED <= _OVEREXPOSED - _UNDEREXPOSED) / patch.size
    return float(least * exposed)


class MotionBlurGate:
    """Turns focus measures into evidence weights. Pure: the time comes with each measure."""

    def __init__(self, gate: Gate = USUAL_GATE) -> None:
        self._gate = gate
        self._best = 0.0
        self._last_s: float | None = None

    def weigh(self, focus: float, at_s: float, motion: Motion | None = None) -> float:
        """Weight of a frame's evidence.

        Args:
            focus: its focus measure.
            at_s: its time, seconds, never decreasing.
            motion: of the hand; None when unknown.

        Returns:
            In (0, 1]; ``floor`` for a still frame without detail.
        """
        gate = self._gate
        elapsed = 0.0 if self._last_s is None else max(0.0, at_s - self._last_s)
        self._last_s = at_s
        self._best = max(focus, self._best * math.exp(-elapsed / gate.memory_s))
        share = 0.0
        if self._best > 0:
            share = min(1.0, max(0.0, (focus / self._best - gate.blurred) / (gate.sharp - gate.blurred)))
        weight = gate.floor + (1 - gate.floor) * share * share * (3 - 2 * share)
        if motion is None:
            return weight
        weight /= 1 + (motion.speed / gate.fast) ** 2
        if not math.isnan(motion.change):
            weight /= 1 + (motion.change / gate.changing) ** 2
        return weight
