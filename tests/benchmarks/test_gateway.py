"""Tests of benchmarks/gateway.py and benchmarks/cluster_letters.py."""

from __future__ import annotations

import pytest

from benchmarks import gateway
from tests.nats_server import needs_nats

pytestmark = [pytest.mark.real_time, needs_nats]


def test_letters_of_every_room_reach_their_viewers() -> None:
    """Letters that a process publishes to NATS arrive at each viewer of several rooms, about two a second."""
    report = gateway.run(full=False, model="celov", viewers=6, rooms=3, watch_s=3.0)
    counts = {line.case: line.n for line in report.rows if line.case.startswith("letter/")}
    assert list(counts) == ["letter/1_viewer", "letter/6_viewers_3_rooms"]
    assert counts["letter/6_viewers_3_rooms"] >= 6 * 3
