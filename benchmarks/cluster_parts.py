"""NATS, gateways and workers as processes of their own, which can be started, stopped and killed one by one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from streamsign.errors import StreamsignError

ROOT = Path(__file__).resolve().parents[1]
PUBLISH, VIEW = "publish-token-of-the-cluster", "view-token-of-the-cluster"
START_S = 90.0
"""Wait for a process on a loaded computer."""

_NATS = shutil.which("nats-server", path=f"/usr/sbin:/usr/local/bin:{os.environ.get('PATH', '')}")


@dataclass
class Part:
    """One process, and where it answers."""

    name: str
    url: str
    child: subprocess.Popen[bytes]
    log: Path

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.child.poll() is None

    def end(self, number: int = signal.SIGTERM, wait_s: float = 60.0) -> None:
        """Send it a signal and wait until it has ended."""
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
        until_s = time.monotonic() + START_S
        while time.monotonic() < until_s and self.runs:
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise StreamsignError(f"{self.name} does not start:\n{self.log.read_text()[-2000:]}")


@dataclass
class ClusterParts:
    """The processes of a cluster on this computer.

    Attributes:
        folder: for logs and state.
        settings: of all gateways and workers, by the names of :class:`~streamsign.settings.Settings`.
        workers, gateways: those that were started, ended ones included.
    """

    folder: Path
    settings: dict[str, object] = field(default_factory=dict)
    workers: list[Part] = field(default_factory=list)
    gateways: list[Part] = field(default_factory=list)
    nats: Part | None = None
    nats_port: int = 0

    def start_nats(self) -> Part:
        """Start NATS, on the port and with the streams that it had before.

        Raises:
            StreamsignError: it is not installed.
        """
        if _NATS is None:
            raise StreamsignError("nats-server is not installed.", "Install it with `apt install nats-server`.")
        self.nats_port = self.nats_port or free_port()
        command = [_NATS, "-js", "-a", "127.0.0.1", "-p", str(self.nats_port), "-sd", str(self.folder / "jetstream")]
        self.nats = self._spawn("nats", f"http://127.0.0.1:{self.nats_port}", command, {})
        return self.nats

    def gateway(self, *, wait: bool = True, **settings: object) -> Part:
        """Start a gateway."""
        return self._start("gateway", "port", self.gateways, wait, settings)

    def worker(self, *, wait: bool = True, **settings: object) -> Part:
        """Start a worker."""
        return self._start("worker", "metrics_port", self.workers, wait, settings)

    def _start(self, command: str, port: str, parts: list[Part], wait: bool, settings: dict[str, object]) -> Part:
        number = len(parts) + 1
        given = {
            "nats": f"nats://127.0.0.1:{self.nats_port}",
            "publish_token": PUBLISH,
            "view_token": VIEW,
            "mdns_name": "none",
            "state_dir": self.folder / f"{command}-{number}",
            port: free_port(),
        } | self.settings
        given |= settings
        environment = {f"STREAMSIGN_{name.upper()}": str(value) for name, value in given.items()}
        program = [sys.executable, "-m", "streamsign", command]
        part = self._spawn(f"{command}-{number}", f"http://127.0.0.1:{given[port]}", program, environment)
        parts.append(part)
        if wait:
            part.wait_ready()
        return part

    def _spawn(self, name: str, url: str, command: list[str], environment: dict[str, str]) -> Part:
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            child = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=out)
        return Part(name, url, child, log)

    def close(self) -> None:
        """Kill what still runs."""
        for part in [*self.gateways, *self.workers, *([self.nats] if self.nats else [])]:
            if part.runs:
                part.child.kill()
                part.child.wait()


@contextmanager
def cluster_parts(folder: Path, gateways: int = 1, workers: int = 1, **settings: object) -> Iterator[ClusterParts]:
    """A running cluster.

    Args:
        folder: for logs and state.
        gateways: how many.
        workers: how many.
        settings: see :class:`ClusterParts`.

    Raises:
        StreamsignError: a part does not start.
    """
    parts = ClusterParts(folder, settings)
    try:
        parts.start_nats()
        for _ in range(gateways):
            parts.gateway(wait=False)
        for _ in range(workers):
            parts.worker(wait=False)
        for part in (*parts.gateways, *parts.workers):
            part.wait_ready()
        yield parts
    finally:
        parts.close()


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
