"""cluster/health.py: the way of a process to NATS, in its metrics."""

from __future__ import annotations

from pathlib import Path

from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.health import measure
from streamsign.cluster.open_rooms import open_rooms
from streamsign.server.metrics.collector import Metrics
from tests.cluster.rooms import letter
from tests.cluster.workers import settings
from tests.nats_server import NatsServer, needs_nats, until

pytestmark = needs_nats


async def test_the_connection_and_what_waits_are_measured(nats: NatsServer, tmp_path: Path) -> None:
    """Connected is 1, and 0 after the end; nothing waits once it is stored, and what could not be stored is lost."""
    given = settings(nats.url, tmp_path)
    client = await connect(NatsAddress.of(given), "test")
    rooms = await open_rooms(given, client, given.load_model())
    metrics = Metrics()
    assert "streamsign_nats_connected" not in metrics.exposition().decode()
    measure(metrics, client, rooms)
    await (await rooms.get("health")).edit("replace", word="HELLO")
    text = metrics.exposition().decode()
    assert "streamsign_nats_connected 1.0" in text
    assert "streamsign_captions_waiting 0.0" in text
    assert "streamsign_captions_lost_total 0.0" in text
    room = await rooms.get("health")
    nats.stop()
    await until(lambda: not client.is_connected)
    room.publish_letter("a", letter("C"))
    await until(lambda: rooms.stream.retries > 0)
    await rooms.close()
    await close(client)
    text = metrics.exposition().decode()
    assert "streamsign_captions_lost_total 1.0" in text
    assert "streamsign_captions_retries_total 0.0" not in text
    nats.start()
    assert "streamsign_nats_connected 0.0" in metrics.exposition().decode()
