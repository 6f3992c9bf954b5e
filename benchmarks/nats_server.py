"""Real NATS servers with JetStream on free ports of this computer, for benchmarks."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cores import cpu_time_s, pinned
from benchmarks.ports import free_ports, listens
from streamsign.errors import StreamsignError

_START_TIMEOUT_S = 20.0
_CLUSTER = "streamsign"


@dataclass(slots=True)
class NatsServer:
    """A server; :meth:`kill` ends it and :meth:`start` starts it again with the same files.

    Attributes:
        name: in its cluster.
        port: of its clients.
    """

    name: str
    port: int
    _command: tuple[str, ...]
    _core: int | None
    _child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For clients."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it accepts clients.

        Raises:
            StreamsignError: it does not within 20 s.
        """
        with pinned(self._core):
            self._child = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not listens(self._child, self.port, _START_TIMEOUT_S):
            raise StreamsignError("nats-server does not start.", f"Try `{' '.join(self._command)}` alone.")

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End it with a signal."""
        self.signal(number)
        assert self._child is not None  # noqa: S101 - it was started
        self._child.wait()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._child is not None  # noqa: S101 - it was started
        self._child.send_signal(number)

    def cpu_s(self) -> float:
        """CPU time it took so far, seconds."""
        assert self._child is not None  # noqa: S101 - it was started
        return cpu_time_s(self._child.pid)

    def resident_kb(self) -> int:
        """Memory in RAM, 1024 bytes each."""
        assert self._child is not None  # noqa: S101 - it was started
        lines = Path(f"/proc/{self._child.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def nats_version() -> str:
    """Version of the installed server.

    Raises:
        StreamsignError: it is not installed.
    """
    return (
        subprocess.run([_program(), "--version"], capture_output=True, text=True, check=True)
        .stdout.split("v")[-1]
        .strip()
    )


@contextmanager
def nats_servers(count: int = 1, *, core: int | None = None) -> Iterator[list[NatsServer]]:
    """Servers with JetStream in a folder that is removed at the end; more than one form a cluster.

    Args:
        count: 1, or 3 and more.
        core: the core they are pinned to.

    Raises:
        StreamsignError: nats-server is not installed, or does not start.
    """
    program = _program()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = free_ports(2 * count)
        servers = []
        for number in range(count):
            name, port, route = f"node{number}", ports[number], ports[count + number]
            config = folder / f"{name}.conf"
            config.write_text(_config(name, port, folder / name, route, ports[count:] if count > 1 else ()))
            servers.append(NatsServer(name, port, (program, "-c", str(config)), core))
        try:
            for each in servers:
                each.start()
            yield servers
        finally:
            for each in servers:
                if each._child is not None:
                    each.kill()


def _program() -> str:
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise StreamsignError("nats-server is not installed.", "Install it: sudo apt install nats-server")
    return program


def _config(name: str, port: int, store: Path, route: int, routes: Sequence[int]) -> str:
    """Configuration of one server. JSON is a subset of what it reads."""
    config: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "server_name": name,
        "jetstream": {"store_dir": str(store)},
    }
    if routes:
        config["cluster"] = {
            "name": _CLUSTER,
            "host": "127.0.0.1",
            "port": route,
            "routes": [f"nats://127.0.0.1:{each}" for each in routes],
        }
    return json.dumps(config)
