"""Viewers that take very little CPU time, so that a thousand of them can share a core."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

from streamsign.captions.protocol import SUBPROTOCOL

ARRIVALS_AT_ONCE = 50
"""Viewers that connect without a pause of half a second."""

_TEXT, _CLOSE, _PING = 0x81, 0x88, 0x89


def upgrade_request(url: str, path: str, token: str) -> bytes:
    """The request that opens a captions websocket (RFC 6455, section 4.1)."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}, token.{token}\r\n\r\n"
    ).encode()


class Listener(asyncio.Protocol):
    """A viewer that notes when text messages come and decodes them afterwards.

    Attributes:
        came: Unix seconds, and the message.
        gone: whether the connection has ended.
    """

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._upgraded = False
        self._buffer = b""
        self.came: list[tuple[float, bytes]] = []
        self.gone = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask for the websocket."""
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self.gone = True

    def data_received(self, data: bytes) -> None:
        """Note messages, and answer pings."""
        now_s = time.time()
        self._buffer += data
        if not self._upgraded:
            _, ended, rest = self._buffer.partition(b"\r\n\r\n")
            if not ended:
                return
            self._upgraded, self._buffer = True, rest
        while (frame := _frame(self._buffer)) is not None:
            kind, payload, length = frame
            self._buffer = self._buffer[length:]
            if kind == _TEXT:
                self.came.append((now_s, payload))
            elif kind == _PING:
                self._transport.write(_masked_pong(payload))
            elif kind == _CLOSE:
                self._transport.close()

    def close(self) -> None:
        """Leave."""
        self._transport.close()

    def letters_ms(self) -> Iterator[float]:
        """Milliseconds from the publication of each letter to its arrival."""
        for came_s, message in self.came:
            event = json.loads(message)
            if event["type"] == "letter":
                yield max(0.0, 1000 * (came_s - event["ledger"]["published_s"]))


@asynccontextmanager
async def listeners(url: str, token: str, rooms: Sequence[str]) -> AsyncIterator[list[Listener]]:
    """Viewers that are connected in the block.

    Args:
        url: of the server.
        token: view token.
        rooms: the room of each viewer.

    Raises:
        OSError: the server refuses a connection.
    """
    requests = {room: upgrade_request(url, f"/captions/{room}", token) for room in rooms}
    address, loop = urlsplit(url), asyncio.get_running_loop()
    viewers: list[Listener] = []
    async with AsyncExitStack() as stack:
        for number, room in enumerate(rooms, 1):
            _, viewer = await loop.create_connection(
                partial(Listener, requests[room]), address.hostname or "", address.port or 80
            )
            stack.callback(viewer.close)
            viewers.append(viewer)
            if number % ARRIVALS_AT_ONCE == 0:
                await asyncio.sleep(0.5)
        yield viewers


def _frame(data: bytes) -> tuple[int, bytes, int] | None:
    """First byte, payload and length of the first frame in data (RFC 6455, section 5.2); None: it is not all there."""
    if len(data) < 2:
        return None
    length, begin = data[1], 2
    if length == 126:
        length, begin = int.from_bytes(data[2:4]), 4
    elif length == 127:
        length, begin = int.from_bytes(data[2:10]), 10
    end = begin + length
    return (data[0], data[begin:end], end) if len(data) >= end else None


def _masked_pong(payload: bytes) -> bytes:
    """A pong with a mask of zeros, which changes nothing."""
    return bytes([0x8A, 0x80 | len(payload), 0, 0, 0, 0]) + payload
