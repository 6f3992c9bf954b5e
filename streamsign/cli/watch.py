"""``streamsign watch``: a room's captions in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import typer

from streamsign.captions.events import Edit, Hello, Letter
from streamsign.captions.meeting import MeetingLines
from streamsign.cli.meeting import MeetingCaptions
from streamsign.cli.obs import DEFAULT_URL as OBS_URL
from streamsign.cli.obs import ObsCaptions
from streamsign.cli.options import CaFile, Insecure, refuse_ca_if_insecure, refuse_flags
from streamsign.cli.output_files import require_outputs
from streamsign.cli.printers import FilePrinter, JsonPrinter, PrintedEvent, Printer, TextPrinter, VttPrinter
from streamsign.cli.recordings import RecordingTranscripts, TranscriptKind
from streamsign.client.captions import watch as watch_room

TICK_S = 0.25
"""How often what depends on time alone is looked at."""

DRAIN_S = 3.0
"""How long the end waits for a meeting to take what was spelled last."""


class Outlet(Protocol):
    """Where words go besides the terminal."""

    def add(self, lines: list[str]) -> None:
        """Send these words too."""

    async def drain(self, longest_s: float) -> None:
        """Wait until all is sent, for ``longest_s`` at most."""

    async def run(self) -> None:
        """Send until canceled."""


class Shape(StrEnum):
    """What is printed."""

    text = "text"
    jsonl = "jsonl"
    vtt = "vtt"


def watch(
    ctx: typer.Context,
    url: str = typer.Argument(
        ..., metavar="URL", help="http://HOST:PORT, a viewer link from the host page, or ws://HOST:PORT/captions/ROOM."
    ),
    token: str | None = typer.Option(
        None,
        envvar="STREAMSIGN_VIEW_TOKEN",
        show_envvar=True,
        help="View token; not needed when the link carries it, or on the server's own computer.",
    ),
    state_dir: Path | None = typer.Option(
        None, "--state-dir", envvar="STREAMSIGN_STATE_DIR", show_envvar=True, help="State folder of a server here."
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
    caption_lang: str = typer.Option("en-US", "--caption-lang", help="Language code sent to that meeting."),
    obs: bool = typer.Option(False, "--obs", help="Send words into OBS's outgoing stream as captions as well."),
    obs_url: str = typer.Option(OBS_URL, "--obs-url", metavar="URL", help="OBS's websocket server."),
    obs_password: str = typer.Option(
        "", "--obs-password", envvar="STREAMSIGN_OBS_PASSWORD", show_envvar=True, help="Its password."
    ),
    obs_transcripts: TranscriptKind | None = typer.Option(
        None,
        "--obs-transcripts",
        help="Write a transcript beside each recording of that OBS, named like it; needs --obs.",
    ),
    once: bool = typer.Option(False, "--once", help="Print what is there and leave."),
    ca: CaFile = None,
    insecure: Insecure = False,
) -> None:
    """Print the letters of a [bold]room[/] as they are read. Reconnects when the connection is lost."""
    if obs_transcripts is not None and not obs:
        raise typer.BadParameter("--obs-transcripts needs --obs.")
    refuse_ca_if_insecure(ctx, insecure=insecure)
    require_outputs(text_file=text_file)
    if text_file is not None:
        reason = "--text-file writes lines of captions instead of printing"
        refuse_flags(ctx, ["format", "vtt"], reason, "or leave out --text-file")
    if vtt and format is not Shape.vtt:
        refuse_flags(ctx, ["format"], "--vtt chooses another format", "or leave out --vtt")
    if not obs:
        refuse_flags(ctx, ["obs_url", "obs_password"], "no words are sent into OBS", "or pass --obs as well")
    if caption_url is None:
        refuse_flags(ctx, ["caption_lang"], "no words are sent to a meeting", "or pass --caption-url as well")
    note = functools.partial(typer.echo, err=True)
    recordings = None if obs_transcripts is None else RecordingTranscripts(obs_transcripts, note)
    printer: Printer
    if text_file is not None:
        printer = FilePrinter(text_file)
    elif vtt or format is Shape.vtt:
        printer = VttPrinter(sys.stdout, time.time())
    elif format is Shape.jsonl:
        printer = JsonPrinter(sys.stdout)
    else:
        printer = TextPrinter(sys.stdout, sys.stderr)

    def outlets() -> list[Outlet]:
        found: list[Outlet] = []
        if caption_url is not None:
            found.append(MeetingCaptions(caption_url, caption_lang, int(time.time()), note))
        if obs:
            found.append(ObsCaptions(obs_url, obs_password, note, recordings))
        return found

    async def follow() -> None:
        last_seq = reached = reported = 0
        log_id: str | None = None
        events = watch_room(
            url, token=token, after=after, reconnect=not once, ca_file=ca, insecure=insecure, state_dir=state_dir
        )
        async with contextlib.aclosing(events), _outlets(outlets()) as tell_outlets:
            async for event in with_ticks(events, TICK_S):
                if event is None:
                    printer.tick(time.time())
                    tell_outlets(None)
                    continue
                printer.show(event, time.time())
                if isinstance(event, Hello):
                    if recordings is not None and event.replay != "resume":
                        recordings.begin_with(event.text)
                    last_seq = event.last_seq
                    reached = after or 0 if event.replay == "resume" else 0
                    if event.log_id != log_id:
                        # A meeting gets what was missed since, or asked for, and not what was signed before.
                        reported = last_seq if log_id is None and event.replay != "resume" else 0
                        log_id = event.log_id
                elif isinstance(event, Letter | Edit):
                    reached = event.seq
                    if reached > reported:
                        reported = reached
                        tell_outlets(event)
                        if recordings is not None:
                            recordings.change(event, time.time())
                if once and reached >= last_seq:
                    return

    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(follow())
        printer.finish(time.time())
        if recordings is not None:
            recordings.finish(time.time())
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
async def _outlets(outlets: Sequence[Outlet]) -> AsyncIterator[Callable[[Letter | Edit | None], None]]:
    """The function that passes changes, and time that passes (None), to the outlets."""
    if not outlets:
        yield lambda _: None
        return
    lines = MeetingLines()
    sending = [asyncio.ensure_future(outlet.run()) for outlet in outlets]

    def notify(event: Letter | Edit | None) -> None:
        for task in sending:
            if task.done():
                task.result()  # raises what the outlet said
        ready = lines.tick(time.time()) if event is None else lines.change(event, time.time())
        for outlet in outlets:
            outlet.add(ready)

    try:
        yield notify
    finally:
        rest = lines.finish()
        for outlet in outlets:
            outlet.add(rest)
        await asyncio.gather(*(outlet.drain(DRAIN_S) for outlet in outlets))
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
