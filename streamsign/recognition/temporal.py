"""Time-continuous hidden Markov model over {rest, letters}: from shaky per-frame probabilities to a steady belief.

The hand dwells in a state for a random time and moves on by the generator matrix Q; between two frames ``dt`` apart the
belief moves by ``expm(Q·dt)`` (Norris 1997, "Markov Chains", ch. 2), so 12 fps, 30 fps and dropped frames agree.
A frame's evidence is its calibrated posterior over the training prior, raised to the share of independent evidence it
stands for: neighbouring frames show nearly the same picture, and blurred ones show little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Belief = NDArray[np.float64]
"""Probabilities of rest (index 0) and each letter, shape (1 + letters,), summing to 1."""

_FLOOR = 1e-4
"""Least posterior a frame may give a state: one frame never rules a letter out alone."""

_LONGEST_GAP_S = 2.0
"""A longer silence tells no more than this one: the belief is back at rest's odds anyway."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Transition rates, per second, and how long evidence stays the same.

    Fluent fingerspelling holds a letter 0.2–0.5 s (Quinto-Pozos 2010, "Rates of fingerspelling in American Sign
    Language"); learners hold longer. The rates err on the slow side: they are the belief's inertia.
    """

    rest_to_letter: float = 1.5
    letter_to_rest: float = 1.0
    letter_to_letter: float = 1.5
    correlation_s: float = 0.12


def generator(letters: int, rates: Rates) -> NDArray[np.float64]:
    """Generator matrix Q, shape (1 + letters, 1 + letters), per second; rows sum to 0, state 0 is rest."""
    q = np.zeros((1 + letters, 1 + letters))
    q[0, 1:] = rates.rest_to_letter / letters
    q[1:, 0] = rates.letter_to_rest
    if letters > 1:
        q[1:, 1:] = rates.letter_to_letter / (letters - 1)
    np.fill_diagonal(q, 0.0)
    np.fill_diagonal(q, -q.sum(axis=1))
    return q


class TemporalFilter:
    """Online forward filter. Pure: time comes with each frame.

    Args:
        prior: (1 + letters,) shares of rest and each letter in the classifier's training, all > 0.
        rates: transition rates.
    """

    def __init__(self, prior: Belief, rates: Rates = Rates()) -> None:
        self._log_prior = np.log(prior / prior.sum())
        self._rates = rates
        q = generator(len(prior) - 1, rates)
        self._transition = lru_cache(maxsize=256)(lambda dt: np.asarray(scipy.linalg.expm(q * dt)))
        self._states = len(prior)
        self.reset()

    def reset(self) -> None:
        """Forget everything: the hand rests."""
        self._belief = np.zeros(self._states)
        self._belief[0] = 1.0
        self._last_s: float | None = None

    @property
    def belief(self) -> Belief:
        """The present belief, (1 + letters,)."""
        return self._belief.copy()

    def predict(self, dt: float) -> Belief:
        """Move the belief ``dt`` ≥ 0 seconds on without evidence, and return it."""
        # Whole milliseconds hit the cache whatever the camera's jitter; the belief moves by under 0.5 % in one.
        moved = self._belief @ self._transition(round(min(dt, _LONGEST_GAP_S), 3))
        self._belief = np.clip(moved, 0.0, None) / moved.sum()
        return self.belief

    def update(self, posterior: Belief, weight: float, at_s: float) -> Belief:
        """Take one frame in.

        Args:
            posterior: (1 + letters,) the classifier's probabilities, rest first. NaN and all-zero mean no evidence.
            weight: how much the frame's evidence counts, 0–1.
            at_s: time of the frame, seconds; one before the last frame's counts as the same time.

        Returns:
            The belief after the frame, (1 + letters,), summing to 1.
        """
        dt = 0.0 if self._last_s is None else max(0.0, at_s - self._last_s)
        self._last_s = at_s if self._last_s is None else max(at_s, self._last_s)
        self.predict(dt)
        total = float(posterior.sum())
        if not np.isfinite(total) or total <= 0 or not weight > 0:
            return self.belief
        evidence = np.log(np.maximum(posterior / total, _FLOOR)) - self._log_prior
        share = weight * min(dt / self._rates.correlation_s, 1.0)
        log_belief = np.log(np.maximum(self._belief, 1e-300)) + share * evidence
        belief = np.exp(log_belief - log_belief.max())
        self._belief = belief / belief.sum()
        return self.belief
