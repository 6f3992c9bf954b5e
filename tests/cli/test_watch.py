"""cli/watch.py: what a terminal shows for each event, and the command against a real server."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys

import pytest
from websockets.asyncio.server import ServerConnection, serve

from streamsign.captions.events import Edit, Hello, Letter, Partial, Status
from streamsign.captions.hub import Room
from streamsign.captions.log import Action
from streamsign.cli.watch import Shape, TextPrinter, watch
from streamsign.errors import ConnectionFailed
from streamsign.recognition.events import Commit


def _hello(text: str, last_seq: int, replay: str = "start") -> Hello:
    return Hello.model_validate(
        {
            "room": "main",
            "model": "m",
            "letters": ["C"],
            "log_id": "x",
            "last_seq": last_seq,
            "replay": replay,
            "text": text,
        }
    )


def _letter(seq: int, letter: str) -> Letter:
    return Letter(
        seq=seq, session="a", letter=letter, text=letter, confidence=1, started_s=0, committed_s=0, stages_ms={}
    )


def _shown(*events: Hello | Letter | Edit | Partial | Status) -> tuple[str, str]:
    out, notes = io.StringIO(), io.StringIO()
    printer = TextPrinter(out, notes)
    for event in events:
        printer.show(event)
    printer.finish()
    return out.getvalue(), notes.getvalue()


def test_letters_stand_on_one_line() -> None:
    """The greeting's text and new letters run on; replayed letters are not shown twice."""
    assert _shown(_hello("CE", 2), _letter(1, "C"), _letter(2, "E"), _letter(3, "L")) == ("CEL\n", "")


def test_a_resumed_room_runs_on() -> None:
    """After a resume only what was missed is printed."""
    assert _shown(_hello("C", 1), _hello("CE", 2, "resume"), _letter(2, "E"))[0] == "CE\n"


def test_another_log_starts_a_new_line() -> None:
    """A server that started anew does not continue the old line."""
    assert _shown(_hello("CE", 2), _hello("L", 1, "other_log"), _letter(1, "L"))[0] == "CE\nL\n"


def test_edits_are_shown() -> None:
    """Space, backspace and clear act on the line."""
    actions: tuple[Action, ...] = ("space", "backspace", "clear")
    edits = [Edit(seq=number, action=action, text="", at_s=0) for number, action in enumerate(actions, 1)]
    assert _shown(_hello("", 0), *edits)[0] == " \b \b\n\n"


def test_cameras_are_told_beside_the_letters() -> None:
    """Status goes to standard error, so that letters can be piped."""
    status = Status(session="a", state="live", detail="Camera connected.", at_s=0)
    assert _shown(status) == ("\n", "[camera a: live] Camera connected.\n")


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
        watch(url="http://127.0.0.1:9", token=None, after=None, format=Shape.text, once=True, ca=None, insecure=False)
