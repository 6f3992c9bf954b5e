"""Tests of benchmarks/broker.py."""

from __future__ import annotations

import pytest

from benchmarks import broker
from streamsign.captions.events import event_adapter
from tests.nats_server import needs_nats

pytestmark = [pytest.mark.real_time, needs_nats]


def test_every_case_is_measured() -> None:
    """A short run against real servers has all rows that docs/scale.md reads, and a letter grows by its text."""
    report = broker.run(full=False, model="celov", messages=1000, losses=1)
    figures = {line.case: line.p50 for line in report.rows}
    for rooms in broker.ROOMS:
        assert figures[f"letters/{rooms}_rooms/time_a_message"] > 0
        assert figures[f"letters/{rooms}_rooms/acknowledged"] > 0
    assert figures["bytes/letter_of_1000_characters"] - figures["bytes/letter_of_0_characters"] == 1000
    assert figures["moments/received/gateway_cpu_a_message"] > 0
    assert figures["loads/of_100_workers/worker_cpu_a_message"] > 0
    assert {"moments/to_1_gateways/broker_cpu_a_message", "moments/to_5_gateways/broker_cpu_a_message"} < set(figures)
    assert figures["leader_lost/stored_again"] > 0
    assert "nats-server" in report.versions


def test_the_messages_are_events() -> None:
    """What is published are the events that a viewer validates."""
    for event in (broker.letter_of("ABC"), broker.partial()):
        assert event_adapter.validate_json(broker.wire(event)) == event
