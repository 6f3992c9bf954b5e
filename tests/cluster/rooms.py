"""Rooms on a real NATS for tests."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from streamsign.captions.events import KeptEvent
from streamsign.captions.room import CaptionRoom
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.room import ClusterRoom
from streamsign.cluster.rooms import ClusterRooms
from streamsign.recognition.events import Commit

LETTERS = tuple("CELOV")
GENEROUS_S = 20.0


@asynccontextmanager
async def cluster_rooms(
    url: str, *, retention_s: float | None = None, max_idle: int = 64
) -> AsyncIterator[ClusterRooms]:
    """The rooms of one process, with a connection of its own."""
    client = await connect(NatsAddress(SecretStr(url)), "test")
    rooms = ClusterRooms(client, "celov", LETTERS, clock=time.time, retention_s=retention_s, max_idle=max_idle)
    await rooms.open()
    try:
        yield rooms
    finally:
        await rooms.close()
        await close(client)


async def cluster_room(rooms: ClusterRooms, name: str) -> ClusterRoom:
    """A room with the methods that only those of a cluster have."""
    room = await rooms.get(name)
    assert isinstance(room, ClusterRoom)
    return room


def letter(text: str, at_s: float = 1.0) -> Commit:
    """A letter."""
    return Commit(text, 0.9, at_s, at_s)


def written(room: CaptionRoom) -> list[KeptEvent]:
    """All events of a room."""
    return room.log.after()[1]
