"""The floor: the letters that the networks read if the true holds are given.

The letter of a hold is the drawn one whose rule a span of the hold fulfills, if there is one, otherwise that with the
greatest sum of log-evidence over its frames. The excess of a method over the floor is the cost of finding the holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.events import Commit
from streamsign.recognition.temporal import Posterior
from streamsign.training.streams.hand_paths import HeldDrawings
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

LEAST_PROBABILITY = 1e-4
"""Limit on a letter's log-evidence in one frame, so that one overconfident frame does not outvote the hold."""


def frames_of(readings: Readings, each: TrueLetter) -> NDArray[np.intp]:
    """Numbers of the frames of a hold; of one between two frames, the frame nearest to its middle."""
    inside = np.flatnonzero((readings.times >= each.start_s) & (readings.times <= each.end_s))
    if not len(inside):
        inside = np.array([np.argmin(np.abs(readings.times - (each.start_s + each.end_s) / 2))])
    return inside


def evidence(readings: Readings, each: TrueLetter, prior: Posterior, *, reader_prior: Posterior | None) -> Posterior:
    """Mean log-evidence of a hold for none and each letter, (1 + letters,); NaN if no hand was found in it.

    Args:
        readings: of the stream.
        each: the hold.
        prior: (1 + letters,) shares in the classifier's training, which the evidence is relative to.
        reader_prior: (1 + letters,) those of the reader, whose readings then count as much as the classifier's; None
            to leave them out.
    """
    frames = frames_of(readings, each)
    frames = frames[np.isfinite(readings.posterior[frames, 0])]
    if not len(frames):
        return np.full(len(prior), np.nan)
    summed = _log(readings.posterior[frames], prior)
    if reader_prior is not None and readings.read is not None:
        summed = summed + _log(readings.read[frames], reader_prior)
    return np.asarray(summed / len(frames), np.float64)


def _log(probabilities: NDArray[np.float64], prior: Posterior) -> Posterior:
    scores = np.log(np.maximum(probabilities, LEAST_PROBABILITY)) - np.log(prior / prior.sum())
    return np.asarray(scores.sum(axis=0), np.float64)


def floor_letters(
    readings: Readings,
    letters: Sequence[str],
    prior: Posterior,
    *,
    reader_prior: Posterior | None,
    drawings: HeldDrawings | None = None,
) -> list[Commit]:
    """One letter for each hold, at its start: no hold is missed, doubled or added. Holds without a hand have none.

    Args:
        readings: of the stream.
        letters: the model's, in the posteriors' order.
        prior: see :func:`evidence`.
        reader_prior: see :func:`evidence`.
        drawings: recognizes drawn letters; None if the model has none.
    """
    commits = []
    for each in readings.truth:
        scores = evidence(readings, each, prior, reader_prior=reader_prior)[1:]
        if not np.isfinite(scores).all():
            continue
        letter = None if drawings is None else drawings.letter(each)
        commits.append(Commit(letter or letters[int(np.argmax(scores))], 1.0, each.start_s, each.start_s))
    return commits
