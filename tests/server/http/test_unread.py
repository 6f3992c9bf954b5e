"""server/http/unread.py: connections whose peer does not read."""

from __future__ import annotations

import asyncio
import socket

import pytest

from streamsign.server.http.unread import UnreadWatch
from tests.virtual_time import in_virtual_time

TIMEOUT_S = 0.2


class _Ended(asyncio.Protocol):
    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set()


async def _connection() -> tuple[socket.socket, asyncio.Transport, _Ended]:
    """The silent end of a connection, and a transport to it that holds more than the system takes."""
    peer, ours = socket.socketpair()
    transport, protocol = await asyncio.get_running_loop().create_connection(_Ended, sock=ours)
    transport.write(bytes(10_000_000))
    return peer, transport, protocol


@pytest.mark.parametrize("closing", [False, True], ids=["full", "closing"])
async def test_a_connection_without_progress_is_aborted(closing: bool) -> None:
    """Nothing is read: a full connection is aborted, and one that closes, which asyncio would keep for ever."""
    peer, transport, protocol = await _connection()
    watch = UnreadWatch(transport, TIMEOUT_S)
    if closing:
        transport.close()
    else:
        watch.full = True
    async with asyncio.timeout(30):
        await protocol.ended.wait()
    watch.stop()
    peer.close()


@in_virtual_time
async def test_a_connection_that_is_read_stays() -> None:
    """As long as something is taken between two looks, the connection stays, also when it is full."""
    peer, transport, protocol = await _connection()
    watch = UnreadWatch(transport, 4.0)
    watch.full = True
    for _ in range(12):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(peer.recv, 500_000)
    assert not protocol.ended.is_set()
    watch.stop()
    transport.abort()
    await protocol.ended.wait()
    peer.close()
