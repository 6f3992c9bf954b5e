"""A host name on the local network by multicast DNS (RFC 6762), instead of an address: ``streamsign.local``.

The QR code contains the address, because some phones do not resolve such names.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import zeroconf
from zeroconf import AddressResolverIPv4  # type: ignore[attr-defined]  # public, but left out of __all__
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

logger = logging.getLogger(__name__)

SERVICE = "_https._tcp.local."
SPARE = 3
"""Names that are tried, so servers with a name on one network."""

_ASKED_MS = 600
"""How long another owner of a name has to answer: hosts answer within 120 ms (RFC 6762, section 6)."""


def candidates(name: str) -> list[str]:
    """The host names to try for a name, in order: NAME.local, NAME-2.local and so on."""
    return [f"{name if number == 1 else f'{name}-{number}'}.local" for number in range(1, SPARE + 1)] if name else []


@asynccontextmanager
async def announced(name: str, ips: Collection[str], port: int) -> AsyncIterator[str | None]:
    """Answer to a name while the block runs.

    Args:
        name: the name wanted, without ``.local``.
        ips: this computer's IPv4 addresses; loopback is left out.
        port: of the HTTPS listener.

    Yields:
        The host name that was free, such as ``streamsign.local``; None if no name could be announced, which is
        logged: the server also runs in a network without multicast.
    """
    addresses = [socket.inet_aton(ip) for ip in ips if not ip.startswith("127.")]
    try:
        responder = AsyncZeroconf(ip_version=zeroconf.IPVersion.V4Only)
    except OSError as error:
        logger.warning("no name on the network: multicast DNS cannot be used here (%s); links hold the address", error)
        yield None
        return
    try:
        yield await _register(responder, candidates(name), addresses, port)
    finally:
        await responder.async_close()


async def _register(responder: AsyncZeroconf, hosts: Sequence[str], addresses: list[bytes], port: int) -> str | None:
    for host in hosts:
        try:
            if await _is_taken(responder, host, addresses):
                continue
            info = AsyncServiceInfo(
                SERVICE,
                f"{host.removesuffix('.local')}.{SERVICE}",
                addresses=addresses,
                port=port,
                properties={"path": "/"},
                server=f"{host}.",
            )
            await responder.async_register_service(info)
        except zeroconf.NonUniqueNameException:
            continue
        except (TimeoutError, zeroconf.Error, OSError) as error:
            logger.warning(
                "no name on the network: %s could not be announced (%r); links hold the address", host, error
            )
            return None
        return host
    logger.warning("no name on the network: %s are all taken; give another with --mdns-name", ", ".join(hosts))
    return None


async def _is_taken(responder: AsyncZeroconf, host: str, own: Collection[bytes]) -> bool:
    """Whether another computer answers to a name; one with our addresses is this computer, perhaps before a restart."""
    asked = AddressResolverIPv4(f"{host}.")
    await asked.async_request(responder.zeroconf, _ASKED_MS)
    return bool(set(asked.addresses) - set(own))
