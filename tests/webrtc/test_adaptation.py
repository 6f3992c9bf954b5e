"""Tests of streamsign/webrtc/adaptation.py, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.events import Quality
from streamsign.webrtc.adaptation import (
    HIGH,
    HIGH_WINDOWS,
    LEVELS,
    LONGEST_UP_AFTER_S,
    UP_AFTER_S,
    WINDOW_S,
    LoadAdaptation,
)

CHECK_S = 0.2


def play(utilisation: Callable[[Quality, float], float], seconds: float) -> tuple[LoadAdaptation, list[float]]:
    """Run an adaptation on a recognizer whose utilisation follows from quality and time; times of its changes."""
    adaptation, busy_s, changes = LoadAdaptation(), 0.0, []
    for step in range(1, round(seconds / CHECK_S) + 1):
        now_s = step * CHECK_S
        busy_s += CHECK_S * min(1.0, utilisation(adaptation.quality, now_s))
        if adaptation.update(busy_s, now_s) is not None:
            changes.append(now_s)
    return adaptation, changes


def level(quality: Quality) -> int:
    """Its number, 0 the best."""
    return LEVELS.index(quality)


def test_each_level_asks_for_less() -> None:
    """Neither rate nor size ever grows on the way down."""
    for better, worse in pairwise(LEVELS):
        assert worse.max_framerate <= better.max_framerate
        assert worse.scale_down >= better.scale_down
        assert worse != better


def test_an_idle_recognizer_asks_for_nothing() -> None:
    """A camera gets no request while the recognizer has time left."""
    adaptation, changes = play(lambda _quality, _now_s: 0.3, 600)
    assert adaptation.quality == LEVELS[0]
    assert changes == []


def test_one_hiccup_is_no_load() -> None:
    """A single busy window, as when a model is loaded beside it, changes nothing."""
    _, changes = play(lambda _quality, now_s: 1.0 if 10 < now_s <= 11 else 0.2, 60)
    assert changes == []


def test_overload_steps_down_to_the_least_and_back_when_it_is_over() -> None:
    """Under a load no level cures it goes all the way down in seconds, and all the way up once it is over."""
    adaptation, changes = play(lambda _quality, now_s: 1.0 if now_s < 60 else 0.05, 200)
    down = [at_s for at_s in changes if at_s < 60]
    assert len(down) == len(LEVELS) - 1
    assert down[0] <= (HIGH_WINDOWS + 2) * WINDOW_S
    assert adaptation.quality == LEVELS[0]


@given(st.floats(0.001, 0.2))
def test_a_steady_recognizer_finds_its_level_and_stays(frame_s: float) -> None:
    """Whatever a frame costs, it goes down only, stays, and the level it stays at is borne unless it is the last."""

    def utilisation(quality: Quality, _now_s: float) -> float:
        return frame_s * quality.max_framerate

    adaptation, changes = play(utilisation, 300)
    assert len(changes) == level(adaptation.quality)
    assert all(at_s < 30 for at_s in changes)
    assert utilisation(adaptation.quality, 0) < HIGH or adaptation.quality == LEVELS[-1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=400))
def test_any_load_moves_one_level_at_a_time_and_not_too_often(loads: list[float]) -> None:
    """For any course of load a change is one level, never without a full window after the last, up only after quiet."""
    adaptation, busy_s, last_s, before = LoadAdaptation(), 0.0, 0.0, 0
    for second, load in enumerate(loads, start=1):
        busy_s += load
        reported = adaptation.update(busy_s, float(second))
        now = level(adaptation.quality)
        assert (reported is None) == (now == before)
        assert reported in (None, adaptation.quality)
        assert abs(now - before) <= 1
        if now != before:
            assert second - last_s >= (HIGH_WINDOWS if now > before else UP_AFTER_S) * WINDOW_S
            assert load >= HIGH if now > before else load < HIGH
            last_s = second
        before = now


def test_a_level_that_does_not_hold_is_tried_ever_more_rarely() -> None:
    """Where more quality brings the load back though it looked quiet, the tries grow apart up to the longest wait."""
    adaptation, changes = play(lambda quality, _now_s: 1.0 if quality == LEVELS[0] else 0.1, 1200)
    ups = changes[1::2]
    waits = [after - before for before, after in pairwise(ups)]
    assert level(adaptation.quality) in (0, 1)
    assert all(later >= earlier - CHECK_S for earlier, later in pairwise(waits))
    assert waits[-1] >= LONGEST_UP_AFTER_S


def test_checks_at_any_pace_make_the_same_windows() -> None:
    """A second check at the same moment, or many within a window, decide nothing more."""
    adaptation = LoadAdaptation()
    for _ in range(50):
        assert adaptation.update(5.0, 5.0) is None
    assert adaptation.quality == LEVELS[0]
