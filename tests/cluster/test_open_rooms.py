"""cluster/open_rooms.py: rooms as the settings say."""

from __future__ import annotations

from pathlib import Path

from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.open_rooms import open_rooms
from tests.cluster.workers import model, settings
from tests.nats_server import NatsServer, needs_nats

pytestmark = needs_nats


async def test_the_rooms_have_the_model_and_pauses_of_the_settings(nats: NatsServer, tmp_path: Path) -> None:
    """A room knows the letters of the model, and how long a pause ends a word."""
    given = settings(nats.url, tmp_path, word_pause=2.5)
    client = await connect(NatsAddress.of(given), "test")
    rooms = await open_rooms(given, client, model())
    try:
        room = await rooms.get("open-rooms")
        assert (room.model_name, room.letters) == ("celov", tuple(model().info.alphabet))
        assert room.pauses == given.pauses
    finally:
        await rooms.close()
        await close(client)
