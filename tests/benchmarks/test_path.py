"""Tests of benchmarks/path.py."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.path import Conditions, LossTrace, NetworkPath

MEDIA, RTX = 7, 8


def rtp(ssrc: int = MEDIA, *, marker: bool = False) -> bytes:
    """The head of an RTP packet."""
    return bytes([0x80, 97 | marker << 7]) + bytes(6) + ssrc.to_bytes(4, "big")


NACK = bytes([0x81, 205]) + bytes(10)
PLI = bytes([0x81, 206]) + bytes(10)
STUN = bytes(20)


def sdp(port: int) -> str:
    """The lines of a description that matter here."""
    return (
        "v=0\r\n"
        f"a=candidate:1 1 udp 2113937151 127.0.0.1 {port} typ host generation 0\r\n"
        "a=candidate:2 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active\r\n"
        f"a=ssrc:{MEDIA} cname:x\r\n"
    )


@given(
    loss=st.floats(0.05, 0.95),
    seed=st.integers(0, 99),
    others=st.lists(st.sampled_from([rtp(RTX), NACK, PLI, STUN]), max_size=60),
)
def test_media_losses_do_not_depend_on_the_rest(loss: float, seed: int, others: list[bytes]) -> None:
    """The n-th media packet meets the same fate whatever else is sent: ours and stock are compared fairly."""
    alone, amid = LossTrace(loss, seed, MEDIA), LossTrace(loss, seed, MEDIA)
    expected = [alone.lost(rtp(), to_receiver=True) for _ in range(60)]
    fates = []
    for place in range(60):
        for other in others[place : place + 1]:
            amid.lost(other, to_receiver=other not in (NACK, PLI))
        fates.append(amid.lost(rtp(), to_receiver=True))
    assert fates == expected


def test_connecting_is_never_disturbed() -> None:
    """On a path that loses every packet STUN and DTLS still pass."""
    trace = LossTrace(1.0, 1, MEDIA)
    assert trace.lost(rtp(), to_receiver=True)
    assert trace.lost(NACK, to_receiver=False)
    assert not trace.lost(STUN, to_receiver=True)
    assert not trace.lost(bytes([22]) + bytes(30), to_receiver=True)


def test_the_incident_takes_one_packet_and_one_nack() -> None:
    """It takes the next media packet that ends no frame, then the next NACK, and nothing else."""
    trace = LossTrace(0.0, 1, MEDIA)
    trace.lose_one_and_its_nack()
    course = [
        (NACK, False, False),
        (rtp(marker=True), True, False),
        (rtp(RTX), True, False),
        (rtp(), True, True),
        (rtp(), True, False),
        (PLI, False, False),
        (NACK, False, True),
        (NACK, False, False),
    ]
    assert [trace.lost(packet, to_receiver=there) for packet, there, _ in course] == [fate for *_, fate in course]


@contextmanager
def _end() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(30)
        yield made


def _candidate(description: str) -> tuple[str, int]:
    (line,) = [line for line in description.splitlines() if line.startswith("a=candidate")]
    return line.split()[4], int(line.split()[5])


def test_packets_travel_both_ways_between_the_stand_ins() -> None:
    """Each end sees one address in place of the other's and all its other candidates gone; the round trip is added."""
    with _end() as sender, _end() as receiver, NetworkPath(Conditions(rtt_s=0.04)) as path:
        to_sender = _candidate(path.offer(sdp(sender.getsockname()[1])))
        to_receiver = _candidate(path.answer(sdp(receiver.getsockname()[1])))
        began_s = time.monotonic()
        sender.sendto(STUN, to_receiver)
        assert receiver.recvfrom(100) == (STUN, to_sender)
        receiver.sendto(NACK, to_sender)
        assert sender.recvfrom(100) == (NACK, to_receiver)
        assert time.monotonic() - began_s >= 0.04


@pytest.mark.parametrize("description", ["v=0\r\n", f"v=0\r\na=ssrc:{MEDIA} cname:x\r\n"])
def test_a_description_without_address_or_stream_is_refused(description: str) -> None:
    """An offer that the path cannot relay is an error, not a direct connection."""
    with NetworkPath(Conditions()) as path, pytest.raises(ValueError, match=r"SSRC|candidate"):
        path.offer(description)
