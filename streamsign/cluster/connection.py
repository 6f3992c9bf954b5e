"""The connection of a gateway or a worker to NATS."""

from __future__ import annotations

import asyncio
import logging
import re

import nats
from nats.aio.client import Client
from nats.errors import Error

from streamsign.errors import ConnectionFailed

logger = logging.getLogger(__name__)

DEFAULT_NATS = "nats://127.0.0.1:4222"
"""The server of a cluster on one machine."""

CONNECT_S = 3.0
"""Wait for a first connection."""

RECONNECT_EVERY_S = 0.25
"""Pause between two attempts to connect again; there is no last one."""

PING_EVERY_S = 5
"""A server that answers two pings in a row with nothing is left."""


def without_password(url: str) -> str:
    """An address as it may be logged."""
    return re.sub(r"//[^/@]*@", "//", url)


async def connect(url: str, name: str) -> Client:
    """Connect to NATS. A connection that is lost later is made again, and what is published meanwhile is kept.

    Args:
        url: one address or several, comma separated.
        name: of this process, for NATS's own monitoring.

    Raises:
        ConnectionFailed: no server answers.
    """
    shown = without_password(url)

    async def disconnected() -> None:
        logger.warning("Disconnected from NATS url=%s", shown)

    async def reconnected() -> None:
        logger.info("Connected to NATS again url=%s", shown)

    async def failed(error: Exception) -> None:
        logger.debug("NATS: %s", error)

    try:
        async with asyncio.timeout(CONNECT_S):
            return await nats.connect(
                [each.strip() for each in url.split(",")],
                name=name,
                allow_reconnect=True,
                connect_timeout=2,
                max_reconnect_attempts=-1,
                reconnect_time_wait=RECONNECT_EVERY_S,
                ping_interval=PING_EVERY_S,
                max_outstanding_pings=2,
                disconnected_cb=disconnected,
                reconnected_cb=reconnected,
                error_cb=failed,
            )
    except (OSError, Error, TimeoutError, ValueError) as error:
        raise ConnectionFailed(
            f"NATS at {shown} cannot be reached: {error or type(error).__name__}.",
            "Start it with `nats-server --jetstream`, or name another server with --nats.",
        ) from error
