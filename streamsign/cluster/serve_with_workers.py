"""`streamsign serve --workers`: a gateway with supervised workers and a NATS of its own, on one computer."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import SecretStr

from streamsign.cluster.gateway import require_offered, run_gateway
from streamsign.cluster.own_nats import own_nats
from streamsign.cluster.supervisor import Supervised
from streamsign.server.cameras.load import available_cores
from streamsign.server.parts import Server
from streamsign.server.process.memory import LARGE_PAGES
from streamsign.server.run import bind
from streamsign.settings import Settings

STOP_S = 5.0
"""Time for a child process to end: the cameras of a server that stops have nowhere to move."""

FOR_GATEWAY = {
    "collection",
    "connections_per_address",
    "cores",
    "drain_s",
    "host",
    "keep_log",
    "lan",
    "lan_port",
    "max_sessions",
    "mdns_name",
    "metrics_port",
    "nats",
    "port",
    "public_url",
    "publish_token",
    "room",
    "source",
    "state_dir",
    "turn_secret",
    "view_token",
    "workers",
}
"""Settings that workers are not given, or are given as other values."""


def worker_count(workers: str, cores: int) -> int:
    """Number of workers: one for each core, or as many as given."""
    return cores if workers == "auto" else int(workers)


def worker_environment(settings: Settings, number: int, count: int) -> dict[str, str]:
    """The environment of one worker.

    Args:
        settings: those of the server; what was given to it is passed on.
        number: of the worker, from 0.
        count: how many there are.
    """
    given = {name: getattr(settings, name) for name in settings.model_fields_set - FOR_GATEWAY}
    own = {
        "nats": settings.nats,
        "cores": max(1, available_cores(settings.cores) // count),
        "max_sessions": math.ceil(settings.max_sessions / count),
        "metrics_port": settings.metrics_port + number if settings.metrics_port else 0,
        "drain_s": 0,
        "state_dir": settings.state_dir / "workers",
    }
    values = {name: _as_text(value) for name, value in (given | own).items() if value is not None}
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name.removeprefix("STREAMSIGN_").lower() not in Settings.model_fields
    }
    return LARGE_PAGES | inherited | {f"STREAMSIGN_{name.upper()}": value for name, value in values.items()}


def _as_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


async def serve_with_workers(
    settings: Settings, on_ready: Callable[[Server], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: see :class:`Settings`; ``workers`` is given.
        on_ready: see :func:`streamsign.server.run.run`.

    Raises:
        AddressInUse: a port is taken.
        ConnectionFailed: NATS does not answer.
        ModelError: the model cannot be used.
        RuntimeUnavailable: nats-server is not installed, and ``nats`` is not given.
        SettingsError: the settings cannot be used.
    """
    require_offered(settings)
    settings.load_model()  # one error here, not one of each worker at each start
    children: list[Supervised] = []
    if settings.nats is None:
        nats, url = own_nats(settings.state_dir / "nats", _free_port())
        children.append(nats)
        settings = settings.model_copy(update={"nats": SecretStr(url)})
    count = worker_count(settings.workers or "auto", available_cores(settings.cores))
    command = [sys.executable, "-m", "streamsign", "worker"]
    workers = [
        Supervised(f"worker {number + 1}", command, worker_environment(settings, number, count))
        for number in range(count)
    ]
    children += workers
    try:
        for child in children:
            child.start()
        await run_gateway(settings, on_ready, alone=True)
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*(worker.stop(STOP_S) for worker in workers))
            await asyncio.gather(*(child.stop(STOP_S) for child in children))


def _free_port() -> int:
    bound = bind("127.0.0.1", 0, "--nats")
    port: int = bound.getsockname()[1]
    bound.close()
    return port
