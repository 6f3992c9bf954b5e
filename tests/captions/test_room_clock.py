"""captions/room_clock.py, with clocks that a test moves."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.room_clock import MAX_LAG_S, RoomClock


class _Computer:
    """A computer's two clocks."""

    def __init__(self) -> None:
        self.monotonic_s, self.unix_s = 50.0, 1.8e9

    def clock(self) -> RoomClock:
        return RoomClock(lambda: self.monotonic_s, lambda: self.unix_s)

    def wait(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.unix_s += seconds


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1e6, 1e6)), max_size=30))
def test_the_clock_never_decreases(steps: list[tuple[float, float]]) -> None:
    """However Unix time is set in between, the clock does not go back, and it advances at least with real time."""
    computer = _Computer()
    clock = computer.clock()
    readings = [(computer.monotonic_s, clock())]
    for waited_s, set_by_s in steps:
        computer.wait(waited_s)
        computer.unix_s += set_by_s
        readings.append((computer.monotonic_s, clock()))
    for (began_s, before_s), (now_s, after_s) in itertools.pairwise(readings):
        assert after_s - before_s >= now_s - began_s - 1e-5


def test_the_clock_follows_unix_time_forward() -> None:
    """After a suspend, or when the time is set forward, it shows Unix time again."""
    computer = _Computer()
    clock = computer.clock()
    computer.unix_s += 3600
    assert clock() == computer.unix_s


def test_the_clock_runs_on_when_unix_time_is_set_back() -> None:
    """Setting the wall clock back by an hour does not stop time in a room."""
    computer = _Computer()
    clock = computer.clock()
    began_s = clock()
    computer.unix_s -= 3600
    computer.wait(5.0)
    assert clock() == began_s + 5.0


def test_small_steps_are_not_followed() -> None:
    """A lead of less than a second leaves intervals as long as they are."""
    computer = _Computer()
    clock = computer.clock()
    began_s = clock()
    computer.wait(2.0)
    computer.unix_s += MAX_LAG_S / 2
    assert clock() == began_s + 2.0
