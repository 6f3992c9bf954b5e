"""The rooms of a gateway or a worker, as its settings say."""

from __future__ import annotations

from nats.aio.client import Client

from streamsign.cluster.rooms import ClusterRooms
from streamsign.recognition.model import Model
from streamsign.settings import Settings


async def open_rooms(settings: Settings, client: Client, model: Model) -> ClusterRooms:
    """Open the rooms of the cluster.

    Raises:
        ConnectionFailed: NATS does not answer, or has no JetStream.
    """
    rooms = ClusterRooms(
        client,
        model.info.name,
        model.info.alphabet,
        max_rooms=settings.max_rooms,
        pauses=settings.pauses,
        retention_s=settings.retention * 86_400 if settings.retention else None,
    )
    await rooms.open()
    return rooms
