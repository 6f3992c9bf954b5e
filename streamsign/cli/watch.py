"""``streamsign watch``: a room's captions in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from pathlib import Path

import typer

from streamsign.captions.events import Edit, Hello, Letter
from streamsign.captions.meeting import MeetingLines
from streamsign.cli.meeting import MeetingCaptions
from streamsign.cli.printers import FilePrinter, JsonPrinter, PrintedEvent, Printer, TextPrinter, VttPrinter
from streamsign.client.captions import watch as watch_room

TICK_S = 0.25
"""How often what depends on time alone is looked at."""

LAST_WORDS_S = 3.0
"""How long the end waits for a meeting to take what was spelled last."""


class Shape(StrEnum):
    """What is printed."""

    text = "text"
    jsonl = "jsonl"
    vtt = "vtt"


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
        Shape.text, "--format", "-f", help="Letters on one line, every event as a line of JSON, or WebVTT cues."
    ),
    vtt: bool = typer.Option(False, "--vtt", help="Short for --format vtt."),
    text_file: Path | None = typer.Option(
        None, "--text-file", metavar="FILE", help="Keep the caption lines in this file instead: for OBS's text source."
    ),
    caption_url: str | None = typer.Option(
        None, "--caption-url", metavar="URL", help="Send words to a meeting's caption address as well."
    ),
    caption_lang: str = typer.Option("en-US", "--caption-lang", help="Language that meeting is told."),
    once: bool = typer.Option(False, "--once", help="Print what is there and leave."),
    ca: Path | None = typer.Option(None, "--ca", help="Certificate authority of an https:// server, PEM."),
    insecure: bool = typer.Option(
        False, "--insecure", help="Accept any certificate. Others on the network may listen."
    ),
) -> None:
    """Print the letters of a [bold]room[/] as they are read. Comes back by itself when the connection is lost."""
    printer: Printer
    if text_file is not None:
        printer = FilePrinter(text_file)
    elif vtt or format is Shape.vtt:
        printer = VttPrinter(sys.stdout, time.time())
    elif format is Shape.jsonl:
        printer = JsonPrinter(sys.stdout)
    else:
        printer = TextPrinter(sys.stdout, sys.stderr)

    async def follow() -> None:
        last_seq = reached = told = 0
        log_id: str | None = None
        events = watch_room(url, token=token, after=after, reconnect=not once, ca_file=ca, insecure=insecure)
        async with contextlib.aclosing(events), _meeting(caption_url, caption_lang) as tell_meeting:
            async for event in with_ticks(events, TICK_S):
                if event is None:
                    printer.tick(time.time())
                    tell_meeting(None)
                    continue
                printer.show(event, time.time())
                if isinstance(event, Hello):
                    last_seq = event.last_seq
                    reached = after or 0 if event.replay == "resume" else 0
                    if event.log_id != log_id:
                        # What was signed before is no news to a meeting; what was missed since, or asked for, is.
                        told = last_seq if log_id is None and event.replay != "resume" else 0
                        log_id = event.log_id
                elif isinstance(event, Letter | Edit):
                    reached = event.seq
                    if reached > told:
                        told = reached
                        tell_meeting(event)
                if once and reached >= last_seq:
                    return

    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(follow())
        printer.finish(time.time())
    except BrokenPipeError:  # `streamsign watch … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def with_ticks(events: AsyncIterator[PrintedEvent], pause_s: float) -> AsyncIterator[PrintedEvent | None]:
    """The events, and None whenever none came for a while, so that what depends on time alone can be done."""
    waiting = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait([waiting], timeout=pause_s)
            if not done:
                yield None
                continue
            event = waiting.result()
            if event is None:
                return
            yield event
            waiting = asyncio.ensure_future(anext(events, None))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


@contextlib.asynccontextmanager
async def _meeting(url: str | None, lang: str) -> AsyncIterator[Callable[[Letter | Edit | None], None]]:
    """What tells a meeting of changes, and of time that passes (None); nothing without an address."""
    if url is None:
        yield lambda _: None
        return
    note = functools.partial(typer.echo, err=True)
    lines, captions = MeetingLines(), MeetingCaptions(url, lang, int(time.time()), note)
    sending = asyncio.ensure_future(captions.run())

    def tell(event: Letter | Edit | None) -> None:
        if sending.done():
            sending.result()  # raises what the meeting said
        captions.add(lines.tick(time.time()) if event is None else lines.change(event, time.time()))

    try:
        yield tell
    finally:
        captions.add(lines.finish())
        await captions.drain(LAST_WORDS_S)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
