"""Offsets of other clocks, and capture times from RTP timestamps, in virtual time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.events import Pong
from streamsign.webrtc.clock import (
    DRIFT,
    MAX_REPORT_AGE_S,
    MAX_REPORT_TRIP_S,
    PAUSE_S,
    PAUSES_S,
    RESOLUTION_S,
    ClockOffset,
    Offset,
    PingPong,
    RtpClock,
    signed_difference,
    unix_s,
)

UNIX_S = 1_800_000_000.0
RATE = 90_000
_TINY_S = 1e-6
"""What 64-bit floats leave of Unix seconds, with room."""

_DELAYS = st.floats(0, 3)
_TRIPS = st.lists(st.tuples(_DELAYS, st.floats(0, 0.5), _DELAYS, st.floats(0, 30)), min_size=1, max_size=30)


@dataclass
class _Peer:
    """Another clock: starts elsewhere, drifts, and shows itself in steps."""

    start_s: float = UNIX_S
    drift: float = 0.0
    step_s: float = 0.0

    def true_s(self, our_s: float) -> float:
        return self.start_s + our_s * (1 + self.drift)

    def shown_s(self, our_s: float) -> float:
        true_s = self.true_s(our_s)
        return math.floor(true_s / self.step_s) * self.step_s if self.step_s else true_s


def _exchange(clock: ClockOffset, peer: _Peer, at_s: float, there_s: float, think_s: float, back_s: float) -> float:
    """One exchange with those delays; when its answer came."""
    received_s = at_s + there_s
    answered_s = received_s + think_s
    came_s = answered_s + back_s
    assert clock.add(at_s, peer.shown_s(received_s), peer.shown_s(answered_s), came_s)
    return came_s


@given(_TRIPS, st.floats(-1e9, 1e9), st.floats(-DRIFT, DRIFT), st.sampled_from([0.0, 1e-4, RESOLUTION_S]))
def test_the_error_is_within_its_bound(
    trips: list[tuple[float, float, float, float]], start_s: float, drift: float, step_s: float
) -> None:
    """Whatever the ways there and back, with drift and a coarse clock, the offset errs by no more than it says."""
    clock, peer, now_s = ClockOffset(), _Peer(start_s, drift, step_s), 0.0
    for there_s, think_s, back_s, pause_s in trips:
        now_s = _exchange(clock, peer, now_s, there_s, think_s, back_s)
        for later_s in (now_s, now_s + pause_s):
            found = clock.estimate(later_s)
            assert found is not None
            assert abs(found.offset_s - (peer.true_s(later_s) - later_s)) <= found.error_s + _TINY_S
        now_s += pause_s


@given(_DELAYS, _DELAYS)
def test_the_bound_is_half_the_round_trip(there_s: float, back_s: float) -> None:
    """One exchange is as good as its round trip is short: half of it, the clock's step, and the drift meanwhile."""
    clock = ClockOffset()
    now_s = _exchange(clock, _Peer(), 5.0, there_s, 0.2, back_s)
    found = clock.estimate(now_s)
    assert found is not None
    assert found.rtt_s == pytest.approx(there_s + back_s, abs=_TINY_S)
    half_s = (there_s + back_s) / 2
    assert found.error_s == pytest.approx(half_s + RESOLUTION_S + DRIFT * (now_s - 5.0), abs=_TINY_S)


@given(_TRIPS, st.floats(0, 1000))
def test_no_kept_exchange_is_better_than_the_one_that_is_used(
    trips: list[tuple[float, float, float, float]], later_s: float
) -> None:
    """However long after the last exchange, the error is the least of the last eight, and the round trip the median."""
    clock, peer, now_s, kept = ClockOffset(), _Peer(), 0.0, []
    for there_s, think_s, back_s, pause_s in trips:
        kept.append((now_s, there_s + back_s))
        now_s = _exchange(clock, peer, now_s, there_s, think_s, back_s) + pause_s
    kept = kept[-8:]
    found = clock.estimate(now_s + later_s)
    assert found is not None
    errors_s = [trip_s / 2 + RESOLUTION_S + DRIFT * (now_s + later_s - sent_s) for sent_s, trip_s in kept]
    assert found.error_s == pytest.approx(min(errors_s), abs=_TINY_S)
    assert found.rtt_s == pytest.approx(sorted(trip_s for _, trip_s in kept)[len(kept) // 2], abs=_TINY_S)


def test_the_best_exchange_wins_until_it_is_old() -> None:
    """A quick exchange is kept over slower ones that follow, and given up when drift has made it the worse one."""
    clock, peer = ClockOffset(), _Peer()
    _exchange(clock, peer, 0.0, 0.001, 0, 0.001)
    _exchange(clock, peer, 1.0, 0.040, 0, 0)
    found = clock.estimate(1.04)
    assert found is not None
    assert found.error_s == pytest.approx(0.001 + RESOLUTION_S + 1.04 * DRIFT, abs=_TINY_S)
    _exchange(clock, peer, 400.0, 0.040, 0, 0)
    found = clock.estimate(400.04)
    assert found is not None
    assert found.error_s == pytest.approx(0.020 + RESOLUTION_S + 0.04 * DRIFT, abs=_TINY_S)


def test_old_exchanges_fall_off() -> None:
    """Only the newest eight are chosen from."""
    clock, peer = ClockOffset(), _Peer()
    _exchange(clock, peer, 0.0, 0, 0, 0)
    for second in range(1, 9):
        _exchange(clock, peer, float(second), 0.1, 0, 0.1)
    found = clock.estimate(9.0)
    assert found is not None
    assert found.error_s > 0.1


def test_a_clock_that_was_set_is_believed_at_once() -> None:
    """Exchanges from before a step contradict the newest and are forgotten with it."""
    clock = ClockOffset()
    for second in range(4):
        _exchange(clock, _Peer(), float(second), 0.01, 0, 0.01)
    _exchange(clock, _Peer(UNIX_S - 3600), 5.0, 0.2, 0, 0.2)
    found = clock.estimate(6.0)
    assert found is not None
    assert found.offset_s == pytest.approx(UNIX_S - 3600, abs=found.error_s)


@pytest.mark.parametrize(
    ("received_s", "answered_s", "back_s"),
    [
        (UNIX_S, UNIX_S + 0.5, 0.4),  # thought longer than the round trip
        (UNIX_S + 1, UNIX_S, 0.4),  # answered before it was asked
        (UNIX_S, UNIX_S, -0.1),  # came before it was sent
        (math.nan, UNIX_S, 0.4),
        (math.inf, math.inf, 0.4),
    ],
)
def test_impossible_exchanges_change_nothing(received_s: float, answered_s: float, back_s: float) -> None:
    """Times that cannot be are refused, and the estimate stays what it was."""
    clock = ClockOffset()
    assert not clock.add(0.0, received_s, answered_s, back_s)
    assert clock.estimate(1.0) is None


def test_pings_are_answered_once_and_in_any_order() -> None:
    """A pong counts for its own ping, once; strangers, repeats and answers to forgotten pings do not."""
    pings, peer = PingPong(), _Peer()
    first, second = pings.ping(0.0), pings.ping(1.0)

    def answer(ping_id: int) -> Pong:
        return Pong(id=ping_id, received_s=peer.true_s(1.5), answered_s=peer.true_s(1.5))

    assert not pings.pong(answer(99), 2.0)
    assert pings.estimate(2.0) is None
    assert pings.pong(answer(second.id), 2.0)
    assert not pings.pong(answer(second.id), 2.0)
    assert pings.pong(answer(first.id), 2.0)
    lost = pings.ping(3.0)
    for number in range(8):
        pings.ping(4.0 + number)
    assert not pings.pong(answer(lost.id), 12.0)


def test_pings_are_dense_first_and_rare_later() -> None:
    """Pauses grow with answers: a good offset soon, and next to no traffic after."""
    pings, peer, now_s, pauses = PingPong(), _Peer(), 0.0, []
    for _ in range(len(PAUSES_S) + 2):
        ping = pings.ping(now_s)
        pauses.append(pings.pause_s)
        assert pings.pong(Pong(id=ping.id, received_s=peer.true_s(now_s), answered_s=peer.true_s(now_s)), now_s)
        now_s += pings.pause_s
    assert pauses == [*PAUSES_S, PAUSE_S, PAUSE_S]


def _ntp(unix: float) -> int:
    return round((unix + 2_208_988_800) * 2**32) % 2**64


_HERE = Offset(UNIX_S, 0.002, 0.004)
"""A sender whose clock is Unix time, while ours began at 0."""


@given(st.integers(0, 2**32 - 1), st.lists(st.floats(0.01, 20), max_size=6), st.floats(-30, 30), st.floats(0, 0.9))
def test_capture_times_hold_across_wrap_around(first: int, gaps: list[float], since_s: float, trip_s: float) -> None:
    """Wherever the 32-bit timestamps wrap between reports, and between a report and a frame, the time is right."""
    clock, sent_s = RtpClock(), 100.0
    for gap_s in [0.0, *gaps]:
        sent_s += gap_s
        ticks = first + round((sent_s - 100) * RATE)
        assert clock.report(_ntp(UNIX_S + sent_s), ticks % 2**32, sent_s + trip_s)
    frame = (first + round((sent_s + since_s - 100) * RATE)) % 2**32
    found = clock.captured(frame, _HERE)
    assert found is not None
    assert found.at_s == pytest.approx(sent_s + since_s, abs=2 / RATE)
    assert _HERE.error_s <= found.error_s <= _HERE.error_s + 30 * DRIFT


def test_nothing_is_guessed() -> None:
    """Without a report, without an offset, or with a sender that has no clock, there is no capture time."""
    clock = RtpClock()
    assert clock.captured(0, _HERE) is None
    assert not clock.report(0, 0, 1.0)
    assert clock.captured(0, _HERE) is None
    assert clock.report(_ntp(UNIX_S + 1), 0, 1.0)
    assert clock.captured(0, None) is None
    assert clock.captured(0, _HERE) is not None


def test_a_frame_far_from_the_report_has_no_capture_time() -> None:
    """An old report says nothing about a new frame."""
    clock = RtpClock()
    assert clock.report(_ntp(UNIX_S + 1), 0, 1.0)
    assert clock.captured(round((MAX_REPORT_AGE_S - 1) * RATE), _HERE) is not None
    assert clock.captured(round((MAX_REPORT_AGE_S + 1) * RATE), _HERE) is None


@pytest.mark.parametrize("trip_s", [-0.01, -3600.0, MAX_REPORT_TRIP_S + 0.01, 3600.0])
def test_a_report_of_another_clock_is_noticed(trip_s: float) -> None:
    """A report that comes before it was sent, or took too long, was not written by the clock that answers pings."""
    clock = RtpClock()
    clock.report(_ntp(UNIX_S + 1), 0, 1.0 + trip_s)
    assert clock.captured(0, _HERE) is None


def test_a_contradicting_report_silences_until_two_agree() -> None:
    """A jump of the media clock is doubted; the next report that agrees with either side settles it."""
    clock = RtpClock()
    assert clock.report(_ntp(UNIX_S + 1), 0, 1.0)
    assert not clock.report(_ntp(UNIX_S + 2), 5 * RATE, 2.0)
    assert clock.captured(RATE, _HERE) is None
    assert clock.report(_ntp(UNIX_S + 3), 6 * RATE, 3.0)
    found = clock.captured(6 * RATE, _HERE)
    assert found is not None
    assert found.at_s == pytest.approx(3.0, abs=1e-5)
    assert not clock.report(_ntp(UNIX_S + 4), 90 * RATE, 4.0)
    assert clock.report(_ntp(UNIX_S + 5), 8 * RATE, 5.0)
    assert clock.captured(8 * RATE, _HERE) is not None


def test_a_report_heard_twice_is_heard_once() -> None:
    """A sender without a new frame repeats its report; the first hearing keeps its arrival, and is not doubted."""
    clock = RtpClock()
    assert clock.report(_ntp(UNIX_S + 1), 0, 1.0)
    assert not clock.report(_ntp(UNIX_S + 1), 0, 3.0)
    assert clock.captured(0, _HERE) is not None


def test_a_report_after_a_long_silence_starts_anew() -> None:
    """After a minute nothing held is worth a comparison."""
    clock = RtpClock()
    assert clock.report(_ntp(UNIX_S + 1), 0, 1.0)
    assert clock.report(_ntp(UNIX_S + 100), 7, 100.0)
    found = clock.captured(7, _HERE)
    assert found is not None
    assert found.at_s == pytest.approx(100.0, abs=1e-5)


@given(st.integers(0, 2**64 - 1), st.integers(-5, 2**33), st.floats(0, 1e6), st.integers(-5, 2**33))
def test_no_report_breaks_the_clock(ntp: int, rtp: int, arrived_s: float, frame: int) -> None:
    """Whatever the wire says, the answer is a finite time or none."""
    clock = RtpClock()
    clock.report(ntp, rtp, arrived_s)
    clock.report(ntp ^ 0xFFFF, rtp + 1, arrived_s + 1)
    found = clock.captured(frame, _HERE)
    assert found is None or math.isfinite(found.at_s)


@pytest.mark.parametrize("year", [1970, 2026, 2036, 2037])
def test_ntp_s_second_era_is_read(year: int) -> None:
    """The 32-bit seconds run over in February 2036; dates on both sides are read (RFC 4330, section 3)."""
    at_s = datetime(year, 6, 1, tzinfo=UTC).timestamp()
    assert unix_s(_ntp(at_s)) == pytest.approx(at_s, abs=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1))
def test_differences_of_timestamps_are_signed(reference: int, ticks: int) -> None:
    """The shorter way round is the difference."""
    assert signed_difference((reference + ticks) % 2**32, reference) == ticks
