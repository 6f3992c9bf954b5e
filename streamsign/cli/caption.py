"""``streamsign caption``: letters of a video, a camera or the demo signer, as text or captions."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from streamsign.captions.events import Letter
from streamsign.captions.formats import to_srt, to_vtt
from streamsign.captions.ledger import Ledger
from streamsign.captions.log import CaptionLog
from streamsign.captions.reading import read_frame
from streamsign.cli.options import given, setting
from streamsign.demo.source import DEMO_WORD, DemoSource
from streamsign.errors import SettingsError
from streamsign.recognition.events import Commit
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import Framing
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.runtime import Runtime
from streamsign.recognition.track import HandChoice
from streamsign.settings import read_settings
from streamsign.sources import Source, open_source


class Format(StrEnum):
    """What is written."""

    text = "text"
    jsonl = "jsonl"
    vtt = "vtt"
    srt = "srt"


def caption(
    ctx: typer.Context,
    source: str = typer.Argument(
        ..., metavar="SOURCE", help="A video file, an rtsp:// URL, the number of a webcam (0 is the first), or 'demo'."
    ),
    format: Format = typer.Option(  # noqa: A002 — it is the name of the flag
        Format.text, "--format", "-f", help="Plain text, JSON lines, WebVTT or SubRip captions."
    ),
    model: str = setting("model"),
    output: Path | None = typer.Option(None, "--output", "-o", help="Write to this file instead of the terminal."),
    word: str | None = typer.Option(None, help="What the demo signer spells."),
    framing: Framing = setting("framing"),
    hand: HandChoice = setting("hand"),
    models: Path | None = setting("models"),
    runtime: Runtime | None = setting("runtime"),
) -> None:
    """Read the letters of a [bold]video[/], a [bold]camera[/] or the [bold]demo signer[/].

    Letters are timed by the video's own clock. Ctrl-C ends the reading; what was read until then is written.
    """
    settings = read_settings(**given(ctx))
    recognizer = Recognizer(settings.load_model(), framing=settings.framing, hand=settings.hand)
    with _open(source, word) as frames, _opened(output) as out:
        letters: list[Letter] = []
        end_s: float | None = None
        try:
            with _progress(frames, output) as advance:
                for frame, letter in read_letters(recognizer, frames):
                    end_s = frame.at_s
                    advance(frame.at_s)
                    if letter is None:
                        continue
                    if format is Format.text:
                        print(letter.letter, end="", file=out, flush=True)
                    elif format is Format.jsonl:
                        print(letter.model_dump_json(), file=out, flush=True)
                    else:
                        letters.append(letter)
        except KeyboardInterrupt:
            pass  # the reader has seen enough
        finally:
            if format is Format.text:
                print(file=out)
            elif format is Format.vtt:
                out.write(to_vtt(letters, end_s))
            elif format is Format.srt:
                out.write(to_srt(letters, end_s))
            out.flush()


def read_letters(recognizer: Recognizer, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Letter | None]]:
    """Every frame of a source, with the letter it completed.

    A letter's times count from the start of the source: each frame counts as decoded at its own time, and the stages
    that follow take as long as they took here.
    """
    log = CaptionLog("caption", max_events=1)
    for frame in frames:
        result = read_frame(recognizer, frame)
        letter = None
        for commit in result.events:
            if isinstance(commit, Commit):
                offset_s = frame.at_s - result.stamps["decoded_s"]
                ledger = Ledger.of(result.stamps, offset_s=offset_s)
                letter = log.append_letter("caption", commit, ledger.with_published(time.monotonic() + offset_s))
        yield frame, letter


def _open(source: str, word: str | None) -> Source:
    return DemoSource(word or DEMO_WORD) if source == "demo" else open_source(source)


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        file = output.open("w", encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"{output} cannot be written: {error.strerror}.", "Give --output a path in a folder you may write to."
        ) from error
    with file:
        yield file


@contextmanager
def _progress(frames: Source, output: Path | None) -> Iterator[Callable[[float], None]]:
    """A bar on stderr for what has an end; none where it would run into the letters."""
    console = Console(stderr=True)
    letters_on_screen = output is None and sys.stdout.isatty()
    if frames.duration_s is None or not console.is_terminal or letters_on_screen:
        yield lambda _at_s: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Reading letters", total=frames.duration_s)
        yield lambda at_s: progress.update(task, completed=at_s)
