"""Publishes letters to rooms of a cluster until it is ended, as workers do, without cameras.

python -m benchmarks.cluster_letters NATS_URL MODEL EVERY_S ROOM...
"""

from __future__ import annotations

import asyncio
import itertools
import sys

from streamsign.cluster.connection import NatsAddress, connect
from streamsign.cluster.open_rooms import open_rooms
from streamsign.cluster.rooms import ClusterRooms
from streamsign.recognition.events import Commit
from streamsign.settings import read_settings

LETTERS = "CELOV"


async def publish(nats_url: str, model: str, every_s: float, names: list[str]) -> None:
    """Publish a letter in every room in each interval, the rooms evenly spread over it.

    Raises:
        ConnectionFailed: NATS does not answer.
    """
    settings = read_settings(nats=nats_url, model=model)
    client = await connect(NatsAddress.of(settings), "letters")
    rooms = await open_rooms(settings, client, settings.load_model())
    async with asyncio.TaskGroup() as tasks:
        for number, name in enumerate(names):
            tasks.create_task(_write(rooms, name, every_s, every_s * number / len(names)))


async def _write(rooms: ClusterRooms, name: str, every_s: float, first_s: float) -> None:
    room = await rooms.get(name)
    await asyncio.sleep(first_s)
    for letter in itertools.cycle(LETTERS):
        now_s = room.clock()
        room.publish_letter("camera", Commit(letter, 0.9, now_s, now_s))
        await asyncio.sleep(every_s)


if __name__ == "__main__":
    asyncio.run(publish(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]))
