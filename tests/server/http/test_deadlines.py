"""server/http/deadlines.py: what a deadline cuts, and what it leaves alone. Limits of connections: test_attacks.py."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from streamsign.recognition.events import Commit
from streamsign.server.http import deadlines
from streamsign.settings import read_settings
from tests.server.conftest import Running, serving

SHORT_S = 0.3


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A server with short deadlines."""
    short = read_settings(state_dir=tmp_path, max_sessions=2, header_timeout_s=SHORT_S, body_timeout_s=SHORT_S)
    async with serving(short) as found:
        yield found


async def _opened(running: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))


async def test_dripping_does_not_move_the_deadline(running: Running) -> None:
    """A header that comes byte by byte has as long as one that does not come at all."""
    reader, writer = await _opened(running)

    async def drip() -> None:
        for byte in b"GET /healthz HTTP/1.1\r\nX-Slow: " + 1000 * b"x":
            writer.write(bytes([byte]))
            await asyncio.sleep(SHORT_S / 10)

    dripping = asyncio.ensure_future(drip())
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    dripping.cancel()
    await asyncio.gather(dripping, return_exceptions=True)
    writer.close()


async def test_a_kept_connection_is_closed_when_no_request_follows(running: Running) -> None:
    """After a response the next header has a new deadline."""
    reader, writer = await _opened(running)
    for _ in range(2):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        await reader.readuntil(b"}")
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()


async def test_a_long_answer_is_not_cut(running: Running) -> None:
    """A request that is whole has no deadline: a stream of captions is open for as long as it is read."""
    room = await running.server.rooms.get("main")
    async with asyncio.timeout(20), running.http.stream("GET", "/rooms/main/live.vtt") as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("WEBVTT")
        await asyncio.sleep(3 * SHORT_S)
        room.publish_letter("camera", Commit("C", 0.9, 1.0, 1.5))
        async for line in lines:
            if line == "C":
                break


async def _full_room(running: Running) -> None:
    room = await running.server.rooms.get("main")
    words = ["ABCDEFGHI " * 990 + "KL"[number % 2] for number in range(900)]
    await asyncio.gather(*(room.edit("write", word=word) for word in words))


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_an_answer_that_is_not_read_is_given_up(tmp_path: Path, connection: str) -> None:
    """A client that takes nothing of a long answer is disconnected; its answer does not stay in memory."""
    async with serving(read_settings(state_dir=tmp_path, keep_log=False, send_timeout_s=SHORT_S)) as running:
        await _full_room(running)
        before = deadlines._open_by_address.total()
        _, writer = await _opened(running)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        token = running.server.access.view_token
        head = f"GET /rooms/main/transcript.jsonl HTTP/1.1\r\nHost: a\r\nConnection: {connection}\r\n"
        writer.write(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
        async with asyncio.timeout(30):
            while deadlines._open_by_address.total() == before:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)
            while deadlines._open_by_address.total() > before:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)
        writer.close()


async def test_an_answer_that_is_read_slowly_comes_whole(tmp_path: Path) -> None:
    """A client that takes a part of the answer in each of the server's looks gets all of it."""
    async with serving(read_settings(state_dir=tmp_path, keep_log=False, send_timeout_s=2.0)) as running:
        await _full_room(running)
        whole = (await running.http.get("/rooms/main/transcript.jsonl")).content
        got = 0
        async with asyncio.timeout(60), running.http.stream("GET", "/rooms/main/transcript.jsonl") as answer:
            async for piece in answer.aiter_raw(1_000_000):
                got += len(piece)
                await asyncio.sleep(0.3)
        assert got == len(whole)


async def test_a_websocket_outlives_the_deadlines(running: Running) -> None:
    """An upgraded connection leaves the deadlines, and the count of HTTP connections."""
    before = deadlines._open_by_address.total()
    url = f"{running.url.replace('http', 'ws')}/captions/main"
    async with connect(url, subprotocols=running.protocols) as socket:
        await socket.recv()
        await asyncio.sleep(3 * SHORT_S)
        assert deadlines._open_by_address.total() <= before
        await (await socket.ping())
