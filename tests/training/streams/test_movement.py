"""streamsign/training/streams/movement.py: movement of a hand in streams, held and on the way."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from streamsign.training.streams.movement import COURSE_S, distance, movement, quantities
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

HOLD = TrueLetter(letter="L", start_s=0.69, end_s=1.25)


def readings(*, truth: tuple[TrueLetter, ...] = (HOLD,)) -> Readings:
    """Two seconds in which a hand moves, is certainly an L from 0.69 to 1.25 s, and moves again."""
    times = np.arange(0.0, 2.0, 0.1)
    held = (times >= HOLD.start_s) & (times <= HOLD.end_s)
    posterior = np.where(held[:, None], [0.0, 1.0], [0.5, 0.5])
    speed = np.where(held, 0.1, 3.0)
    return Readings(
        "films", "ann", truth, 0, times, posterior, np.where(held, 8.0, 2.0), speed, np.zeros(20), speed / 2
    )


def test_frames_of_a_hold_and_on_the_way_are_told_apart() -> None:
    """Frames within the hold are held, those up to 0.4 s around it on the way, and others neither."""
    found = movement([readings()])
    assert found.held["speed"].tolist() == [0.1] * 6
    assert found.way["speed"].tolist() == [3.0] * 8
    assert found.way["entropy"] == pytest.approx([math.log(2)] * 8)
    assert found.held["sharpness"] == pytest.approx([1.0] * 6)
    assert found.way["sharpness"] == pytest.approx([0.25] * 8)


def test_a_course_follows_the_start_of_each_hold() -> None:
    """Each hold has one row of values at fixed times from its start, and NaN where no frame is near."""
    early = TrueLetter(letter="L", start_s=0.0, end_s=0.05)
    found = movement([readings(truth=(HOLD, early))]).course["change"]
    assert found.shape == (2, len(COURSE_S))
    assert found[0].tolist() == [1.5, 1.5, 1.5, 0.05, 0.05, 0.05]
    assert np.isnan(found[1]).tolist() == [at_s < -0.05 for at_s in COURSE_S]


def test_frames_without_a_hand_are_left_out() -> None:
    """What is unknown in a frame counts nowhere, and a stream without letters counts nothing."""
    seen = readings()
    for column in (seen.speed, seen.focus, seen.posterior):
        column[8:11] = np.nan
    found = movement([seen, readings(truth=())])
    assert len(found.held["speed"]) == len(found.held["sharpness"]) == len(found.held["entropy"]) == 3
    assert np.isnan(quantities(seen)["entropy"][8])


def test_the_distance_is_between_none_and_all() -> None:
    """Equal samples are 0 apart, samples that do not overlap 1, others as SciPy says, and an empty one has none."""
    low, high = np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0])
    assert distance(low, low) == 0.0
    assert distance(low, high) == 1.0
    some, others = np.random.default_rng(0).normal(size=(2, 40)).round(1) + np.array([[0.0], [0.5]])
    assert distance(some, others) == pytest.approx(scipy.stats.ks_2samp(some, others).statistic)
    assert distance(low, np.empty(0)) is None
