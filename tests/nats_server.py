"""A real NATS with JetStream on a free port, which can be stopped and started again."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nats.aio.client import Client

SERVER = shutil.which("nats-server", path="/usr/sbin:/usr/local/bin:/usr/bin:/bin")

needs_nats = pytest.mark.skipif(SERVER is None, reason="nats-server is not installed (apt install nats-server)")
"""Mark of the tests that need a NATS."""

_START_S = 10.0


@dataclass
class NatsServer:
    """A nats-server process.

    Attributes:
        port: where it listens, also after it was stopped.
        folder: where it keeps its streams.
        config: more lines of its configuration file.
    """

    port: int
    folder: Path
    config: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, without credentials."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "nats.log").read_text(encoding="utf-8")

    def start(self) -> None:
        """Start it and wait until it listens."""
        assert SERVER is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nlog_file: "{self.folder / "nats.log"}"\n'
            f'jetstream {{ store_dir: "{self.folder / "jetstream"}" }}\n{self.config}\n',
            encoding="utf-8",
        )
        self.process = subprocess.Popen(
            [SERVER, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until_s = time.monotonic() + _START_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError(f"nats-server did not start: {self.log}")
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it with a signal, and wait until it has ended."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None

    def hang(self) -> None:
        """Let it answer nothing until :meth:`resume`; connections stay open."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End :meth:`hang`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def lose_everything(self) -> None:
        """Delete its streams while it is stopped."""
        shutil.rmtree(self.folder / "jetstream", ignore_errors=True)


async def until(reached: Callable[[], bool], longest_s: float = 20.0) -> float:
    """Wait until a condition holds; the seconds that it took."""
    begun_s = time.monotonic()
    while not reached():
        assert time.monotonic() - begun_s < longest_s
        await asyncio.sleep(0.01)
    return time.monotonic() - begun_s


async def restart(server: NatsServer, client: Client, change: Callable[[Path], None] = lambda _: None) -> None:
    """Stop NATS, change the files in its folder, start it again, and wait until a client is connected to it again."""
    reconnects = client.stats["reconnects"]
    server.stop()
    change(server.folder)
    server.start()
    await until(lambda: client.stats["reconnects"] > reconnects and client.is_connected)


def save(folder: Path) -> None:
    """Copy what NATS has stored; a change for :func:`restart`."""
    shutil.copytree(folder / "jetstream", folder / "saved")


def restore(folder: Path) -> None:
    """Put the copy that :func:`save` made back; a change for :func:`restart`."""
    shutil.rmtree(folder / "jetstream")
    shutil.copytree(folder / "saved", folder / "jetstream")


@contextmanager
def running_nats(folder: Path, config: str = "") -> Iterator[NatsServer]:
    """A NATS with JetStream that runs in the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = NatsServer(port, folder, config)
    server.start()
    try:
        yield server
    finally:
        server.stop(signal.SIGKILL)
