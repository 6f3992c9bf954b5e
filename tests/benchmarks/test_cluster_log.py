"""Tests of benchmarks/cluster_log.py."""

from __future__ import annotations

import random

import pytest

from benchmarks.cluster_log import judge, measure_latency, restart_while_writing, restarts, section
from benchmarks.nats_server import nats_servers
from streamsign.captions.events import KeptEvent
from streamsign.captions.log import CaptionLog
from streamsign.recognition.events import Commit
from tests.nats_server import needs_nats

PUBLISHED = {("a", 0.0), ("a", 1.0), ("b", 0.0)}


def _log(*letters: tuple[str, float]) -> list[KeptEvent]:
    log = CaptionLog("x", lambda: 1.0)
    for session, number in letters:
        log.append_letter(session, Commit("C", 0.9, number, number))
    return log.after()[1]


@pytest.mark.parametrize(
    ("letters", "found"),
    [
        ([("a", 0.0), ("b", 0.0), ("a", 1.0)], (0, 0, 0)),
        ([("a", 0.0), ("a", 1.0)], (1, 0, 0)),
        ([("a", 0.0), ("b", 0.0), ("a", 1.0), ("a", 1.0)], (0, 1, 0)),
        ([("a", 1.0), ("b", 0.0), ("a", 0.0)], (0, 0, 1)),
    ],
)
def test_what_is_wrong_is_counted(letters: list[tuple[str, float]], found: tuple[int, int, int]) -> None:
    """Lost, doubled and reordered letters of a log are."""
    assert judge(PUBLISHED, _log(*letters)) == found


def test_a_gap_in_the_numbers_is_counted() -> None:
    """Each event that has another number than its place is out of order."""
    events = _log(("a", 0.0), ("b", 0.0), ("a", 1.0))
    assert judge(PUBLISHED, [events[0], events[2]])[2] >= 1


@needs_nats
@pytest.mark.real_time
@pytest.mark.parametrize("kill", [True, False])
async def test_no_letter_is_lost_or_doubled_by_a_restart(kill: bool) -> None:
    """Two processes write while NATS is ended and started again; log and viewer have each letter once, in order."""
    with nats_servers() as (server,):
        chance = random.Random(3)
        for number in range(2):
            found = await restart_while_writing(server, f"room-{number}", chance, kill=kill)
            assert found.letters > 50
            assert (found.lost, found.doubled, found.reordered) == (0, 0, 0)


@needs_nats
@pytest.mark.real_time
async def test_the_latency_is_measured_and_written() -> None:
    """Each letter of the worker process arrives at a viewer, and the figures are in the section."""
    with nats_servers() as (server,):
        latency = await measure_latency(server, rooms=2, letters_per_s=5.0, seconds=1.0)
        assert latency.letters == 10
        text = section(latency, await restarts(server, 1, seed=1), "2.9.10")
    assert f"p50 | {latency.p50_ms} ms" in text
    assert "| lost | 0 |" in text
