"""cli/watch.py: what a terminal shows for each event, and the command against a real server."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from streamsign.captions.hub import Room
from streamsign.cli import app
from streamsign.errors import ConnectionFailed, SettingsError
from streamsign.recognition.events import Commit
from tests.cli.commands import run
from tests.cli.obs_server import PASSWORD, Obs


@pytest.mark.parametrize("shape", ["--format=text", "--format=jsonl", "--format=vtt", "--vtt"])
async def test_the_command_prints_a_room_once(shape: str) -> None:
    """``watch --once`` prints the existing events of a real server and exits."""
    room = Room("main", "celov", ["C", "E"], clock=lambda: 1.0)
    for letter in "CE":
        room.publish_letter("a", Commit(letter, 0.9, 1.0, 1.5))

    async def handle(connection: ServerConnection) -> None:
        async with room.subscribe() as viewer:
            async for event in viewer:
                await connection.send(event.model_dump_json())

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        command = ["watch", f"http://127.0.0.1:{port}", "--once", shape]
        done = await asyncio.to_thread(CliRunner().invoke, app, command)
        room.close()
    assert done.exit_code == 0, done.output
    if shape == "--format=text":
        assert done.stdout == "CE\n"
    elif shape.endswith("vtt"):
        assert done.stdout == "WEBVTT\n\n"  # cues are of what is signed from now on
    else:
        assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == ["hello", "letter", "letter"]


def test_a_server_that_is_not_there_is_told() -> None:
    """The command raises the error, which the caller prints."""
    with pytest.raises(ConnectionFailed):
        run("watch", "http://127.0.0.1:9", "--once")


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--vtt", "--format", "jsonl"], "--format has"),
        (["--text-file", "a.txt", "--format", "vtt"], "--format has"),
        (["--text-file", "a.txt", "--vtt"], "--vtt has"),
        (["--obs-url", "ws://127.0.0.1:9", "--obs-password", "p"], "--obs-url and --obs-password have"),
        (["--caption-lang", "id"], "--caption-lang has"),
        (["--ca", "a.pem", "--insecure"], "--ca has"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(flags: list[str], named: str) -> None:
    """What another flag leaves without effect is named before a server is asked."""
    with pytest.raises(SettingsError, match=f"^{named} no effect: "):
        run("watch", "http://127.0.0.1:9", "--once", *flags)


async def test_what_an_outage_swallowed_reaches_the_meeting() -> None:
    """Letters signed while the connection was lost go into the call as well; those from before the watch do not."""
    room = Room("main", "celov", ["C", "E", "L"], clock=lambda: 1.0)
    back = asyncio.Event()
    posted: list[str] = []

    def sign(letter: str) -> None:
        room.publish_letter("a", Commit(letter, 0.9, 1.0, 1.5))

    async def handle(connection: ServerConnection) -> None:
        query = parse_qs(urlsplit(connection.request.path).query) if connection.request else {}
        after = int(query["after"][0]) if "after" in query else None
        sent = 0
        async with room.subscribe(after, query.get("log_id", [None])[0]) as viewer:
            async for event in viewer:
                await connection.send(event.model_dump_json())
                sent = getattr(event, "seq", sent)
                if after is None and sent == 1:
                    sign("C")
                elif after is None and sent == 2:
                    await connection.close(1011, "gone")
                    sign("E")
                    return
                elif sent == 3:
                    back.set()

    async def meeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((int(line[15:]) for line in head.splitlines() if line.startswith("content-length:")), 0)
        posted.append((await reader.readexactly(length)).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    sign("L")
    async with serve(handle, "127.0.0.1", 0) as server, await asyncio.start_server(meeting, "127.0.0.1", 0) as call:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        address = f"http://127.0.0.1:{call.sockets[0].getsockname()[1]}/closedcaption?id=7"
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streamsign", "watch", url, "--caption-url", address,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            # Programs that a shell runs in the background, tests among them, pass on that Ctrl-C is to be ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        try:
            async with asyncio.timeout(60):
                await back.wait()
                await asyncio.sleep(0.2)  # until the letter is through the program
                program.send_signal(signal.SIGINT)
                _, said = await program.communicate()
        finally:
            room.close()  # or the server's end waits for its viewers for ever
            if program.returncode is None:
                program.kill()
                await program.wait()
    assert program.returncode == 0, said.decode()
    assert "".join(posted) == "CE"


async def test_a_recording_of_obs_gets_a_transcript(tmp_path: Path) -> None:
    """``watch --obs --obs-transcripts vtt`` writes what was signed during a recording beside it."""
    room = Room("main", "celov", ["L", "O"], clock=time.time)
    obs = Obs()

    async def handle(connection: ServerConnection) -> None:
        async with room.subscribe() as viewer:
            async for event in viewer:
                await connection.send(event.model_dump_json())

    async with (
        serve(handle, "127.0.0.1", 0) as server,
        serve(obs, "127.0.0.1", 0, subprotocols=[Subprotocol("obswebsocket.json")]) as studio,
    ):
        ports = [next(iter(each.sockets)).getsockname()[1] for each in (server, studio)]
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streamsign", "watch", f"http://127.0.0.1:{ports[0]}",
            "--obs", "--obs-url", f"ws://127.0.0.1:{ports[1]}", "--obs-password", PASSWORD, "--obs-transcripts", "vtt",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        try:
            async with asyncio.timeout(60):
                await obs.asked_for_recordings.wait()
                await obs.record("STARTED", str(tmp_path / "show.mkv"))
                for letter in "LO":
                    now_s = time.time()
                    room.publish_letter("a", Commit(letter, 0.9, now_s, now_s))
                await obs.captioned.wait()
                await obs.record("STOPPED", str(tmp_path / "show.mkv"))
                assert program.stderr is not None
                said = ""
                while "Transcript of the recording" not in said:
                    said += (await program.stderr.readline()).decode()
                program.send_signal(signal.SIGINT)
                await program.wait()
        finally:
            room.close()
            if program.returncode is None:
                program.kill()
                await program.wait()
    assert program.returncode == 0, said
    assert obs.captions == ["LO"]
    assert (tmp_path / "show.vtt").read_text().endswith("\nLO\n")


def test_transcripts_of_recordings_need_obs() -> None:
    """The option alone is wrong usage, and the error names what is missing."""
    ended = CliRunner().invoke(app, ["watch", "http://127.0.0.1:9", "--obs-transcripts", "vtt"])
    assert ended.exit_code == 2
    assert "--obs" in ended.output
