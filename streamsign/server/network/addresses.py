"""Keeps links, certificate and name right while this computer moves from network to network."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from streamsign.errors import SettingsError
from streamsign.server.network import mdns
from streamsign.server.parts import Server
from streamsign.server.tls.certificate import addresses, lan_address
from streamsign.settings import Settings

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""Asking for one's addresses costs a fraction of a millisecond."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this computer is.

    Attributes:
        address: what others on its network reach it by; loopback without a network.
        held: every address it has.
    """

    address: str
    held: tuple[str, ...]


def place() -> Place:
    """Where this computer is now."""
    return Place(lan_address(), tuple(addresses()))


def reached_by(settings: Settings, here: Place, port: int) -> str:
    """Start of the links for other devices; ``port`` is the HTTPS listener's."""
    return settings.public_url or f"https://{settings.advertise_address or here.address}:{port}"


async def follow(server: Server, start: Place, port: int, certify: Callable[[Place], None]) -> None:
    """Until canceled, answer to the server's name, and after a move renew certificate, links and codes.

    Args:
        server: its links and codes are changed.
        start: the place they are right for now.
        port: of the HTTPS listener.
        certify: loads a certificate for a place, for new connections.
    """
    here = start
    while True:
        async with _name(server, here, port):
            while (now := place()) == here:  # noqa: ASYNC110 - no system reports every change
                await asyncio.sleep(LOOK_EVERY_S)
        here = now
        try:
            certify(here)
        except SettingsError as error:
            logger.warning("addresses changed, certificate not renewed error=%s", error)
        base = reached_by(server.settings, here, port)
        if base != server.links.base and not ipaddress.ip_address(here.address).is_loopback:
            server.links = replace(server.links, base=base)
            logger.info("network changed base=%s", base)
            server.codes.renew_all()


@contextlib.asynccontextmanager
async def _name(server: Server, here: Place, port: int) -> AsyncIterator[None]:
    """Answer to the server's name on its network while the block runs; without one where a proxy has the name."""
    settings = server.settings
    wanted = settings.mdns_name and settings.public_url is None
    task = asyncio.ensure_future(_answer_to_name(server, here, port)) if wanted else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            server.links = replace(server.links, name_base=None)


async def _answer_to_name(server: Server, here: Place, port: int) -> None:
    given = server.settings.advertise_address
    try:
        async with mdns.announced(server.settings.mdns_name, [given] if given else here.held, port) as host:
            if host is not None:
                server.links = replace(server.links, name_base=f"https://{host}:{port}")
                server.codes.renew_all()
                logger.info("name announced base=%s", server.links.name_base)
            await asyncio.Event().wait()
    except Exception:  # the name is optional: its failure must not stop the server
        logger.warning("name not announced; links use the address", exc_info=True)
