"""webrtc/load.py: less when frames go unread, more when they do not, in virtual time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamsign.webrtc.load import LEVELS, TRY_AFTER_S, WINDOW_S, LoadControl


def _run(control: LoadControl, seconds: float, fps: float, reads: float, at: list[float]) -> list[float]:
    """Frames come at ``fps`` and ``reads`` of them a second can be read; the frame rates asked for, in order."""
    asked = []
    came, unread, now_s = at
    end_s = now_s + seconds
    while now_s < end_s:
        now_s += 0.5
        came += 0.5 * fps
        unread += 0.5 * max(0.0, fps - reads)
        wish = control.update(round(came), round(unread), now_s)
        if wish is not None:
            fps = wish.max_framerate
            asked.append(fps)
    at[:] = [came, unread, now_s]
    return asked


def test_a_slow_reader_gets_what_it_can_read() -> None:
    """At sixteen frames a second of thirty it settles on fifteen within a few windows, and stays there."""
    at = [0.0, 0.0, 0.0]
    control = LoadControl()
    assert _run(control, 10, 30, 16, at) == [20, 15]
    later = _run(control, 600, 15, 16, at)
    assert later[-1] == 15
    assert len(later) <= 12  # ever rarer tries of twenty


def test_a_fast_reader_is_left_alone() -> None:
    """Nothing is asked while all is read, nor for a pause that is over."""
    assert _run(LoadControl(), 120, 30, 30, [0.0, 0.0, 0.0]) == []


def test_more_is_tried_when_all_is_well_again() -> None:
    """After the load is gone the camera is back at all within a minute."""
    at = [0.0, 0.0, 0.0]
    control = LoadControl()
    assert _run(control, 12, 30, 5, at)[-1] == LEVELS[-1].max_framerate
    risen = _run(control, len(LEVELS) * (TRY_AFTER_S + 2 * WINDOW_S), 10, 60, at)
    assert risen[-1] == 30


def test_a_camera_that_stands_still_says_nothing() -> None:
    """Too few frames are no evidence either way."""
    control = LoadControl()
    assert [control.update(number, number, 10.0 * number) for number in range(8)] == [None] * 8


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 200), st.floats(0, 1)), max_size=200))
def test_levels_change_one_at_a_time(steps: list[tuple[float, int, float]]) -> None:
    """Whatever comes, what is asked for is a neighbour of what was asked before, never the same again."""
    control, came, unread, now_s = LoadControl(), 0, 0, 0.0
    level = 0
    for wait_s, frames, share in steps:
        now_s, came, unread = now_s + wait_s, came + frames, unread + round(share * frames)
        wish = control.update(came, unread, now_s)
        if wish is not None:
            assert abs(LEVELS.index(wish) - level) == 1
            level = LEVELS.index(wish)
