"""server/captions/frames.py: frames that go to a connection as they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import connect

from streamsign.server.captions.encoded import text_frame
from streamsign.server.captions.frames import frames_of
from streamsign.server.run import bind, listener_config
from streamsign.settings import read_settings
from tests.server.conftest import Running


@asynccontextmanager
async def _serving(endpoint: Any, **changed: Any) -> AsyncIterator[str]:
    """The address of a websocket that an endpoint serves."""
    config = listener_config(Starlette(routes=[WebSocketRoute("/", endpoint)]), read_settings())
    for name, value in changed.items():
        setattr(config, name, value)
    bound = bind("127.0.0.1", 0, "--port")
    listener = uvicorn.Server(config)
    task = asyncio.ensure_future(listener._serve([bound]))
    try:
        yield f"ws://127.0.0.1:{bound.getsockname()[1]}/"
    finally:
        listener.should_exit = True
        await task


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
    room = running.server.rooms.get("main")
    async with connect(url, subprotocols=running.protocols) as one, connect(url, subprotocols=running.protocols) as two:
        assert [json.loads(await each.recv())["type"] for each in (one, two)] == ["hello", "hello"]
        room.edit("write", word="TEXT")
        assert await one.recv() == await two.recv()
