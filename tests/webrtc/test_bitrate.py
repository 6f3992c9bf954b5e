"""webrtc/bitrate.py: the bit rate that is reported to a sender."""

from __future__ import annotations

import random

import pytest
from aiortc.rate import OveruseEstimator, RateCounter, RemoteBitrateEstimator
from hypothesis import given
from hypothesis import strategies as st

from streamsign.webrtc.bitrate import BitrateEstimator, ByteRate, QuickOveruseEstimator
from streamsign.webrtc.rtp import RtpPacket

PACKET_BYTES, FPS, IN_A_FRAME = 1100, 30, 6


def _packet(sent_s: float) -> RtpPacket:
    return RtpPacket(97, 0, 0, 0, 7, b"", PACKET_BYTES, int(sent_s * (1 << 18)) % (1 << 24))


def _film(seconds: int, queue_s: float = 0.0) -> list[tuple[float, float]]:
    """(sent, arrived) of each packet; a frame's leave within 2 ms. ``queue_s`` is what the way grows by a second."""
    dice = random.Random(1)
    sent = [number / FPS + place * 0.0004 for number in range(seconds * FPS) for place in range(IN_A_FRAME)]
    return [(at_s, 5 + at_s * (1 + queue_s) + dice.uniform(0, 0.001)) for at_s in sent]


@pytest.mark.parametrize("queue_s", [0.0, 0.05])
def test_the_estimate_is_that_of_single_packets(queue_s: float) -> None:
    """On a free and on a congested path, the reported rate is that of aiortc for the same packets."""
    ours, theirs = BitrateEstimator(), RemoteBitrateEstimator()
    reported, expected = [], []
    for sent_s, arrived_s in _film(20, queue_s):
        packet = _packet(sent_s)
        reported.append(ours.add(packet, arrived_s))
        expected.append(theirs.add(int(1000 * arrived_s), packet.abs_send_time, PACKET_BYTES, 7))
    rates, expected_rates = ([each for each in one if each is not None] for one in (reported, expected))
    assert rates[-1][1] == [7]
    assert rates[-1][0] == pytest.approx(expected_rates[-1][0], rel=0.1)
    assert len(expected_rates) / IN_A_FRAME - 1 <= len(rates) <= len(expected_rates)  # once a burst, if it is urgent


def test_a_sender_that_does_not_say_when_it_sends_is_told_nothing() -> None:
    """Without send times there is no estimate."""
    estimator = BitrateEstimator()
    assert all(estimator.add(_packet(0.0)._replace(abs_send_time=None), now_s) is None for now_s in range(9))


@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 2000), st.booleans())))
def test_the_byte_rate_is_aiortc_s(steps: list[tuple[int, int, bool]]) -> None:
    """Whatever bytes come whenever, asked or not in between, rates are those of aiortc's counter of one second."""
    ours, theirs = ByteRate(), RateCounter(1000, 8000)
    now_ms = 7
    for waited_ms, size, asked in steps:
        now_ms += waited_ms
        if asked:
            assert ours.rate(now_ms) == theirs.rate(now_ms)
        ours.add(size, now_ms)
        theirs.add(size, now_ms)
    assert ours.rate(now_ms) == theirs.rate(now_ms)


@given(st.lists(st.floats(0, 1000), max_size=150))
def test_the_least_distance_of_bursts_is_aiortc_s(distances_ms: list[float]) -> None:
    """Whatever the distances between bursts, also of more than are kept, the least one is that of aiortc."""
    ours, theirs = QuickOveruseEstimator(), OveruseEstimator()
    for distance_ms in distances_ms:
        assert ours.update_min_frame_period(distance_ms) == theirs.update_min_frame_period(distance_ms)


def test_every_burst_is_estimated_the_quick_way() -> None:
    """The estimator that packets are passed to is ours: another aiortc that keeps it elsewhere fails here."""
    estimator = BitrateEstimator()
    for sent_s, arrived_s in _film(2):
        estimator.add(_packet(sent_s), arrived_s)
    assert isinstance(estimator._estimator.estimator, QuickOveruseEstimator)
    assert len(estimator._estimator.estimator.ts_delta_hist) == 2 * FPS - 3
