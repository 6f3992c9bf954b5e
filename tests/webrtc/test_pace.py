"""webrtc/pace.py: a limit of a rate."""

from __future__ import annotations

import pytest

from streamsign.webrtc.pace import BURST, Pace


@pytest.mark.parametrize(("sent_fps", "read_fps"), [(240, 60), (61, 60), (60, 60), (30, 30), (5, 5)])
def test_frames_above_the_rate_are_not_read(sent_fps: int, read_fps: int) -> None:
    """Over ten seconds at most the rate and one burst are read; a camera below the rate loses no frame."""
    pace = Pace(60)
    read = sum(pace.wait_s(number / sent_fps) == 0 for number in range(10 * sent_fps))
    assert 10 * read_fps - 1 <= read <= 10 * read_fps + BURST


def test_frames_that_arrive_together_are_not_delayed() -> None:
    """A burst is read at once; the wait for the one after it ends when it says."""
    pace = Pace(50)
    assert [pace.wait_s(1.0) for _ in range(BURST)] == [0] * BURST
    wait_s = pace.wait_s(1.0)
    assert wait_s == pytest.approx(1 / 50)
    assert pace.wait_s(1.0 + wait_s + 1e-6) == 0


def test_more_than_a_frame_may_come_at_once() -> None:
    """At one a second and four at once, the fifth has to wait a second."""
    pace = Pace(1, at_once=4)
    assert [pace.wait_s(0.0) for _ in range(6)] == [0, 0, 0, 0, 1, 1]
    assert [pace.wait_s(1.0), pace.wait_s(1.0)] == [0, 1]


def test_silence_saves_up_one_burst_only() -> None:
    """After a minute without frames no more than a burst is read at once."""
    pace = Pace(10)
    pace.wait_s(0.0)
    assert sum(pace.wait_s(60.0) == 0 for _ in range(100)) == BURST
