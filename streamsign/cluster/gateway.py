"""A gateway: pages, camera offers and captions of a cluster. Workers read the cameras."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

from nats.aio.client import Client

from streamsign.cluster.cameras import RemoteCameras
from streamsign.cluster.claims import Claims
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.health import measure
from streamsign.cluster.open_rooms import open_rooms
from streamsign.cluster.state import SharedState, shared_state
from streamsign.errors import SettingsError
from streamsign.server.grants.holds import Holds
from streamsign.server.parts import Elsewhere, Server, make_server
from streamsign.server.run import run
from streamsign.server.tls.authority import unusable
from streamsign.settings import Settings


def require_offered(settings: Settings) -> None:
    """Check that the settings ask for nothing that only a server without workers offers.

    Raises:
        SettingsError: they do.
    """
    problems = {
        "--source": ("A gateway fetches no network cameras.", bool(settings.source)),
        "--no-log": ("A cluster stores captions in NATS, also those of --no-log.", not settings.keep_log),
        "--where phone": ("A cluster does not let phones read letters.", settings.where == "phone"),
    }
    for flag, (problem, given) in problems.items():
        if given:
            raise SettingsError(problem, f"Leave {flag} out, or use `streamsign serve` without --workers.")


async def run_gateway(
    settings: Settings,
    on_ready: Callable[[Server], Coroutine[Any, Any, None]] | None = None,
    *,
    alone: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: see :class:`Settings`.
        on_ready: see :func:`streamsign.server.run.run`.
        alone: whether it is the only gateway: keys, devices and links then are in the state folder, where
            `streamsign link` finds them.

    Raises:
        AddressInUse: a port is taken.
        ConnectionFailed: NATS does not answer.
        ModelError: the model cannot be used.
        SettingsError: the settings cannot be used.
    """
    require_offered(settings)
    try:  # for the address that `streamsign link` reads
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(settings.state_dir, error) from error
    client = await connect(NatsAddress.of(settings), "streamsign gateway")
    try:
        async with AsyncExitStack() as stack:
            state = None if alone else await stack.enter_async_context(shared_state(client))
            await run(settings, on_ready, lambda given: make_gateway(given, client, state))
    finally:
        await close(client)


async def make_gateway(settings: Settings, client: Client, state: SharedState | None) -> Server:
    """The parts of a gateway; without a shared state its own is in the state folder.

    Raises:
        ModelError: the model cannot be used.
        SettingsError: the state folder cannot be used.
    """
    model = settings.load_model()
    rooms = await open_rooms(settings, client, model)
    pools: list[RemoteCameras] = []

    def cameras(holds: Holds) -> RemoteCameras:
        pools.append(RemoteCameras(settings, client, model, holds, Claims(client)))
        return pools[0]

    server = make_server(settings, state, Elsewhere(rooms, cameras))
    measure(server.metrics, client, rooms, pools[0])
    if state is not None:
        state.attach(server)
    await pools[0].start()
    return server
