"""cluster/claims.py: one process at a time enters a room."""

from __future__ import annotations

import asyncio

from pydantic import SecretStr

from streamsign.cluster.claims import Claims
from streamsign.cluster.connection import NatsAddress, close, connect
from tests.nats_server import NatsServer, needs_nats, restart

pytestmark = needs_nats


async def test_a_claim_is_held_by_one_process_at_a_time(nats: NatsServer) -> None:
    """Of three claims of a room the next begins when the one before has ended; another room does not wait."""
    clients = [await connect(NatsAddress(SecretStr(nats.url)), "test") for _ in range(3)]
    inside, most = 0, 0

    async def enter(claims: Claims) -> None:
        nonlocal inside, most
        async with claims.hold("stage"):
            inside += 1
            most = max(most, inside)
            async with claims.hold("other"):
                await asyncio.sleep(0.05)
            inside -= 1

    try:
        async with asyncio.timeout(20):
            await asyncio.gather(*(enter(Claims(client)) for client in clients))
    finally:
        for client in clients:
            await close(client)
    assert (most, inside) == (1, 0)


async def test_rooms_are_claimed_after_a_restart_of_nats(fresh_nats: NatsServer) -> None:
    """The claims are in the memory of NATS; they are made again."""
    client = await connect(NatsAddress(SecretStr(fresh_nats.url)), "test")
    claims = Claims(client)
    try:
        async with claims.hold("stage"):
            pass
        await restart(fresh_nats, client)
        async with claims.hold("stage"):
            pass
    finally:
        await close(client)
