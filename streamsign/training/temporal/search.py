"""Direct search for the numbers that have no formula: thresholds, times and weights, by what they make of streams."""

from __future__ import annotations

import math
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from streamsign.recognition.drawn import DrawnRule
from streamsign.recognition.model import ModelInfo
from streamsign.recognition.reader import ReaderMode
from streamsign.training.streams.methods import Method, Setting, spell
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.score import Score, figures, score

IDLE_COST = 0.01
"""What a false letter an idle minute costs, in letter error rate."""

OUTSIDE_COST = 0.2
"""What it costs when every shape outside the model becomes a letter."""

DELAY_COST, DELAY_MS = 0.03, 120.0
"""Cost of 100 ms of median delay beyond that."""

ALONE_SHARE = 0.35
"""What the mistakes of the classifier alone count beside those with the reader, which a loaded server leaves out."""

_SUBSET_STRIDE, _MAX_COST_RATIO = 3, 1.15
"""A setting is first judged by every third stream; one that costs this much more than the best there is given up."""

_STEP, _LEAST_STEP, _LARGEST_STEP = 0.35, 0.08, 0.5
"""Standard deviation of a trial's change, in logarithms: of the first, at least, at most."""

_STEP_INCREASE, _STEP_DECREASE = 1.5, 0.97
"""What a step becomes when it made things better, and when not (the idea is Rechenberg's, 1973): with one of fourteen
that does it keeps its length."""

Limits = Mapping[str, tuple[float, float]]

# A blurred frame counts for three tenths at least: on the validation signers' streams a stricter gate gains nothing,
# and where something sharper than the signer's own hand was in view it would keep every letter back.
HMM_LIMITS: Limits = {
    "rates.between_to_letter": (1, 60),
    "rates.letter_to_between": (0.5, 60),
    "rates.letter_to_letter": (0.002, 3),
    "rates.correlation_s": (0.01, 0.4),
    "rates.longest_s": (0.03, 0.1),
    "rates.floor": (1e-4, 0.2),
    "rates.between_none": (0.05, 0.995),
    "rates.moving": (0.5, 6),
    "rates.per_speed": (0.02, 3),
    "rates.most": (0.1, 8),
    "rates.changing": (0.2, 20),
    "rates.per_change": (0.05, 10),
    "rates.most_change": (0.1, 8),
    "rule.commit_at": (0.5, 0.99),
    "rule.hold_s": (0.002, 0.2),
    "rule.hold_periods": (0.01, 0.5),
    "rule.slow_periods": (0.02, 1),
    "rule.pace_share": (0.1, 1),
    "rule.keep_share": (0.3, 1),
    "rule.backdate_s": (0.01, 0.05),
    "rule.unsure_at": (0.25, 0.95),
    "rule.unsure_s": (0.03, 2),
    "rule.unsure_periods": (0.05, 3),
    "rule.rest_change": (0.4, 150),
    "rule.rest_speed": (0.3, 8),
    "rule.rest_peak": (0.05, 1.5),
    "rule.rest_least": (0.1, 1.5),
    "rule.period_s": (0.2, 1.5),
    "rule.period_share": (0.05, 0.6),
    "rule.release_below": (0.1, 0.9),
    "rule.release_s": (0.01, 0.2),
    "rule.release_periods": (0.01, 0.5),
    "rule.double_periods": (0.05, 1.2),
    "gate.blurred": (0.1, 0.6),
    "gate.sharp": (0.3, 0.95),
    "gate.floor": (0.3, 0.8),
    "gate.fast": (1.5, 40),
    "gate.changing": (2, 1e3),
}
REPEAT_LIMITS: Limits = {
    "rule.still_speed": (0.3, 6),
    "rule.slide_speed": (0.8, 8),
    "rule.settle_s": (0.01, 0.2),
    "rule.slide_blur": (0.2, 20),
    "rule.least_period_s": (0.02, 0.2),
}
READER_LIMITS: Limits = {
    "reader.weight": (0.2, 6),
    "reader.spacing_s": (0.03, 0.15),
    "reader.min_weight": (0.05, 0.9),
    "reader.classifier_correlation_s": (0.02, 0.8),
}
READER_SWITCHES = ("reader.until_text", "reader.stands")
"""Settings that are on or off. Each is tried both ways, with numbers searched for it."""

LIMITS: Mapping[Method, Limits] = {
    Method.RAW: {"rule.hold_s": (0.005, 0.3), "rule.release_s": (0.01, 0.2)},
    Method.VOTE: {
        "votes": (2, 15), "window": (3, 16), "rule.hold_s": (0.005, 0.2), "rule.release_s": (0.01, 0.2),
    },
    Method.AVERAGE: {
        "window": (2, 16), "rule.commit_at": (0.3, 0.99), "rule.hold_s": (0.005, 0.2),
        "rule.release_below": (0.1, 0.9), "rule.release_s": (0.01, 0.2),
    },
    Method.HMM: HMM_LIMITS,
}  # fmt: skip


def cost(scores: Mapping[str, Sequence[Score]]) -> float:
    """What a setting costs: mean letter error rate over the kinds of words, false letters, and delay."""
    total, rates, late = 0.0, [], []
    for _, of_case in sorted(scores.items()):  # in one order, because sums of floats depend on it
        found = figures(of_case)
        if found["letter_error_rate"] is not None:
            rates.append(found["letter_error_rate"])
            late.append(found["commit_delay_ms"]["p50"] or 0.0)
        total += IDLE_COST * (found["false_letters_per_idle_minute"] or 0.0)
        total += OUTSIDE_COST * (found["false_letters_per_outside_letter"] or 0.0)
    if rates:
        total += float(np.mean(rates)) + DELAY_COST * max(0.0, float(np.mean(late)) - DELAY_MS) / 100
    return total


def judged(
    streams: Sequence[Readings], setting: Setting, info: ModelInfo, drawn: Mapping[str, DrawnRule] | None = None
) -> dict[str, list[Score]]:
    """Scores of a setting by case; ``drawn``: rules of drawn letters, if it reads them."""
    by_case: dict[str, list[Score]] = {}
    for readings in streams:
        spelled = spell(readings, setting, info, info.letters, drawn)
        by_case.setdefault(readings.case, []).append(score(readings, spelled))
    return by_case


class Jury:
    """Judges settings by the same streams, on several cores at once.

    A context: ``with Jury(streams, info) as jury``.

    Args:
        streams: to judge by.
        info: of the classifier.
        workers: processes; 1 for none beside this one, None for one a core.
    """

    def __init__(self, streams: Sequence[Readings], info: ModelInfo, workers: int | None = None) -> None:
        self._shares = min(workers or os.cpu_count() or 1, len(streams))
        self._streams, self._info = streams, info
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Jury:
        if self._shares > 1:
            # Spawned, since this process has threads; the streams travel once, not with every setting.
            spawned = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._shares, spawned, _sit, (self._streams, self._info))
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def cost(self, setting: Setting) -> float:
        """What a setting costs by all streams, see :func:`cost`; with a reader, and in part without it."""
        return self._cost(setting, range(len(self._streams)))

    def glance(self, setting: Setting) -> float:
        """What it costs by every third stream."""
        return self._cost(setting, range(0, len(self._streams), _SUBSET_STRIDE))

    def _cost(self, setting: Setting, numbers: range) -> float:
        if setting.mode is not ReaderMode.AUTO:
            return self._cost_of_one(setting, numbers)
        alone = replace(setting, mode=ReaderMode.SMALL)
        return self._cost_of_one(setting, numbers) + ALONE_SHARE * self._cost_of_one(alone, numbers)

    def _cost_of_one(self, setting: Setting, numbers: range) -> float:
        if self._pool is None:
            return cost(judged([self._streams[number] for number in numbers], setting, self._info))
        shares = [numbers[first :: self._shares] for first in range(self._shares)]
        by_case: dict[str, list[Score]] = {}
        for part in self._pool.map(_vote, [setting] * self._shares, shares):
            for case, scores in part.items():
                by_case.setdefault(case, []).extend(scores)
        return cost(by_case)


_seat: tuple[Sequence[Readings], ModelInfo] = ((), ModelInfo.model_construct())
"""Streams and classifier of a worker process."""


def _sit(streams: Sequence[Readings], info: ModelInfo) -> None:
    global _seat
    _seat = streams, info


def _vote(setting: Setting, numbers: range) -> dict[str, list[Score]]:
    streams, info = _seat
    return judged([streams[number] for number in numbers], setting, info)


def search(
    jury: Jury,
    setting: Setting,
    limits: Limits,
    trials: int,
    seed: int = 0,
    report: Callable[[int, float], None] = lambda trial, cost: None,
) -> Setting:
    """The best of many settings near each other: change a few numbers, keep what costs less (a (1+1) random search).

    Args:
        jury: judges them.
        setting: to begin with.
        limits: least and greatest value of each number that may change, named ``part.name``.
        trials: settings to try.
        seed: of the changes.
        report: called with the trial's number and the least cost when something better was found.
    """
    rng = np.random.default_rng(seed)
    best, least, least_of_few = setting, jury.cost(setting), jury.glance(setting)
    report(0, least)
    names, step = list(limits), _STEP
    for trial in range(1, trials + 1):
        changed = rng.choice(len(names), size=int(rng.integers(1, min(4, len(names) + 1))), replace=False)
        tried = best
        for index in changed:
            low, high = limits[names[index]]
            value = float(np.clip(_get(tried, names[index]) * np.exp(rng.normal(0, step)), low, high))
            tried = _set(tried, names[index], value)
        if not _sound(tried):
            continue
        of_few = jury.glance(tried)
        found = jury.cost(tried) if of_few <= _MAX_COST_RATIO * least_of_few else math.inf
        step = min(_LARGEST_STEP, step * _STEP_INCREASE) if found < least else max(_LEAST_STEP, step * _STEP_DECREASE)
        if found <= least:
            if found < least:
                report(trial, found)
            best, least, least_of_few = tried, found, of_few
    return best


def switched(setting: Setting, name: str) -> Setting:
    """The setting with one of its switches inverted, which is named ``part.name``."""
    owner, _, own = name.rpartition(".")
    part = getattr(setting, owner)
    changed: dict[str, Any] = {owner: part.model_copy(update={own: not getattr(part, own)})}
    return replace(setting, **changed)


def _get(setting: Setting, name: str) -> float:
    owner, _, own = name.rpartition(".")
    value = getattr(getattr(setting, owner) if owner else setting, own)
    # None: the classifier's frames are as dependent as they are without the reader.
    return float(setting.rates.correlation_s if value is None else value)


def _set(setting: Setting, name: str, value: float) -> Setting:
    owner, _, own = name.rpartition(".")
    changes: dict[str, Any]
    if owner:
        part = getattr(setting, owner)
        changes = {owner: part.model_copy(update={own: float(f"{value:.4g}")})}
    else:
        changes = {own: round(value)}
    return replace(setting, **changes)


def _sound(setting: Setting) -> bool:
    ordered = setting.gate is None or setting.gate.blurred < setting.gate.sharp
    released = setting.rule.release_below < setting.rule.commit_at
    return ordered and released and 1 <= setting.votes <= setting.window
