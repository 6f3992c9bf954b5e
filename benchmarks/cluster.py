"""A cluster on this computer for benchmarks: a real nats-server, one gateway, and workers, each on the cores given."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

import httpx

from benchmarks.cores import cpu_time_s, pinned
from benchmarks.nats_server import nats_servers
from benchmarks.server import ROOT, ended, ready
from streamsign.errors import StreamsignError

_FRAMES = re.compile(r"^streamsign_frames_total (\S+)", re.MULTILINE)
_OUTPUT_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the cluster, with the address that reports whether it is ready."""

    url: str
    child: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        """CPU time it took so far, seconds."""
        return cpu_time_s(self.child.pid)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster, which cameras and viewers use as they use a server.

    Attributes:
        gateway: pages, offers and captions.
        workers: read the cameras.
        nats_url: of its NATS.
        token, view_token: its publish and view token.
    """

    gateway: Part
    workers: tuple[Part, ...]
    nats_url: str
    token: str
    view_token: str

    @property
    def url(self) -> str:
        """Of the gateway."""
        return self.gateway.url

    def cpu_s(self) -> float:
        """CPU time of all workers, or of the gateway where there are none."""
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
    token, view_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    with ExitStack() as stack:
        (broker,) = stack.enter_context(nats_servers(core=broker_core))
        given = {
            "model": model,
            "nats": broker.url,
            "publish_token": token,
            "view_token": view_token,
            "log_level": "warning",
            **settings,
        }

        def part(command: str, port_name: str, core: int | None) -> Part:
            return stack.enter_context(_part(command, port_name, core, given))

        workers = tuple(part("worker", "metrics_port", core) for core in worker_cores)
        gateway = part("gateway", "port", gateway_core)
        yield Cluster(gateway, workers, broker.url, token, view_token)


@contextmanager
def _part(command: str, port_name: str, core: int | None, settings: dict[str, object]) -> Iterator[Part]:
    """A command of streamsign with settings from its environment, until it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as state, tempfile.TemporaryFile() as words:
        values = {**settings, port_name: port, "state_dir": state}
        environment = {f"STREAMSIGN_{name.upper()}": str(value) for name, value in values.items()}
        with pinned(core):
            child = subprocess.Popen(
                [sys.executable, "-m", "streamsign", command],
                cwd=ROOT,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )
        url = f"http://127.0.0.1:{port}"
        with ended(child):
            if not ready(url, child):
                raise StreamsignError(f"The {command} does not start:\n{_tail(words)}", f"Try `streamsign {command}`.")
            yield Part(url, child)


def _tail(words: IO[bytes]) -> str:
    words.seek(0)
    return words.read()[-_OUTPUT_CHARACTERS:].decode(errors="replace").strip()


def cores_of(count: int) -> tuple[tuple[int, ...], int | None]:
    """Cores for ``count`` processes that are measured, and one core for all others.

    Where there are no more cores, the other processes share the measured ones: None.

    Raises:
        StreamsignError: there are fewer cores, or this is not Linux.
    """
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    if len(cores) < count:
        raise StreamsignError(
            f"This benchmark needs Linux and {count} cores.", f"Run it on such a machine, or with --cpus of {count}."
        )
    return tuple(cores[:count]), cores[count] if len(cores) > count else None
