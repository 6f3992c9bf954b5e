"""server/captions/frames.py: frames that go to a connection as they are."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.listener import upgrade_request
from streamsign.server.captions.encoded import text_frame
from streamsign.server.captions.frames import MAX_FRAGMENTS, frames_of
from streamsign.server.run import listener_config
from streamsign.settings import read_settings
from tests.server.conftest import Running, listening


@asynccontextmanager
async def _serving(endpoint: Any, **changed: Any) -> AsyncIterator[str]:
    """The address of a websocket that an endpoint serves."""
    config = listener_config(Starlette(routes=[WebSocketRoute("/", endpoint)]), read_settings())
    for name, value in changed.items():
        setattr(config, name, value)
    async with listening(config) as address:
        yield f"ws://{address}/"


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
async def test_frames_of_every_length_are_read(length: int) -> None:
    """A client reads a text of each of the three forms of length, between messages that the server makes itself."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("before")
        await frames_of(socket).send_frame(text_frame("x" * length))
        await socket.send_text("after")
        await socket.close()

    async with _serving(endpoint) as url, connect(url) as viewer:
        assert [message async for message in viewer] == ["before", "x" * length, "after"]


async def test_a_viewer_that_does_not_read_holds_the_sender_back() -> None:
    """The sender waits until the transport takes more: what it sends does not pile up in memory."""
    waits, held = asyncio.Event(), []

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        protocol = frames_of(socket)
        frame = text_frame("x" * 100_000)
        while protocol.writable.is_set():
            await protocol.send_frame(frame)
        held.append(protocol.transport.get_write_buffer_size())
        sending = asyncio.ensure_future(protocol.send_frame(frame))
        await asyncio.sleep(0)
        assert not sending.done()
        waits.set()
        await sending
        await socket.close()

    async with asyncio.timeout(30), _serving(endpoint) as url, connect(url, max_queue=1) as viewer:
        await waits.wait()
        assert held[0] < 1_000_000
        assert {len(message) async for message in viewer} == {100_000}


async def test_a_viewer_that_never_reads_is_disconnected() -> None:
    """A full connection of which nothing is taken is aborted, and the sender that waits ends."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        protocol = frames_of(socket)
        try:
            while True:
                await protocol.send_frame(text_frame("x" * 100_000))
        except ClientDisconnected:
            ended.set_result(None)

    settings = read_settings(send_timeout_s=0.2)
    config = listener_config(Starlette(routes=[WebSocketRoute("/", endpoint)]), settings)
    async with asyncio.timeout(30), listening(config) as address:
        host, _, port = address.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(upgrade_request(f"http://{address}", "/", "t"))
        await ended
        writer.close()


async def test_a_text_that_is_not_utf8_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """The connection is closed with 1007, and nothing is logged."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive()

    async with asyncio.timeout(30), _serving(endpoint) as url, connect(url) as viewer:
        viewer.transport.write(bytes([0x81, 0x82, 0, 0, 0, 0, 0xFF, 0xFE]))
        with pytest.raises(ConnectionClosed):
            await viewer.recv()
        assert viewer.close_code == 1007
    assert not [record for record in caplog.records if record.exc_info]


async def test_an_ended_connection_takes_no_frame() -> None:
    """Once the viewer has left, sending ends with ClientDisconnected."""
    ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        with pytest.raises(WebSocketDisconnect):
            await socket.receive_text()
        try:
            await frames_of(socket).send_frame(text_frame("late"))
        except Exception as error:
            ended.set_result(error)
        await asyncio.sleep(0)

    async with asyncio.timeout(30), _serving(endpoint) as url:
        async with connect(url):
            pass
        assert isinstance(await ended, ClientDisconnected)


async def test_another_protocol_is_named() -> None:
    """With uvicorn's own protocol the error says what is missing."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        with pytest.raises(RuntimeError, match="FrameProtocol"):
            frames_of(socket)
        await socket.send_text("named")
        await socket.close()

    async with _serving(endpoint, ws="websockets-sansio") as url, connect(url) as viewer:
        assert await viewer.recv() == "named"


async def test_viewers_of_a_room_get_the_same_bytes(running: Running) -> None:
    """Two viewers that do not report get one text, with one time of sending."""
    url = running.url.replace("http", "ws") + "/captions/main"
    room = await running.server.rooms.get("main")
    async with connect(url, subprotocols=running.protocols) as one, connect(url, subprotocols=running.protocols) as two:
        assert [json.loads(await each.recv())["type"] for each in (one, two)] == ["hello", "hello"]
        await room.edit("write", word="TEXT")
        assert await one.recv() == await two.recv()


async def _flooded(running: Running, frame: bytes, times: int) -> tuple[int, bytes]:
    """Bytes that a viewer got that sent a frame so often without reading, and the last of them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(upgrade_request(running.url, "/captions/main", running.server.access.view_token))
    async with asyncio.timeout(30):
        await reader.readuntil(b"\r\n\r\n")
        received = b""
        with contextlib.suppress(ConnectionError):
            for _ in range(times):
                writer.write(frame)
            await writer.drain()
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(65_536):
                received += part
    writer.close()
    return len(received), received


@pytest.mark.parametrize("kind", [0x89, 0x8A], ids=["pings", "pongs"])
async def test_a_flood_of_control_frames_ends_the_connection(running: Running, kind: int) -> None:
    """Pings that nobody limits would be answered into memory: the connection is closed, and others are served."""
    length, _ = await _flooded(running, bytes([kind, 0x80 | 125, 0, 0, 0, 0]) + b"x" * 125, 20_000)
    assert length < 20_000 * 125 / 2
    assert (await running.http.get("/healthz")).status_code == 200
    assert (await running.http.get("/api/rooms")).status_code == 200


async def test_pings_in_moderation_are_answered(running: Running) -> None:
    """A client that keeps its connection alive with pings stays."""
    url = running.url.replace("http", "ws") + "/captions/main"
    async with connect(url, subprotocols=running.protocols) as viewer, asyncio.timeout(30):
        for _ in range(20):
            await (await viewer.ping())


async def test_a_message_of_many_parts_is_refused(running: Running) -> None:
    """Empty fragments have no bytes that a limit counts: their number is limited, and closes with 1009."""
    url = running.url.replace("http", "ws") + "/captions/main"

    async def parts(count: int) -> AsyncIterator[str]:
        for _ in range(count):
            yield ""

    async with connect(url, subprotocols=running.protocols) as viewer, asyncio.timeout(30):
        await viewer.send(parts(10))
        await (await viewer.ping())
        with contextlib.suppress(ConnectionClosed):
            await viewer.send(parts(10 * MAX_FRAGMENTS))
        await viewer.wait_closed()
        assert viewer.close_code == 1009
