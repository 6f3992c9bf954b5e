"""Tests of benchmarks/phone.py."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.film import EncodedFilm
from benchmarks.phone import HOLD_S, CameraTrack, Viewer, event_delays_ms, sent_between

pytestmark = pytest.mark.real_time

FILM = EncodedFilm((b"key", b"a", b"key2", b"b"), (0, 2), 320, 240, 20)


def sent(times_s: list[float]) -> CameraTrack:
    """A track that sent its frames at these times."""
    track = CameraTrack(FILM)
    track.sent_s = times_s
    return track


def test_a_film_is_played_in_a_loop_from_a_key_frame() -> None:
    """Frames come in order and begin again, their times on the film's clock are exact, the first is held."""

    async def play() -> list[tuple[bytes, int | None, Fraction]]:
        track = CameraTrack(FILM, first_key=1)
        packets = [await track.recv() for _ in range(4)]
        assert len(track.sent_s) == len(track.late_s) == 4
        return [(bytes(packet), packet.pts, packet.time_base) for packet in packets]

    clock = Fraction(1, 90_000)
    ticks = [0, round((HOLD_S + 0.05) * 90_000), round((HOLD_S + 0.1) * 90_000), round((HOLD_S + 0.15) * 90_000)]
    assert asyncio.run(play()) == [
        (data, at, clock) for data, at in zip((b"key2", b"b", b"key", b"a"), ticks, strict=True)
    ]


@given(st.integers(0, 500), st.floats(-0.01, 0.01))
def test_a_time_on_the_films_clock_names_its_frame(number: int, off_s: float) -> None:
    """Within a third of a frame either way each time finds its own frame, and a frame not sent yet is none."""
    track = sent([0.0] * (number + 1))
    assert track.frame_at(track.due_s(number) + (off_s if number else 0)) == number
    assert track.frame_at(track.due_s(number + 1)) is None


def test_delays_are_of_frames_that_left_in_the_window() -> None:
    """An event's delay counts from when its own frame left, not from its capture time as the server estimates it."""
    track = sent([100.0, 100.0 + HOLD_S + 0.05, 100.0 + HOLD_S + 0.1, 100.0 + HOLD_S + 0.15])
    viewer = Viewer("http://127.0.0.1", "main", "view-token")
    travel_s = 0.002
    viewer.events = [
        (sent_s + took_s, sent_s + travel_s)
        for sent_s, took_s in zip(track.sent_s, (0.02, 0.02, 0.03, 0.05), strict=True)
    ]
    delays = event_delays_ms(viewer, track, 100.5, 100.0 + HOLD_S + 0.14)
    assert [round(each) for each in delays] == [20, 30]
    assert sent_between(track, 100.5, 100.0 + HOLD_S + 0.14) == 2
    viewer.events = []
    assert event_delays_ms(viewer, track, 0, 200) == []
