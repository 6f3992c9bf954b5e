"""Direct search for the numbers that have no formula: thresholds, times and weights, by what they make of streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from streamsign.recognition.model import ModelInfo
from streamsign.training.streams.methods import Method, Setting, spell
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.score import Score, figures, score

IDLE_COST = 0.01
"""What a false letter an idle minute costs, in letter error rate."""

OUTSIDE_COST = 0.2
"""What it costs when every shape outside the model becomes a letter."""

DELAY_COST, DELAY_MS = 0.03, 120.0
"""Cost of 100 ms of median delay beyond that."""

_GLANCE, _HOPELESS = 3, 1.15
"""A setting is first judged by every third stream; one that costs this much more than the best there is given up."""

_STEP = 0.35
"""Standard deviation of a trial's change, in logarithms."""

Limits = Mapping[str, tuple[float, float]]

HMM_LIMITS: Limits = {
    "rates.between_to_letter": (1, 20),
    "rates.letter_to_between": (0.5, 12),
    "rates.letter_to_letter": (0.02, 3),
    "rates.correlation_s": (0.02, 0.4),
    "rates.floor": (1e-4, 0.1),
    "rates.between_none": (0.05, 0.98),
    "rates.moving": (0.5, 6),
    "rates.per_speed": (0.02, 3),
    "rates.most": (0.1, 8),
    "rule.commit_at": (0.5, 0.99),
    "rule.hold_s": (0.005, 0.2),
    "rule.release_below": (0.1, 0.6),
    "rule.release_s": (0.01, 0.2),
    "gate.blurred": (0.1, 0.6),
    "gate.sharp": (0.3, 0.95),
    "gate.floor": (0.02, 0.5),
    "gate.fast": (1.5, 40),
}
REPEAT_LIMITS: Limits = {
    "rule.still_speed": (0.3, 2),
    "rule.slide_speed": (0.8, 8),
    "rule.settle_s": (0.01, 0.15),
    "rule.least_period_s": (0.02, 0.2),
}
LIMITS: Mapping[Method, Limits] = {
    Method.RAW: {"rule.hold_s": (0.005, 0.3), "rule.release_s": (0.01, 0.2)},
    Method.VOTE: {
        "votes": (2, 15), "window": (3, 16), "rule.hold_s": (0.005, 0.2), "rule.release_s": (0.01, 0.2),
    },
    Method.AVERAGE: {
        "window": (2, 16), "rule.commit_at": (0.3, 0.99), "rule.hold_s": (0.005, 0.2),
        "rule.release_below": (0.1, 0.6), "rule.release_s": (0.01, 0.2),
    },
    Method.HMM: HMM_LIMITS,
}  # fmt: skip


def cost(scores: Mapping[str, Sequence[Score]]) -> float:
    """What a setting costs: mean letter error rate over the kinds of words, false letters, and delay."""
    total, rates, late = 0.0, [], []
    for of_case in scores.values():
        found = figures(of_case)
        if found["letter_error_rate"] is not None:
            rates.append(found["letter_error_rate"])
            late.append(found["commit_delay_ms"]["p50"] or 0.0)
        total += IDLE_COST * (found["false_letters_per_idle_minute"] or 0.0)
        total += OUTSIDE_COST * (found["false_letters_per_outside_letter"] or 0.0)
    if rates:
        total += float(np.mean(rates)) + DELAY_COST * max(0.0, float(np.mean(late)) - DELAY_MS) / 100
    return total


def judged(streams: Sequence[Readings], setting: Setting, info: ModelInfo) -> dict[str, list[Score]]:
    """Scores of a setting by case."""
    by_case: dict[str, list[Score]] = {}
    for readings in streams:
        by_case.setdefault(readings.case, []).append(score(readings, spell(readings, setting, info, info.letters)))
    return by_case


def search(
    streams: Sequence[Readings],
    setting: Setting,
    info: ModelInfo,
    limits: Limits,
    trials: int,
    seed: int = 0,
    tell: Callable[[int, float], None] = lambda trial, cost: None,
) -> Setting:
    """The best of many settings near each other: change a few numbers, keep what costs less (a (1+1) random search).

    Args:
        streams: to judge by.
        setting: to begin with.
        info: of the classifier.
        limits: least and greatest value of each number that may change, named ``part.name``.
        trials: settings to try.
        seed: of the changes.
        tell: called with the trial's number and the least cost when something better was found.
    """
    rng = np.random.default_rng(seed)
    few = streams[::_GLANCE]
    best, least = setting, cost(judged(streams, setting, info))
    least_of_few = cost(judged(few, setting, info))
    tell(0, least)
    names = list(limits)
    for trial in range(1, trials + 1):
        changed = rng.choice(len(names), size=int(rng.integers(1, min(4, len(names) + 1))), replace=False)
        tried = best
        for index in changed:
            low, high = limits[names[index]]
            value = float(np.clip(_get(tried, names[index]) * np.exp(rng.normal(0, _STEP)), low, high))
            tried = _set(tried, names[index], value)
        if not _sound(tried):
            continue
        of_few = cost(judged(few, tried, info))
        if of_few > _HOPELESS * least_of_few:
            continue
        found = cost(judged(streams, tried, info))
        if found <= least:
            if found < least:
                tell(trial, found)
            best, least, least_of_few = tried, found, of_few
    return best


def _get(setting: Setting, name: str) -> float:
    owner, _, own = name.rpartition(".")
    return float(getattr(getattr(setting, owner) if owner else setting, own))


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
