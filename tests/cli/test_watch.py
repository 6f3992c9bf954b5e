"""cli/watch.py: what a terminal shows for each event, and the command against a real server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from websockets.asyncio.server import ServerConnection, serve

from streamsign.captions.hub import Room
from streamsign.cli.watch import Shape, watch
from streamsign.errors import ConnectionFailed
from streamsign.recognition.events import Commit


@pytest.mark.parametrize("shape", ["text", "jsonl"])
async def test_the_command_prints_a_room_once(shape: str) -> None:
    """``watch --once`` prints what a real server holds, and leaves."""
    room = Room("main", "celov", ["C", "E"], clock=lambda: 1.0)
    for letter in "CE":
        room.publish_letter("a", Commit(letter, 0.9, 1.0, 1.5), {})

    async def handle(connection: ServerConnection) -> None:
        async with room.subscribe() as viewer:
            async for event in viewer:
                await connection.send(event.model_dump_json())

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        command = [sys.executable, "-m", "streamsign", "watch", f"http://127.0.0.1:{port}", "--once", "-f", shape]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        room.close()
    assert done.returncode == 0, done.stderr
    if shape == "text":
        assert done.stdout == "CE\n"
    else:
        assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["hello", "letter", "letter"]


def test_a_server_that_is_not_there_is_told() -> None:
    """The command lets the error through to where it is told in plain words."""
    with pytest.raises(ConnectionFailed):
        watch(
            url="http://127.0.0.1:9",
            token=None,
            after=None,
            format=Shape.text,
            once=True,
            ca=None,
            insecure=False,
            text_file=None,
            caption_url=None,
            caption_lang="en-US",
        )
