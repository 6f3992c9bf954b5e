"""Runs the server: two listeners, one set of parts, an end within three seconds."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from streamsign.errors import AddressInUse
from streamsign.server.app import create_app
from streamsign.server.cameras.here import cameras_here
from streamsign.server.captions.frames import frame_protocol
from streamsign.server.http.deadlines import deadline_protocol
from streamsign.server.network import mdns
from streamsign.server.network.addresses import Place, follow, place, reached_by
from streamsign.server.pairing.links import Links
from streamsign.server.parts import Server, make_server
from streamsign.server.process.limits import set_process_limits
from streamsign.server.process.memory import limit_heaps, prompt_collections
from streamsign.server.tls.certificate import certificate
from streamsign.settings import Settings
from streamsign.state.address import ServerAddress, announced
from streamsign.state.migration import move_former_state
from streamsign.state.private import keep_private

MAX_HEADER_BYTES = 32 * 1024
"""Limit of a request's header; browsers with cookies of other services on this computer send some kilobytes."""


ADDRESS_EVERY_S = 1.0
"""How often it is checked whether the server's links have changed, for `streamsign link`."""


class Listener(uvicorn.Server):
    """A uvicorn server that leaves the signals to us: two of them would fight over one."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # uvicorn's own has no useful type
        """Leave the signals to the program."""
        yield


def bind(host: str, port: int, flag: str) -> socket.socket:
    """A bound listening socket.

    Raises:
        AddressInUse: the port is taken, or the address cannot be bound.
    """
    # asyncio sets TCP_NODELAY only on sockets that name their protocol. Without it an event waits up to 40 ms for the
    # viewer's delayed acknowledgment of the one before.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise AddressInUse(
            f"{host}:{port} cannot be used: {error.strerror or error}.",
            f"Stop the program that holds it, or give another port with {flag}; 0 takes a free one.",
        ) from error
    bound.setblocking(False)
    return bound


async def _make(settings: Settings) -> Server:
    return make_server(settings)


async def run(
    settings: Settings,
    on_ready: Callable[[Server], Coroutine[Any, Any, None]] | None = None,
    make: Callable[[Settings], Awaitable[Server]] = _make,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: see :class:`Settings`.
        on_ready: runs from when both listeners accept connections; canceled at the end.
        make: makes the parts.

    Raises:
        AddressInUse: a port is taken.
        ModelError: the model cannot be used.
        SettingsError: the state folder cannot be used.
    """
    set_process_limits()
    limit_heaps()
    sockets = [bind(settings.host, settings.port, "--port")]
    try:
        if settings.lan:
            sockets.append(bind("0.0.0.0", settings.lan_port, "--lan-port"))  # noqa: S104 - phones come from the LAN
        move_former_state(settings.state_dir)
        for key_file in settings.state_dir.glob("*key.pem"):  # also with --no-lan, which reads none of them
            keep_private(key_file)
        server = await make(settings)
    except BaseException:
        for bound in sockets:
            bound.close()
        raise
    here, lan_port = place(), sockets[-1].getsockname()[1]
    base = reached_by(settings, here, lan_port) if settings.lan else settings.public_url
    server.links = Links(f"http://localhost:{sockets[0].getsockname()[1]}/", base)
    app = create_app(settings, server)
    listeners = [Listener(listener_config(app, settings))]
    if settings.lan:
        listeners.append(Listener(listener_config(app, settings, *_certificate(settings, here))))
    with prompt_collections():
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        tasks = [
            asyncio.ensure_future(listener.serve([bound])) for listener, bound in zip(listeners, sockets, strict=True)
        ]
        beside: list[asyncio.Task[None]] = []
        try:
            while not all(listener.started for listener in listeners) and not any(task.done() for task in tasks):  # noqa: ASYNC110 - uvicorn has no event
                await asyncio.sleep(0.02)
            for url, room in settings.sources:
                await cameras_here(server).open_source(url, await server.rooms.get(room))
            beside.append(asyncio.ensure_future(_announce(server)))
            if on_ready is not None:
                beside.append(asyncio.ensure_future(on_ready(server)))
            if settings.lan:
                certify = partial(_certify, listeners[-1].config, settings)
                beside.append(asyncio.ensure_future(follow(server, here, lan_port, certify)))
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            for task in beside:
                task.cancel()
            ended = await asyncio.gather(*beside, return_exceptions=True)
            await server.close()
            for listener in listeners:
                listener.should_exit = True
            await asyncio.gather(*tasks)
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _announce(server: Server) -> None:
    """Keep the addresses of the links in the state folder, until canceled."""
    with announced(server.settings.state_dir) as write:
        written = None
        while True:
            if (address := ServerAddress(host_url=server.links.host_url, base=server.links.base)) != written:
                write(address)
                written = address
            await asyncio.sleep(ADDRESS_EVERY_S)


def _certificate(settings: Settings, here: Place) -> tuple[Path, Path]:
    """Files of a certificate for a place, and of its key."""
    named = [settings.advertise_address or here.address]
    return certificate(settings.state_dir, named, mdns.candidates(settings.mdns_name), [*here.held, here.address])


def _certify(config: uvicorn.Config, settings: Settings, here: Place) -> None:
    """Load a certificate for a place, for new connections."""
    if config.ssl is not None:
        config.ssl.load_cert_chain(*_certificate(settings, here))


def listener_config(
    app: object, settings: Settings, chain: Path | None = None, key: Path | None = None
) -> uvicorn.Config:
    """How a listener serves; with HTTPS when it has a certificate."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=deadline_protocol(settings),
        ws_max_size=settings.max_message_bytes,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        ws=frame_protocol(settings.send_timeout_s),
        ws_per_message_deflate=False,  # events are small: zlib would cost each viewer a quarter of a megabyte
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # a forged X-Forwarded-For must not look like this computer
        timeout_graceful_shutdown=1,
        ssl_certfile=chain,
        ssl_keyfile=key,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
