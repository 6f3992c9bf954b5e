"""Time-continuous hidden Markov model over {rest, letters, between}: from noisy frames to a stable posterior.

The hand dwells in a state for a random time and leaves it by the generator matrix Q. Between two frames ``dt`` apart
the posterior moves by ``expm(Q·dt)`` (Norris 1997, "Markov Chains", ch. 2), so that 12 fps, 30 fps and dropped frames
agree.
A frame's likelihood is raised to the share of independent evidence that it carries: neighboring frames show nearly the
same picture, and blurred ones show little. All in log space.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from streamsign.recognition.stroke import Motion

Posterior = NDArray[np.float64]
"""Probabilities of no letter (index 0) and each letter, shape (1 + letters,), summing to 1."""

_LONGEST_GAP_S = 2.0
"""Longest interval that is modeled: after it the posterior has reached the stationary distribution."""

_MIN_PROBABILITY = 1e-300
"""Floor of a probability before its logarithm is taken."""


class Rates(BaseModel):
    """Transition rates, per second, and weights of evidence.

    Fluent fingerspelling holds a letter 0.1–0.3 s (Quinto-Pozos 2010, "Rates of fingerspelling in American Sign
    Language"); learners hold longer. The defaults and those in a model's ``temporal.json`` come from labeled streams
    of validation signers, by ``streamsign train --task temporal``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rest_to_between: float = Field(default=0.34, gt=0)
    between_to_rest: float = Field(default=0.62, gt=0)
    between_to_letter: float = Field(default=4.0, gt=0)
    letter_to_between: float = Field(default=4.0, gt=0)
    letter_to_letter: float = Field(default=0.15, ge=0, description="a change too fast to show between")
    correlation_s: float = Field(
        default=0.06, gt=0, description="time over which frames' evidence is dependent, seconds"
    )
    longest_s: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="longest time for which a frame is evidence, seconds; at least correlation_s. With a twelfth of a "
        "second a frame at 12 a second carries what those of the same time carry at 30",
    )
    floor: float = Field(default=1e-3, gt=0, lt=0.5, description="least probability of a state in one frame")
    between_none: float = Field(default=0.8, gt=0, lt=1, description="probability that between is classified as none")
    moving: float = Field(
        default=3.5, gt=0, description="speed, hand sizes a second, from which motion is evidence for between"
    )
    per_speed: float = Field(default=0.5, ge=0, description="evidence for between, nats per hand size a second")
    most: float = Field(default=2.0, ge=0, description="limit of the evidence from speed, nats")
    changing: float = Field(
        default=2.1, gt=0, description="rate of change of the shape, per second, from which it is evidence for between"
    )
    per_change: float = Field(default=0.0, ge=0, description="evidence for between, nats per factor e of that rate")
    most_change: float = Field(default=1.0, ge=0, description="limit of the evidence from change, nats")
    lag_s: float = Field(default=0.0, ge=0, le=0.5, description="delay of the smoothed posterior, seconds")
    emission: Literal["posterior", "confusion"] = "posterior"

    def observations(self, passed_s: float, each_s: float) -> float:
        """How many independent observations a frame stands for, if there is one every ``each_s`` seconds.

        In proportion to the time since the frame before it, so that the evidence of a second does not depend on the
        frame rate; no more than one, or those of ``longest_s``, because nothing is known of a longer gap.
        """
        return min(passed_s, max(self.longest_s, each_s)) / each_s


class Evidence(NamedTuple):
    """Probabilities of no letter and each letter, (1 + letters,), and the independent observations they stand for."""

    posterior: Posterior
    weight: float


class PosteriorFilter(Protocol):
    """A temporal method: takes in a frame, returns the posterior."""

    def update(self, posterior: Posterior, weight: float, at_s: float, motion: Motion | None = None) -> Posterior:
        """Take in one frame; see :meth:`TemporalFilter.update`."""
        ...


def generator(letters: int, rates: Rates) -> NDArray[np.float64]:
    """Generator matrix Q, shape (2 + letters, 2 + letters), per second; rows sum to 0.

    State 0 is rest, then the letters, the last is between.
    """
    q = np.zeros((2 + letters, 2 + letters))
    q[0, -1] = rates.rest_to_between
    q[-1, 0] = rates.between_to_rest
    q[-1, 1:-1] = rates.between_to_letter / letters
    q[1:-1, -1] = rates.letter_to_between
    if letters > 1:
        q[1:-1, 1:-1] = rates.letter_to_letter / (letters - 1)
    np.fill_diagonal(q, 0.0)
    np.fill_diagonal(q, -q.sum(axis=1))
    return q


class TemporalFilter:
    """Online forward filter with fixed-lag smoothing. Pure: time comes with each frame.

    Args:
        prior: (1 + letters,) shares of none and each letter in the classifier's training, all > 0.
        rates: transition rates and weights of evidence.
        confusion: (1 + letters, 1 + letters) P(read | shown), none first; needed by the emission ``confusion``.

    Raises:
        ValueError: the emission ``confusion`` without a matrix.
    """

    def __init__(self, prior: Posterior, rates: Rates = Rates(), confusion: NDArray[np.float64] | None = None) -> None:
        letters = len(prior) - 1
        self._rates = rates
        self._transition = _transitions(letters, rates)
        # Sums are taken as products with ones, which take NumPy a third of the time.
        self._ones = np.ones(2 + letters)
        # Between is classified as none, or as any letter with equal probability.
        between = np.full(1 + letters, (1 - rates.between_none) / letters)
        between[0] = rates.between_none
        self._over_prior = np.vstack([np.eye(1 + letters), between]) * (prior.sum() / prior)
        self._log_emission: NDArray[np.float64] | None = None
        if rates.emission == "confusion":
            if confusion is None:
                raise ValueError("the emission 'confusion' needs a confusion matrix")
            self._log_emission = np.log(np.maximum(np.vstack([confusion, between]), rates.floor))
        self.reset()

    def reset(self) -> None:
        """Forget everything: the hand rests."""
        self._state = np.zeros(len(self._ones))
        self._state[0] = 1.0
        self._independent: tuple[Posterior, Posterior] | None = None
        self._last_s: float | None = None
        self._recent: deque[tuple[float, Posterior, int, Posterior]] = deque()

    @property
    def posterior(self) -> Posterior:
        """The present posterior, (1 + letters,). Rest and between are both no letter."""
        return _folded(self._state)

    def predict(self, dt: float) -> Posterior:
        """Move the posterior on by ``dt`` ≥ 0 seconds without evidence, and return it."""
        moved = self._state.dot(self._transition(_milliseconds(dt)))
        self._state = moved / moved.dot(self._ones)
        return self.posterior

    def update(
        self,
        posterior: Posterior,
        weight: float,
        at_s: float,
        motion: Motion | None = None,
        independent: Evidence | None = None,
    ) -> Posterior:
        """Take one frame in.

        Args:
            posterior: (1 + letters,) the classifier's probabilities, none first. NaN and all-zero mean no evidence.
            weight: how much the frame's evidence counts, 0–1.
            at_s: time of the frame, seconds; one before the last frame's counts as the same time.
            motion: of the hand; None if it is unknown.
            independent: further evidence of this frame. Its weight counts in full, whatever the interval. Its
                probabilities must not change after the call.

        Returns:
            The posterior, (1 + letters,), summing to 1: of the frame, or of ``lag_s`` before it.
        """
        dt = 0.0 if self._last_s is None else max(0.0, at_s - self._last_s)
        self._last_s = at_s if self._last_s is None else max(at_s, self._last_s)
        ms = _milliseconds(dt)
        evidence = self._evidence(posterior, weight, motion, self._rates.observations(dt, self._rates.correlation_s))
        if independent is not None:
            evidence += independent.weight * self._independent_log_likelihood(independent.posterior)
        # The greatest factor is 1 and no probability is 0, so that the sum is not 0 either.
        state = np.exp(evidence - evidence[evidence.argmax()])
        state *= np.maximum(self._state.dot(self._transition(ms)), _MIN_PROBABILITY)
        state /= state.dot(self._ones)
        self._state = state
        return _folded(state) if self._rates.lag_s == 0 else self._smoothed(ms, evidence)

    def _evidence(self, posterior: Posterior, weight: float, motion: Motion | None, share: float) -> Posterior:
        """Log-likelihood of each state up to a constant, (2 + letters,), times the share that is independent."""
        rates = self._rates
        evidence = weight * share * self._log_likelihood(posterior) if weight > 0 else np.zeros(len(self._state))
        if motion is not None:
            evidence[-1] += share * _limited(rates.per_speed * (motion.speed - rates.moving), rates.most)
            if rates.per_change > 0 and not math.isnan(motion.change):
                excess = math.log(motion.change / rates.changing)
                evidence[-1] += share * _limited(rates.per_change * excess, rates.most_change)
        return evidence

    def _log_likelihood(self, posterior: Posterior) -> Posterior:
        """Log-likelihood of each state by one observation, (2 + letters,); zeros without evidence."""
        total = float(posterior.dot(self._ones[:-1]))
        if not 0 < total < math.inf:
            return np.zeros(len(self._state))
        read = np.maximum(posterior / total, self._rates.floor)
        if self._log_emission is None:
            return np.asarray(np.log(self._over_prior.dot(read)), np.float64)
        return np.asarray(self._log_emission.dot(read), np.float64)

    def _independent_log_likelihood(self, posterior: Posterior) -> Posterior:
        """The same, computed once for a reading that stands for several frames."""
        if self._independent is None or self._independent[0] is not posterior:
            self._independent = posterior, self._log_likelihood(posterior)
        return self._independent[1]

    def _smoothed(self, ms: int, evidence: Posterior) -> Posterior:
        """Posterior at ``lag_s`` ago, given all evidence up to now (fixed-lag smoothing, Särkkä 2013, ch. 8)."""
        now = 0.0 if self._last_s is None else self._last_s
        self._recent.append((now, self._state, ms, evidence))
        # Keep from the latest one that is old enough.
        while len(self._recent) > 1 and now - self._recent[1][0] >= self._rates.lag_s - 1e-9:
            self._recent.popleft()
        backward = np.ones(len(self._state))
        later = list(self._recent)[:0:-1]
        for _, _, step, log_likelihood in later:
            backward = self._transition(step) @ (np.exp(log_likelihood - log_likelihood.max()) * backward)
            backward /= backward.max()
        state = self._recent[0][1] * backward
        return _folded(state / state.sum())


@lru_cache(maxsize=16)
def _transitions(letters: int, rates: Rates) -> Callable[[int], NDArray[np.float64]]:
    """Matrix of transition probabilities over whole milliseconds, shared by all cameras of a model."""
    q = generator(letters, rates)
    # expm for each new interval would start BLAS's threads, which then spin for tens of milliseconds: with uneven frame
    # intervals that took more CPU time than reading the frames. Products of matrices this small start none.
    millisecond = _over_a_millisecond(q)
    return lru_cache(maxsize=256)(lambda ms: np.linalg.matrix_power(millisecond, ms))


def _over_a_millisecond(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """``expm(q / 1000)`` of a generator, by uniformization (Jensen 1953): a sum of terms that are not negative.

    SciPy's is not used because importing ``scipy.linalg`` and ``scipy.special`` takes a sixth of a server's start.
    """
    changes = float(-q.diagonal().min()) / 1000  # expected in a millisecond in the least stable state
    if changes == 0:
        return np.eye(len(q))
    jump = np.eye(len(q)) + q / (1000 * changes)
    weight, jumps = math.exp(-changes), np.eye(len(q))
    moved = weight * jumps
    number = 0
    while number < changes or weight > np.finfo(np.float64).tiny:
        number += 1
        weight *= changes / number
        jumps = jumps @ jump
        moved += weight * jumps
    return np.asarray(moved)


def _limited(value: float, most: float) -> float:
    return min(most, max(-most, value))


def _milliseconds(dt: float) -> int:
    # Rounding to milliseconds makes the cache effective under jitter; the posterior moves by less than 1 % in one.
    return round(min(dt, _LONGEST_GAP_S) * 1000)


def _folded(state: NDArray[np.float64]) -> Posterior:
    folded = state[:-1].copy()
    folded[0] += state[-1]
    return folded
