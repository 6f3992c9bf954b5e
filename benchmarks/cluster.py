"""A cluster on this computer for benchmarks: a real nats-server, one gateway, and workers, each on the cores given."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.cluster_parts import PUBLISH, VIEW, ClusterParts, Part
from benchmarks.nats_server import nats_servers

_FRAMES = re.compile(r"^streamsign_frames_total (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster, which cameras and viewers use as they use a server.

    Attributes:
        gateway: pages, offers and captions.
        workers: read the cameras.
        nats_url: of its NATS.
        token, view_token: publish and view token of all processes.
    """

    gateway: Part
    workers: tuple[Part, ...]
    nats_url: str
    token: str = PUBLISH
    view_token: str = VIEW

    @property
    def url(self) -> str:
        """Of the gateway."""
        return self.gateway.url

    def cpu_s(self) -> float:
        """CPU time of all workers so far, or of the gateway without workers, seconds."""
        return sum(each.cpu_s() for each in self.workers) if self.workers else self.gateway.cpu_s()

    async def frames_read(self, http: httpx.AsyncClient) -> int:
        """Frames that the workers have read."""
        texts = [(await http.get(f"{each.url}/metrics")).text for each in self.workers]
        return sum(round(float(found[1])) for text in texts if (found := _FRAMES.search(text)))


@contextmanager
def cluster(
    model: str,
    *,
    worker_cores: Sequence[int],
    gateway_core: int | None,
    broker_core: int | None,
    **settings: object,
) -> Iterator[Cluster]:
    """A cluster that is ready.

    Args:
        model: a model's folder.
        worker_cores: the core of each worker.
        gateway_core: the gateway's; None for all.
        broker_core: that of NATS; None for all.
        settings: fields of :class:`~streamsign.settings.Settings` of all its processes.

    Raises:
        StreamsignError: nats-server is not installed, or a part does not start.
    """
    given = {"model": model, "log_level": "warning", **settings}
    with (
        tempfile.TemporaryDirectory() as folder,
        nats_servers(core=broker_core) as (broker,),
        closing(ClusterParts(Path(folder), broker, given)) as parts,
    ):
        for core in worker_cores:
            parts.worker(core=core)
        yield Cluster(parts.gateway(core=gateway_core), tuple(parts.workers), broker.url)
