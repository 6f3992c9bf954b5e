"""The compared temporal methods, with one interface and one speller."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.drawn import DrawnRule
from streamsign.recognition.drawn_text import DrawnLetters
from streamsign.recognition.events import Commit
from streamsign.recognition.geometry import Box
from streamsign.recognition.hold_evidence import HoldEvidence
from streamsign.recognition.model import ModelInfo, training_shares
from streamsign.recognition.reader import ReaderFusion, ReaderMode, ReaderPolicy
from streamsign.recognition.sharpness import Gate, MotionBlurGate
from streamsign.recognition.speller import CommitRule, Speller
from streamsign.recognition.stroke import Motion
from streamsign.recognition.temporal import Posterior, PosteriorFilter, Rates, TemporalFilter
from streamsign.recognition.tuning import Tuning
from streamsign.training.streams.floor import floor_letters
from streamsign.training.streams.hand_paths import HeldDrawings
from streamsign.training.streams.readings import Readings

ABSENT = 0.9
"""Probability of none in a frame without a hand, as in the recognizer."""


class Method(StrEnum):
    """How the frames are combined."""

    RAW = "raw"  # the most probable label of the frame
    VOTE = "vote"  # the label of at least k of the last n frames
    AVERAGE = "average"  # the mean of the last n posteriors
    HMM = "hmm"
    FLOOR = "floor"  # with the true holds: the letter with the most evidence in each


@dataclass(frozen=True, slots=True)
class Setting:
    """A method with its parameters."""

    method: Method = Method.HMM
    votes: int = 5
    window: int = 8
    rates: Rates = field(default_factory=Rates)
    gate: Gate | None = field(default_factory=Gate)
    rule: CommitRule = field(default_factory=CommitRule)
    uses_speed: bool = True
    reader: ReaderPolicy | None = None
    mode: ReaderMode = ReaderMode.SMALL


class Raw:
    """The frame's most probable label, with probability 1."""

    def update(self, posterior: Posterior, weight: float, at_s: float, motion: Motion | None = None) -> Posterior:
        """Take one frame in."""
        return _certain(int(np.argmax(posterior)), len(posterior))


class Vote:
    """The label of at least ``votes`` of the last ``window`` frames, with probability 1; none without one."""

    def __init__(self, votes: int, window: int) -> None:
        self._votes = votes
        self._recent: deque[int] = deque(maxlen=window)

    def update(self, posterior: Posterior, weight: float, at_s: float, motion: Motion | None = None) -> Posterior:
        """Take one frame in."""
        self._recent.append(int(np.argmax(posterior)))
        counts = np.bincount(self._recent, minlength=len(posterior))
        best = int(np.argmax(counts))
        return _certain(best if counts[best] >= self._votes else 0, len(posterior))


class Average:
    """The mean of the last ``window`` posteriors (as Edge Impulse's live classification smooths)."""

    def __init__(self, window: int) -> None:
        self._recent: deque[Posterior] = deque(maxlen=window)

    def update(self, posterior: Posterior, weight: float, at_s: float, motion: Motion | None = None) -> Posterior:
        """Take one frame in."""
        self._recent.append(posterior)
        return np.asarray(np.mean(self._recent, axis=0), np.float64)


def _certain(label: int, labels: int) -> Posterior:
    belief = np.zeros(labels)
    belief[label] = 1.0
    return belief


class Spelled(NamedTuple):
    """Result of a method on a stream.

    Attributes:
        commits: letters with their times.
        shown: (frames,) the label shown after each frame.
        replaced: letters that were committed before and whose place a drawn letter took.
    """

    commits: list[Commit]
    shown: NDArray[np.intp]
    replaced: Sequence[Commit] = ()


def priors(info: ModelInfo) -> Posterior:
    """Shares of none and each letter in a model's training, (1 + letters,)."""
    return np.array(training_shares(info.priors, info.states))


def confusion(info: ModelInfo) -> NDArray[np.float64] | None:
    """A model's confusion matrix, none first; None if its folder has no matrix."""
    if not info.confusion:
        return None
    order = [info.labels.index(label) for label in info.states]
    return np.array(info.confusion)[np.ix_(order, order)]


def posterior_filter(setting: Setting, info: ModelInfo) -> PosteriorFilter:
    """The method of a setting, for one stream."""
    if setting.method is Method.RAW:
        return Raw()
    if setting.method is Method.VOTE:
        return Vote(setting.votes, setting.window)
    if setting.method is Method.AVERAGE:
        return Average(setting.window)
    return TemporalFilter(priors(info), setting.rates, confusion(info))


def spell(
    readings: Readings,
    setting: Setting,
    info: ModelInfo,
    letters: Sequence[str],
    drawn: Mapping[str, DrawnRule] | None = None,
) -> Spelled:
    """Run a method over a stream's readings, frame by frame, as the recognizer does; FLOOR reads the true holds.

    Args:
        readings: of the stream.
        setting: the method and its numbers.
        info: of the model.
        letters: of the posteriors, after none.
        drawn: rules of drawn letters; they need boxes.
    """
    if setting.method is Method.FLOOR:
        drawings = HeldDrawings(readings, drawn or {}, info.moving, letters)
        own = reader_prior(readings, setting, info)
        held = floor_letters(readings, letters, priors(info), reader_prior=own, drawings=drawings)
        return Spelled(held, np.zeros(len(readings.times), np.intp))
    temporal = posterior_filter(setting, info)
    gate = None if setting.gate is None else MotionBlurGate(setting.gate)
    speller = Speller(list(letters), setting.rule)
    hold = HoldEvidence(priors(info), letters)
    drawing = DrawnLetters(drawn or {}, info.moving, letters)
    boxes = _boxes(readings)
    absent = np.full(1 + len(letters), (1 - ABSENT) / len(letters))
    absent[0] = ABSENT
    commits: list[Commit] = []
    replaced: list[Commit] = []
    shown = []
    rows = (readings.times, readings.focus, readings.speed, readings.stroke, readings.change)
    columns = (column.tolist() for column in rows)
    fusion = reader_fusion(readings, setting, info)
    for number, ((at_s, focus, *moved), posterior) in enumerate(
        zip(zip(*columns, strict=True), readings.posterior, strict=True)
    ):
        factor, further = 1.0, None
        motion = Motion(*moved) if setting.uses_speed and not math.isnan(moved[0]) else None
        found = not math.isnan(focus)
        if found:
            weight = 1.0 if gate is None else gate.weigh(focus, at_s, motion)
            if fusion is not None and readings.read is not None:
                read = partial(readings.read.__getitem__, number)
                factor, further, _ = fusion.update(at_s, weight, posterior, read, speller.text)
            hold.update(posterior, None if further is None else further.posterior, at_s)
        else:
            weight, posterior = 1.0, absent
        if isinstance(temporal, TemporalFilter):
            belief = temporal.update(posterior, weight * factor, at_s, motion, further)
        else:
            belief = temporal.update(posterior, weight, at_s, motion)
        best = int(np.argmax(belief))
        shown.append(best)
        commit = speller.update(belief, at_s, motion, focus if found else None)
        commit = None if commit is None else hold.explain(commit, belief)
        commit = drawing.update(boxes[number], posterior, letters[best - 1] if best else None, at_s, commit)
        if commit is not None:
            kept = len(commits) - commit.replaces
            replaced += commits[kept:]
            commits[kept:] = [commit]
    return Spelled(commits, np.array(shown), replaced)


def _boxes(readings: Readings) -> list[Box | None]:
    if readings.boxes is None:
        return [None] * len(readings.times)
    return [None if math.isnan(row[0]) else Box(*row) for row in readings.boxes.tolist()]


def reader_fusion(readings: Readings, setting: Setting, info: ModelInfo) -> ReaderFusion | None:
    """How the reader's readings of a stream are used; None where the setting or the stream has none."""
    own = reader_prior(readings, setting, info)
    if own is None:
        return None
    return ReaderFusion(
        setting.reader or ReaderPolicy(),
        priors(info),
        own,
        rates=setting.rates,
        every_frame=setting.mode is ReaderMode.LARGE,
    )


def reader_prior(readings: Readings, setting: Setting, info: ModelInfo) -> Posterior | None:
    """Shares of none and each letter in the reader's training; None where the setting or the stream has no reader."""
    if setting.mode is ReaderMode.SMALL or readings.read is None or info.reader is None:
        return None
    return np.array(training_shares(info.reader.priors, info.states))


def setting_of(method: Method, tuning: Tuning, mode: ReaderMode = ReaderMode.SMALL) -> Setting:
    """A method with a model's parameters; all read the same frames and share the speller's rule for doubles.

    Votes are 5 of 8 and the average is over 8 frames, the usual sizes. Votes and single frames are committed at once,
    ``average`` from a mean probability of one half. These three use only the classifier; ``mode`` applies to the filter
    and the floor.
    """
    if method is Method.HMM:
        return Setting(method, rates=tuning.rates, gate=tuning.gate, rule=tuning.rule, reader=tuning.reader, mode=mode)
    rule = tuning.rule.model_copy(update={"hold_s": 0.0, "commit_at": 0.5, "release_below": 0.35})
    mode = mode if method is Method.FLOOR else ReaderMode.SMALL
    return Setting(method, gate=None, rule=rule, mode=mode)


def tuned(method: Method, tuning: Tuning) -> Setting:
    """A method for comparison, with parameters tuned on the same streams, or the usual ones."""
    own = tuning.fitted.get("baselines", {}).get(method.value)
    usual = setting_of(method, tuning)
    if own is None:
        return usual
    rule = usual.rule.model_copy(update=own["rule"])
    return replace(usual, votes=own["votes"], window=own["window"], rule=rule)
