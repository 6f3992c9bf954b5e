"""``streamsign caption``: letters of a video, a camera or the demo signer, as text or captions."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TextIO

import typer

from streamsign.captions.events import Edit, KeptEvent, Letter
from streamsign.captions.formats import CueUnit, to_srt, to_vtt
from streamsign.captions.ledger import Ledger
from streamsign.captions.log import CaptionLog
from streamsign.captions.reading import read_frame
from streamsign.cli.no_letters import NoLetters
from streamsign.cli.options import given, refuse_flags, refuse_hand_of_fixed_framing, setting
from streamsign.cli.output_files import require_outputs
from streamsign.cli.plain_text import HELD_BACK_S, PlainText
from streamsign.cli.progress import reading_progress
from streamsign.demo.source import DEMO_WORD, DemoSource
from streamsign.errors import SettingsError, SourceError
from streamsign.recognition.adaptation import read_adaptation
from streamsign.recognition.adapted import adapted
from streamsign.recognition.drawn_text import MOST_REPLACED
from streamsign.recognition.events import Reading
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import Framing
from streamsign.recognition.pauses import Pause
from streamsign.recognition.reader import ReaderMode
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
        ...,
        metavar="SOURCE",
        help="A video file, an rtsp:// or http:// URL, the number of a webcam (0 is the first), or 'demo'.",
    ),
    format: Format | None = typer.Option(  # noqa: A002 — it is the name of the flag
        None,
        "--format",
        "-f",
        help="Plain text, JSON lines, WebVTT or SubRip captions. Without it the suffix of --output decides: .txt, "
        ".jsonl, .ndjson, .vtt or .srt.",
    ),
    by: CueUnit = typer.Option(CueUnit.WORD, help="WebVTT and SubRip: a new cue for each word, letter or line."),
    model: str = setting("model"),
    adapt: Path | None = typer.Option(
        None, "--adapt", metavar="FILE", help="Adaptation to the signer, from `streamsign adapt`."
    ),
    output: Path | None = typer.Option(None, "--output", "-o", help="Write to this file instead of the terminal."),
    word: str | None = typer.Option(None, help="What the demo signer spells."),
    framing: Framing = setting("framing"),
    hand: HandChoice = setting("hand"),
    reader: ReaderMode = setting("reader"),
    word_pause: float = setting("word_pause"),
    sentence_pause: float = setting("sentence_pause"),
    models: Path | None = setting("models"),
    runtime: Runtime | None = setting("runtime"),
) -> None:
    """Read the letters of a [bold]video[/], a [bold]camera[/] or the [bold]demo signer[/].

    Letters are timed by the video's own clock. A pause ends the word, a longer one the sentence. Ctrl-C ends the
    reading; what was read until then is written.
    """
    format = format or format_of(output)  # noqa: A001
    require_outputs(Path(source), output=output)
    if word is not None and source != "demo":
        raise SettingsError("--word is what the demo signer spells.", "Caption 'demo', or leave --word out.")
    if format not in (Format.vtt, Format.srt):
        refuse_flags(ctx, ["by"], f"the format {format} has no cues", "or pass --format vtt or srt")
    settings = read_settings(**given(ctx))
    refuse_hand_of_fixed_framing(ctx, settings.framing)
    loaded = settings.load_model()
    recognizer = Recognizer(
        loaded if adapt is None else adapted(loaded, read_adaptation(adapt)),
        framing=settings.framing,
        hand=settings.hand,
        reader=settings.reader,
        pauses=settings.pauses,
    )
    reasons = NoLetters(recognizer.letters)
    count = 0
    with _open(source, word) as frames, _opened(output) as out:
        kept: list[KeptEvent] = []
        end_s: float | None = None
        on_screen = output is None and sys.stdout.isatty()
        # A terminal shows a letter at once and removes it if it turns out to be part of a drawn one; a file cannot.
        text = PlainText(out, 0.0 if on_screen or not recognizer.draws else HELD_BACK_S)
        try:
            with (
                suppress(KeyboardInterrupt),  # what was read until then is written
                reading_progress(frames.duration_s, letters_on_stdout=output is None) as advance,
            ):
                for frame, events in read_text(recognizer, frames, reasons.note):
                    end_s = frame.at_s
                    advance(frame.at_s)
                    for event in events:
                        count += isinstance(event, Letter)
                        if format is Format.jsonl:
                            print(event.model_dump_json(), file=out, flush=True)
                        elif format is Format.text:
                            text.change(event)
                        else:
                            kept.append(event)
                    text.tick(frame.at_s)
        finally:
            if format is Format.text:
                text.finish()
            elif format is Format.vtt:
                out.write(to_vtt(kept, end_s, by=by))
            elif format is Format.srt:
                out.write(to_srt(kept, end_s, by=by))
            out.flush()
    if not count:
        typer.echo(reasons.reason(), err=True)


def read_text(
    recognizer: Recognizer, frames: Iterable[Frame], on_reading: Callable[[Reading], None] = lambda _: None
) -> Iterator[tuple[Frame, list[Letter | Edit]]]:
    """Every frame of a source, with the letters and ends of words it completed, in the order of the text.

    ``on_reading`` is called with each frame's reading. A letter's times count from the start of the source: each frame
    counts as decoded at its own time, and the stages that follow take as long as they took here.
    """
    log = CaptionLog("caption", max_events=3 * MOST_REPLACED)  # a space and a line may follow each letter
    for frame in frames:
        result = read_frame(recognizer, frame)
        kept: list[Letter | Edit] = []
        for event in result.events:
            if isinstance(event, Reading):
                on_reading(event)
            elif isinstance(event, Pause):
                ended = log.append_pause("caption", event)
                if ended is not None:
                    kept.append(ended)
            else:
                offset_s = frame.at_s - result.stamps["decoded_s"]
                ledger = Ledger.of(result.stamps, offset_s=offset_s)
                published = ledger.with_published(time.monotonic() + offset_s)
                kept += log.take_back("caption", event.replaces, event.captured_s)
                kept.append(log.append_letter("caption", event, published))
        yield frame, kept


def _open(source: str, word: str | None) -> Source:
    if (folder := Path(source)).is_dir():
        films = f"{shlex.quote(str(folder))}/*.mp4"
        raise SourceError(
            f"{source} is a folder.",
            "Caption one film at a time. All of a folder, in a shell: "
            f'for film in {films}; do streamsign caption "$film" -o "${{film%.*}}.srt"; done',
        )
    return DemoSource(DEMO_WORD if word is None else word) if source == "demo" else open_source(source)


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


_FORMATS = {
    ".txt": Format.text,
    ".vtt": Format.vtt,
    ".srt": Format.srt,
    ".jsonl": Format.jsonl,
    ".ndjson": Format.jsonl,
}


def format_of(output: Path | None) -> Format:
    """The format that a file's suffix names; plain text without one and for the terminal.

    Raises:
        SettingsError: the suffix names none.
    """
    suffix = "" if output is None else output.suffix.lower()
    if suffix and suffix not in _FORMATS:
        raise SettingsError(
            f"The suffix {suffix} of {output} names no format of captions.",
            f"Name the file {', '.join(_FORMATS)}, or pass --format {', '.join(Format)}.",
        )
    return _FORMATS.get(suffix, Format.text)
