"""Settings that limit something, on a real server: each is applied, and the refusal says what and why."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from streamsign.settings import read_settings
from tests.server.conftest import Running, serving


async def _closed(running: Running, room: str, *messages: str) -> tuple[int | None, str | None]:
    """Close code and reason of a viewer that sends messages."""
    url = f"{running.url.replace('http', 'ws')}/captions/{room}"
    async with asyncio.timeout(30), connect(url, subprotocols=running.protocols) as viewer:
        try:
            for message in messages:
                await viewer.send(message)
            while True:
                await viewer.recv()
        except ConnectionClosed:
            return viewer.close_code, viewer.close_reason


async def test_rooms_are_limited_by_the_setting(tmp_path: Path) -> None:
    """With text in every allowed room a new one is refused, by HTTP and by websocket, until a text is deleted."""
    async with serving(read_settings(state_dir=tmp_path, max_rooms=2, keep_log=False)) as running:
        space = {"action": "write", "text": "A", "before": ""}
        for room in ("one", "two"):
            assert (await running.http.post(f"/rooms/{room}/edits", json=space)).status_code == 200
        refused = await running.http.post("/rooms/three/edits", json=space)
        assert (refused.status_code, refused.json()["reason"]) == (503, "too_many_rooms")
        assert await _closed(running, "three") == (4429, "The server has as many rooms as it allows.")


async def test_offers_are_limited_by_the_setting(tmp_path: Path) -> None:
    """An offer over the limit is answered 413 with the limit in the text."""
    async with serving(read_settings(state_dir=tmp_path, max_sdp_bytes=2048)) as running:
        refused = await running.http.post("/whip", content=b"v" * 2049, headers=running.auth)
        assert (refused.status_code, refused.json()["reason"]) == (413, "too_large")
        assert "2 KiB" in refused.text
        assert (await running.http.post("/whip", content=b"v" * 2048, headers=running.auth)).status_code == 400


async def test_messages_are_limited_by_the_settings(tmp_path: Path) -> None:
    """A message over the size closes with 1009, more messages than the rate with 4429 and the rate in the reason."""
    async with serving(read_settings(state_dir=tmp_path, max_message_bytes=4096, messages_per_s=1)) as running:
        assert (await _closed(running, "main", "x" * 4097))[0] == 1009
        assert await _closed(running, "main", *["{}"] * 40) == (4429, "A viewer may send 1 messages a second.")


async def test_viewers_are_limited_by_the_setting(tmp_path: Path) -> None:
    """One viewer more is closed with 4429; when one leaves there is a place again."""
    async with serving(read_settings(state_dir=tmp_path, max_viewers=1)) as running:
        url = f"{running.url.replace('http', 'ws')}/captions/main"
        async with connect(url, subprotocols=running.protocols) as first:
            assert json.loads(await first.recv())["type"] == "hello"
            code, reason = await _closed(running, "main")
            assert (code, "as many viewers as it allows" in (reason or "")) == (4429, True)
        async with asyncio.timeout(30):
            while running.server.rooms.viewers:  # noqa: ASYNC110 - the server notices in its own time
                await asyncio.sleep(0.01)
        async with connect(url, subprotocols=running.protocols) as second:
            assert json.loads(await second.recv())["type"] == "hello"
