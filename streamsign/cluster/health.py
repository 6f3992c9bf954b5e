"""What a process of the cluster measures of its connection to NATS."""

from __future__ import annotations

from nats.aio.client import Client

from streamsign.cluster.cameras import RemoteCameras
from streamsign.cluster.room import ClusterRoom
from streamsign.cluster.rooms import ClusterRooms
from streamsign.cluster.worker import Worker
from streamsign.server.metrics.collector import ClusterHealth, Metrics


def measure(
    metrics: Metrics,
    client: Client,
    rooms: ClusterRooms,
    cameras: RemoteCameras | None = None,
    worker: Worker | None = None,
) -> None:
    """Let the metrics of a process show its connection to NATS, what it has not stored there yet, and what it counted.

    Args:
        metrics: asks at each exposition.
        client: the connection.
        rooms: the rooms that this process has open.
        cameras: of a gateway.
        worker: of a worker's process.
    """

    def health() -> ClusterHealth:
        own = [room for room in rooms.all() if isinstance(room, ClusterRoom)]
        return ClusterHealth(
            client.is_connected,
            sum(room.waiting for room in own),
            retries=rooms.stream.retries,
            conflicts=rooms.stream.conflicts,
            lost=rooms.stream.lost,
            offers=cameras.offers if cameras is not None else {},
            workers_ended=cameras.workers_ended if cameras is not None else {},
            sessions_begun=worker.begun if worker is not None else {},
        )

    metrics.cluster = health
