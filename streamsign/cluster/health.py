"""What a process of the cluster measures of its connection to NATS."""

from __future__ import annotations

from nats.aio.client import Client

from streamsign.cluster.room import ClusterRoom
from streamsign.cluster.rooms import ClusterRooms
from streamsign.server.metrics.collector import ClusterHealth, Metrics


def measure(metrics: Metrics, client: Client, rooms: ClusterRooms) -> None:
    """Let the metrics of a process show its connection to NATS, and what it has not stored there yet.

    Args:
        metrics: asks at each exposition.
        client: the connection.
        rooms: the rooms that this process has open.
    """

    def health() -> ClusterHealth:
        own = [room for room in rooms.all() if isinstance(room, ClusterRoom)]
        return ClusterHealth(client.is_connected, sum(room.waiting for room in own))

    metrics.cluster = health
