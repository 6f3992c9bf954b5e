"""Gateways and workers as processes of their own, which can be started, stopped and killed one by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cores import cpu_time_s, pinned
from benchmarks.nats_server import NatsServer, nats_servers
from benchmarks.ports import free_port
from benchmarks.server import ROOT, ready
from streamsign.errors import StreamsignError

PUBLISH, VIEW = "publish-token-of-the-cluster", "view-token-of-the-cluster"

_OUTPUT_CHARACTERS = 2000
"""Characters of a failed process's output that are shown."""


@dataclass
class Part:
    """One process.

    Attributes:
        command: command of streamsign that it runs.
        url: where it answers.
        child: the process.
        log: file with its output.
    """

    command: str
    url: str
    child: subprocess.Popen[bytes]
    log: Path

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.child.poll() is None

    def cpu_s(self) -> float:
        """CPU time it took so far, seconds."""
        return cpu_time_s(self.child.pid)

    def end(self, number: int = signal.SIGTERM, wait_s: float = 60.0) -> None:
        """Send it a signal and wait until it has ended.

        Raises:
            TimeoutExpired: it does not end in that time; it is killed.
        """
        if self.runs:
            self.child.send_signal(number)
        try:
            self.child.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise

    def wait_ready(self) -> None:
        """Wait until it is ready.

        Raises:
            StreamsignError: it does not start.
        """
        if not ready(self.url, self.child):
            output = self.log.read_text(errors="replace")[-_OUTPUT_CHARACTERS:].strip()
            raise StreamsignError(f"The {self.command} does not start:\n{output}", f"Try `streamsign {self.command}`.")


@dataclass
class ClusterParts:
    """The processes of a cluster on this computer.

    Attributes:
        folder: for logs and state.
        nats: their NATS.
        settings: of all gateways and workers, by the names of :class:`~streamsign.settings.Settings`.
        earlier: folder with an earlier release of the package, which the first, third, … gateway and worker run; None
            if all run this one.
        workers, gateways: those that were started, ended ones included.
    """

    folder: Path
    nats: NatsServer
    settings: dict[str, object] = field(default_factory=dict)
    earlier: Path | None = None
    workers: list[Part] = field(default_factory=list)
    gateways: list[Part] = field(default_factory=list)

    def gateway(self, *, wait: bool = True, core: int | None = None) -> Part:
        """Start a gateway, on all cores or on one.

        Raises:
            StreamsignError: it does not start; only with ``wait``.
        """
        return self._start("gateway", "port", self.gateways, wait, core)

    def worker(self, *, wait: bool = True, core: int | None = None) -> Part:
        """Start a worker, on all cores or on one.

        Raises:
            StreamsignError: it does not start; only with ``wait``.
        """
        return self._start("worker", "metrics_port", self.workers, wait, core)

    def _start(self, command: str, port_name: str, parts: list[Part], wait: bool, core: int | None) -> Part:
        name, port = f"{command}-{len(parts) + 1}", free_port()
        given = {
            "nats": self.nats.url,
            "keep_log": True,
            "publish_token": PUBLISH,
            "view_token": VIEW,
            "mdns_name": "none",
            "state_dir": self.folder / name,
            port_name: port,
            **self.settings,
        }
        environment = {f"STREAMSIGN_{name.upper()}": str(value) for name, value in given.items()}
        source = ROOT
        if self.earlier is not None and len(parts) % 2 == 0:
            source = self.earlier  # ``python -m`` looks in the working directory first
        log = self.folder / f"{name}.log"
        with log.open("ab") as out, pinned(core):
            child = subprocess.Popen(
                [sys.executable, "-m", "streamsign", command],
                cwd=source,
                env=os.environ | environment | {"PYTHONPATH": str(source)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        parts.append(Part(command, f"http://127.0.0.1:{port}", child, log))
        if wait:
            parts[-1].wait_ready()
        return parts[-1]

    def close(self) -> None:
        """Kill the gateways and workers that still run."""
        for part in (*self.gateways, *self.workers):
            if part.runs:
                part.end(signal.SIGKILL)


@contextmanager
def cluster_parts(
    folder: Path, gateways: int = 1, workers: int = 1, earlier: Path | None = None, **settings: object
) -> Iterator[ClusterParts]:
    """A running cluster.

    Args:
        folder: for logs and state.
        gateways: how many.
        workers: how many.
        earlier: see :class:`ClusterParts`.
        settings: see :class:`ClusterParts`.

    Raises:
        StreamsignError: nats-server is not installed, or a part does not start.
    """
    with nats_servers() as (nats,), closing(ClusterParts(folder, nats, settings, earlier)) as parts:
        for _ in range(gateways):
            parts.gateway(wait=False)
        for _ in range(workers):
            parts.worker(wait=False)
        for part in (*parts.gateways, *parts.workers):
            part.wait_ready()
        yield parts
