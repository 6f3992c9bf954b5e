"""``streamsign collect``: labeled pictures of a hand from a webcam, a film or the demo signer."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console

from streamsign.cli.finite import finite
from streamsign.cli.options import given, refuse_flags, setting
from streamsign.cli.progress import reading_progress
from streamsign.collection.counted import counted
from streamsign.collection.folder import CollectedHands
from streamsign.collection.names import check_letter, check_signer
from streamsign.collection.selection import Drop, Selection
from streamsign.collection.take import TAKE_S, Origin, Prompt, Take
from streamsign.demo.source import DemoSource
from streamsign.errors import CollectionError, SettingsError
from streamsign.recognition.events import Reading
from streamsign.recognition.frame import Frame
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.runtime import Runtime
from streamsign.recognition.track import HandChoice
from streamsign.settings import read_settings
from streamsign.sources import Source, Webcam, open_source

REASONS = {
    Drop.NO_HAND: "no hand was found",
    Drop.CUT_OFF: "the hand was at the edge of the picture",
    Drop.BLURRED: "the hand was blurred",
    Drop.REPEATED: "the picture repeats an earlier one",
}
"""Why a quarter second gave no picture."""

_NEXT_STEP = {
    Drop.NO_HAND: "Hold the hand up and in view, with light on it.",
    Drop.CUT_OFF: "Move the hand to the middle, or farther from the camera.",
    Drop.BLURRED: "Hold the hand still, or add light.",
    Drop.REPEATED: "Move the hand a little: nearer, farther, to the side, turned.",
}


def collect(
    ctx: typer.Context,
    source: str = typer.Argument(
        ...,
        metavar="SOURCE",
        help="A video file, an rtsp:// or http:// URL, the number of a webcam (0 is the first), or 'demo'.",
    ),
    letter: str = typer.Option(
        ...,
        metavar="L",
        help="The letter that the hand holds, with up to 16 characters; OTHER for a hand that shows no letter.",
    ),
    signer: str = typer.Option(
        "me", metavar="ID", help="Whose hand it is: a name of A to Z, digits and -, the same for all of a person."
    ),
    out: Path | None = typer.Option(
        None, metavar="FOLDER", help="Folder of the pictures; the server's folder if not given."
    ),
    prompt: Prompt = typer.Option(Prompt.PLAIN, help="What is special about this take; it is stored."),
    start: float = typer.Option(
        0.0, "--from", min=0, callback=finite, metavar="SECONDS", help="Of a film: skip what comes before."
    ),
    seconds: float | None = typer.Option(
        None, min=0.5, callback=finite, help="Seconds that are recorded: 3 of a camera, the whole film otherwise."
    ),
    countdown: int = typer.Option(3, min=0, max=60, help="Seconds before a camera is recorded."),
    model: str = setting("model"),
    models: Path | None = setting("models"),
    hand: HandChoice = setting("hand"),
    max_pictures: int = setting("max_pictures"),
    runtime: Runtime | None = setting("runtime"),
) -> None:
    """Store labeled pictures of a hand from a [bold]video[/], a [bold]camera[/] or the [bold]demo signer[/].

    Only crops of the hand are stored, without blurred and repeated ones. Ask the person before you record. Ctrl-C ends
    the recording; what was chosen until then is stored.
    """
    settings = read_settings(**given(ctx))
    folder = CollectedHands(out or settings.collection_folder, settings.max_pictures)
    recognizer = Recognizer(settings.load_model(), hand=settings.hand, reader=ReaderMode.SMALL)
    letter = letter.upper() if letter.upper() in recognizer.letters else letter
    for check, name, flag in ((check_letter, letter, "--letter"), (check_signer, signer, "--signer")):
        try:
            check(name)
        except CollectionError as error:
            raise SettingsError(f"{flag}: {error.problem}", error.next_step) from error
    console = Console(stderr=True, highlight=False)
    with _open(source, letter, signer) as frames:
        if frames.live:
            refuse_flags(ctx, ["start"], "a camera is recorded from now on", "and pass --countdown to wait")
        else:
            refuse_flags(ctx, ["countdown"], "a film is recorded, not a camera", "and pass --from to skip its start")
        kind = "demo" if source == "demo" else _kind(frames)
        selection = Selection()
        selection.know(folder.pictures(signer=signer), letter)
        take = Take(selection, Origin(kind, signer, device=_device(source, kind)), letter, prompt)
        from_s, until_s = start, None if seconds is None else start + seconds
        if frames.live:
            from_s = float(countdown)
            until_s = from_s + (TAKE_S if seconds is None else seconds)
            console.print(f"Hold {letter}. Recording starts in {countdown} s and takes {until_s - from_s:g} s.")
        with (
            contextlib.suppress(KeyboardInterrupt),  # Ctrl-C ends the take; its pictures are stored
            reading_progress(frames.duration_s, letters_on_stdout=False) as advance,
        ):
            for frame, reading in _read(recognizer, frames):
                advance(frame.at_s)
                if until_s is not None and frame.at_s >= until_s:
                    break
                if frame.at_s >= from_s:
                    take.offer(frame.luma, reading, frame.at_s, limited_range=frame.limited_range)
    take.finish()
    _store(folder, take)
    _report(console, folder, take, signer)


def _open(source: str, letter: str, signer: str) -> Source:
    """The source; each signer of the demo is another rendered hand in another room."""
    if source == "demo":
        return DemoSource(letter, seed=zlib.crc32(signer.encode()), letter_s=TAKE_S)
    return open_source(source)


def _kind(source: Source) -> str:
    if isinstance(source, Webcam):
        return "webcam"
    return "camera" if source.live else "film"


def _device(source: str, kind: str) -> str:
    """What films, without a path or an address, which may name people and hold passwords."""
    return f"webcam {source}" if kind == "webcam" else {"film": "film", "camera": "network camera"}.get(kind, kind)


def _read(recognizer: Recognizer, frames: Source) -> Iterator[tuple[Frame, Reading]]:
    for frame in frames:
        for event in recognizer.feed(frame.luma, frame.at_s, limited_range=frame.limited_range):
            if isinstance(event, Reading):
                yield frame, event


def _store(folder: CollectedHands, take: Take) -> None:
    try:
        folder.add(take.pictures)
    except OSError as error:
        raise CollectionError(
            f"The pictures cannot be stored in {folder.folder}: {error.strerror or error}.",
            "Free some space, or pass another folder with --out.",
        ) from error


def _report(console: Console, folder: CollectedHands, take: Take, signer: str) -> None:
    dropped = [f"{counted(count, 'time')} {REASONS[reason]}" for reason, count in take.dropped.most_common()]
    if not take.pictures:
        worst = next(iter(take.dropped.most_common()), None)
        raise CollectionError(
            f"No picture of {take.letter} was stored: {'; '.join(dropped) or 'the source gave no frames'}.",
            "Choose another part with --from and --seconds." if worst is None else _NEXT_STEP[worst[0]],
        )
    there = sum(picture.letter == take.letter for picture in folder.pictures(signer=signer))
    left_out = f" Left out: {'; '.join(dropped)}." if dropped else ""
    console.print(
        f"Stored {counted(len(take.pictures), 'picture')} of {take.letter} in {folder.folder}.{left_out} "
        f"Signer {signer} now has {there} of this letter.",
        markup=False,
        soft_wrap=True,
    )
