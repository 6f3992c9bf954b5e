"""``streamsign watch``: a room's captions in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TextIO

import typer

from streamsign.captions.events import Edit, Hello, Letter, Partial, Status
from streamsign.client import watch as watch_room


class Shape(StrEnum):
    """What is printed."""

    text = "text"
    jsonl = "jsonl"


def watch(
    url: str = typer.Argument(
        ..., metavar="URL", help="http://HOST:PORT, a viewer link from the host page, or ws://HOST:PORT/captions/ROOM."
    ),
    token: str | None = typer.Option(
        None,
        envvar="STREAMSIGN_VIEW_TOKEN",
        show_envvar=True,
        help="View token; not needed when the link carries it, or on the server's own computer.",
    ),
    after: int | None = typer.Option(None, min=0, help="Only what came after the event of this number."),
    format: Shape = typer.Option(  # noqa: A002 — it is the name of the flag
        Shape.text, "--format", "-f", help="Letters on one line, or every event as a line of JSON."
    ),
    once: bool = typer.Option(False, "--once", help="Print what is there and leave."),
    ca: Path | None = typer.Option(None, "--ca", help="Certificate authority of an https:// server, PEM."),
    insecure: bool = typer.Option(
        False, "--insecure", help="Accept any certificate. Others on the network may listen."
    ),
) -> None:
    """Print the letters of a [bold]room[/] as they are read. Comes back by itself when the connection is lost."""
    printer: Printer = JsonPrinter(sys.stdout) if format is Shape.jsonl else TextPrinter(sys.stdout, sys.stderr)

    async def follow() -> None:
        last_seq = 0
        events = watch_room(url, token=token, after=after, reconnect=not once, ca_file=ca, insecure=insecure)
        async with contextlib.aclosing(events):
            async for event in events:
                printer.show(event)
                if isinstance(event, Hello):
                    last_seq = event.last_seq
                    reached = after or 0 if event.replay == "resume" else 0
                elif isinstance(event, Letter | Edit):
                    reached = event.seq
                if once and reached >= last_seq:
                    return

    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(follow())
        printer.finish()
    except BrokenPipeError:  # `streamsign watch … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class JsonPrinter:
    """Every event as a line of JSON."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Hello | Letter | Edit | Partial | Status) -> None:
        """Print one event."""
        print(event.model_dump_json(), file=self._out, flush=True)

    def finish(self) -> None:
        """Nothing is left to print."""


class TextPrinter:
    """Letters on one line as they come; what is no letter goes to ``notes``."""

    def __init__(self, out: TextIO, notes: TextIO) -> None:
        self._out = out
        self._notes = notes
        self._known = 0
        self._begun = False

    def show(self, event: Hello | Letter | Edit | Partial | Status) -> None:
        """Print what one event adds."""
        match event:
            case Hello():
                if event.replay != "resume":
                    # The greeting's text is whole even where the log behind it has lost its oldest letters.
                    self._known = event.last_seq
                    self._write(("\n" if self._begun else "") + event.text)
            case Letter() if event.seq > self._known:
                self._write(event.letter)
            case Edit() if event.seq > self._known:
                self._write({"space": " ", "clear": "\n", "backspace": "\b \b"}[event.action])
            case Status():
                print(f"[camera {event.session}: {event.state}] {event.detail}".rstrip(), file=self._notes, flush=True)
            case _:
                pass

    def finish(self) -> None:
        """End the line."""
        self._write("\n")

    def _write(self, text: str) -> None:
        self._begun = self._begun or bool(text)
        print(text, end="", file=self._out, flush=True)


Printer = JsonPrinter | TextPrinter
