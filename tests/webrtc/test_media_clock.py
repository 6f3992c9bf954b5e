"""webrtc/media_clock.py, in virtual time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.webrtc.clock import CaptureTime
from streamsign.webrtc.media_clock import MAX_JUMP_S, WINDOW_S, MediaClock

FPS = 30


def _captured(frames: list[tuple[float, float]], clock: MediaClock | None = None) -> list[float]:
    """Capture times of (media time, arrival) pairs without measurements."""
    clock = MediaClock() if clock is None else clock
    return [clock.captured_s(clock.advance(media_s, arrived_s), arrived_s, None) for media_s, arrived_s in frames]


def test_the_first_frame_s_delay_is_not_kept() -> None:
    """A first frame that came 100 ms late does not make the later ones late: the least delay counts."""
    frames = [(n / FPS, 1000 + n / FPS + (0.1 if n < 3 else 0.0)) for n in range(10)]
    assert _captured(frames)[3:] == pytest.approx([1000 + n / FPS for n in range(3, 10)])


def test_jitter_does_not_reach_capture_times() -> None:
    """Frames that are captured evenly and arrive unevenly have even capture times."""
    frames = [(n / FPS, 500 + n / FPS + 0.02 * (n % 3)) for n in range(60)]
    steps = [later - earlier for earlier, later in itertools.pairwise(_captured(frames))]
    assert steps == pytest.approx([1 / FPS] * 59)


def test_a_longer_route_is_followed() -> None:
    """When every frame takes 200 ms longer from some moment on, the estimate follows after its window."""
    change_s = 5.0
    frames = [(n / FPS, n / FPS + (0.2 if n / FPS >= change_s else 0.0)) for n in range(int(20 * FPS))]
    captured = _captured(frames)
    (media_s, arrived_s), last_s = frames[-1], captured[-1]
    assert media_s > change_s + WINDOW_S
    assert last_s == pytest.approx(arrived_s)


def test_a_measured_capture_time_is_used() -> None:
    """Where the capture time is measured it counts, but no frame is captured after it arrived."""
    clock = MediaClock()
    assert clock.captured_s(clock.advance(0.0, 10.0), 10.0, CaptureTime(9.95, 0.001)) == 9.95
    assert clock.captured_s(clock.advance(0.1, 10.1), 10.1, CaptureTime(10.102, 0.005)) == 10.1


@pytest.mark.parametrize("restart_s", [-40_000.0, 40_000.0])
def test_a_restarted_media_clock_goes_on(restart_s: float) -> None:
    """A sender that begins a new media time base moves neither stream time nor capture times out of place."""
    clock = MediaClock()
    before = _captured([(n / FPS, 100 + n / FPS) for n in range(30)], clock)
    after = _captured([(restart_s + n / FPS, 101 + n / FPS) for n in range(30)], clock)
    assert before + after == pytest.approx([100 + n / FPS for n in range(60)])


@given(
    st.lists(
        st.tuples(
            st.floats(-1e6, 1e6), st.floats(0, 20), st.none() | st.floats(-1e6, 1e6).map(lambda s: CaptureTime(s, 0.01))
        ),
        max_size=50,
    )
)
def test_no_frame_is_captured_after_its_arrival(frames: list[tuple[float, float, CaptureTime | None]]) -> None:
    """Whatever a sender's times are, stream time does not decrease and captured is not after arrived."""
    clock, arrived_s, last_s = MediaClock(), 0.0, float("-inf")
    for media_s, waited_s, measured in frames:
        arrived_s += waited_s
        stream_s = clock.advance(media_s, arrived_s)
        assert stream_s >= last_s
        assert clock.captured_s(stream_s, arrived_s, measured) <= arrived_s + 1e-9
        last_s = stream_s


def test_an_outage_is_no_restart() -> None:
    """Frames that come seconds late after an outage keep their media times."""
    clock = MediaClock()
    clock.advance(0.0, 50.0)
    assert clock.advance(0.5, 50.5 + MAX_JUMP_S - 0.1) == 0.5
    assert clock.advance(5.5, 55.5) == 5.5
