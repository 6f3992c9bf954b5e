"""``streamsign demo``: a rendered hand spells a word into a running server, or into a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from streamsign.captions.events import Edit, Event, Letter
from streamsign.cli.finite import finite
from streamsign.cli.options import CaFile, Insecure, given, refuse_ca_if_insecure, refuse_flags, setting
from streamsign.cli.output_files import require_outputs
from streamsign.client.camera import publish
from streamsign.client.whip import HOW_TO_PUBLISH
from streamsign.demo.coarticulation import filmed_times
from streamsign.demo.drawn import DRAWN
from streamsign.demo.motion import keyed_times
from streamsign.demo.poses import LETTERS
from streamsign.demo.signer import HEIGHT, WIDTH, DemoSigner
from streamsign.demo.varied import MOST_YAW, make_varied_scene
from streamsign.demo.video import Film, make_film, write_mjpeg, write_mp4
from streamsign.errors import AccessDenied, SettingsError
from streamsign.recognition.model import Model
from streamsign.recognition.reader import ReaderMode
from streamsign.settings import read_settings
from streamsign.state.grants import Right
from streamsign.state.local import is_loopback, local_grant

FILMS = (".mp4", ".mjpeg")
"""Suffixes of the films that --save writes."""

OF_PLAYING = ("url", "token", "room", "state_dir", "ca", "insecure")
OF_FILMS = ("letters_per_s", "coarticulated", "varied", "yaw", "below", "face")
OF_CHECKS = ("model", "reader")
"""Parameters that have an effect only if the film is played, if there is a film, and with --check."""


def demo(
    ctx: typer.Context,
    word: Annotated[
        str,
        typer.Argument(
            help="Letters to spell, words separated by spaces; with --check, empty means all the model knows."
        ),
    ] = "",
    url: Annotated[
        str,
        typer.Argument(metavar="[URL]", envvar="STREAMSIGN_PUBLIC_URL", show_envvar=True, help="Server to play into."),
    ] = "http://127.0.0.1:8080",
    token: Annotated[
        str,
        typer.Option(
            envvar="STREAMSIGN_PUBLISH_TOKEN",
            show_envvar=True,
            help="Token of `streamsign link publish`, or the publish token; not needed on the server's own computer.",
        ),
    ] = "",
    room: Annotated[str, typer.Option(help="Room to play into.")] = "main",
    state_dir: Annotated[
        Path | None,
        typer.Option(
            envvar="STREAMSIGN_STATE_DIR", show_envvar=True, help="State folder of a server on this computer."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Chooses hand, skin, room and light.")] = 0,
    letters_per_s: Annotated[float, typer.Option(min=0.2, max=6, callback=finite, help="Letters a second.")] = 0.95,
    coarticulated: Annotated[
        bool,
        typer.Option(
            "--coarticulated",
            help="Move each finger at its own time, turn the wrist, and hold letters as long as filmed.",
        ),
    ] = False,
    varied: Annotated[
        bool, typer.Option("--varied", help="Vary hand, sleeve, nails, view, light and shutter with the seed.")
    ] = False,
    yaw: Annotated[
        float | None,
        typer.Option(
            min=-MOST_YAW,
            max=MOST_YAW,
            callback=finite,
            help="Turn the signer by this many degrees; implies --varied.",
        ),
    ] = None,
    below: Annotated[
        float | None,
        typer.Option(
            min=-45,
            max=45,
            callback=finite,
            help="Camera angle in degrees below the hand; negative is above. Implies --varied.",
        ),
    ] = None,
    face: Annotated[
        bool | None, typer.Option("--face/--no-face", help="Show a face beside the hand or none; implies --varied.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write the film (.mp4 or .mjpeg) instead of playing it.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write the labels of --save as JSON: letters and frames.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Measure how a model reads single rendered frames.")] = False,
    model: str = setting("model"),
    reader: ReaderMode = setting("reader"),
    ca: CaFile = None,
    insecure: Insecure = False,
) -> None:
    """Let a rendered hand spell WORD, as a virtual phone or into a file."""
    console = Console(highlight=False)
    require_outputs(save=save, truth=truth)
    if check and save is not None:
        raise SettingsError("--check reads single frames and writes no film.", "Leave out --check or --save.")
    if truth is not None and save is None:
        raise SettingsError("--truth labels the film that --save writes.", "Pass --save FILE.mp4 as well.")
    if save is not None and save.suffix.lower() not in FILMS:
        raise SettingsError(
            f"{save} does not end in {' or '.join(FILMS)}.",
            "Choose one of these names for --save; convert the film to others: ffmpeg -i film.mp4 film.avi",
        )
    refuse_ca_if_insecure(ctx, insecure=insecure)
    _refuse_unused(ctx, check=check, save=save is not None)
    if check:
        settings = read_settings(**given(ctx))
        _check(console, settings.load_model(), settings.reader, word.upper(), seed)
        return
    hold_s, way_s = (filmed_times if coarticulated else keyed_times)(letters_per_s)
    varied = varied or any(each is not None for each in (yaw, below, face))
    scene = make_varied_scene(seed, WIDTH, HEIGHT, yaw=yaw, below=below, face=face) if varied else None
    signer = DemoSigner(word, seed=seed, letter_s=hold_s, transition_s=way_s, coarticulated=coarticulated, scene=scene)
    if truth is not None and save is not None:
        _write_truth(truth, save, f"demo{seed}", signer)
    if save is not None and save.suffix.lower() == ".mjpeg":
        console.print(f"Wrote {write_mjpeg(save, signer)}: {signer.word}, {signer.duration_s:.1f} s.", soft_wrap=True)
        return
    if save is None and not token:
        token = _token_for(url, room, state_dir)
    film = _render(console, signer)
    if save is not None:
        console.print(f"Wrote {write_mp4(save, film)}: {signer.word}, {signer.duration_s:.1f} s.", soft_wrap=True)
        return
    send = partial(publish, url, film, token=token, room=room, ca_file=ca, insecure=insecure)
    console.print(f"Signing {signer.word} into room {room} at {url} ({signer.duration_s:.1f} s).", soft_wrap=True)
    read, reason = asyncio.run(_play(console, signer, send))
    if read != signer.word:
        console.print(f"Signed {signer.word}, read {read or 'nothing'}. {reason}".rstrip())
        raise typer.Exit(1)
    console.print(f"Signed {signer.word}, read {read}: all letters right.")


def _refuse_unused(ctx: typer.Context, *, check: bool, save: bool) -> None:
    if check:
        reason = "--check reads single frames of a hand that is held still, on this computer"
        refuse_flags(ctx, OF_PLAYING + OF_FILMS, reason, "or leave out --check")
    elif save:
        refuse_flags(ctx, OF_PLAYING, "--save writes the film instead of playing it", "or leave out --save")
        reason = "no model reads the film that --save writes"
        refuse_flags(ctx, OF_CHECKS, reason, "and read the film with `streamsign caption`")
    else:
        reason = "the server reads the film, with the model that it was started with or that was chosen on its page"
        refuse_flags(ctx, OF_CHECKS, reason, "or pass --check")


async def _play(console: Console, signer: DemoSigner, send: Callable[..., Awaitable[object]]) -> tuple[str, str]:
    """Play the film with :func:`publish`; the text that was read, and why some letters could not be."""
    read, newest = "", 0
    model: list[str] = []

    def show(event: Event) -> None:
        nonlocal read, newest, model
        # The room's earlier letters come as a replay; only what is read while we sign counts.
        if isinstance(event, Edit) and event.seq > newest and event.action in ("space", "line"):
            read = read.rstrip() + " "
        elif isinstance(event, Edit) and event.seq > newest and event.action == "backspace":
            read = read[:-1]  # a drawn letter takes the place of what was read on the way
        elif isinstance(event, Letter) and event.seq > newest:
            read += event.letter
            console.print(f"  {event.letter}  {event.confidence:.0%}")
        elif event.type == "hello":
            newest, model = event.last_seq, [event.model, *event.letters]

    await send(on_event=show)
    return read.strip(), unread(signer.word, model)


def unread(word: str, model: list[str]) -> str:
    """Why some letters of a word cannot be read, with the next step; empty if all can.

    Args:
        word: what is signed.
        model: name of the model that reads, and its letters; empty if the server did not say.
    """
    name, *known = model or [""]
    missing = [letter for letter in dict.fromkeys(word.replace(" ", "")) if letter not in known] if known else []
    if not missing:
        return ""
    return (
        f"{', '.join(missing)} cannot be read: the model '{name}' knows {' '.join(known)}. "
        "Choose a model with all letters on the host page, or start the server with --model alphabet."
    )


def _token_for(url: str, room: str, state_dir: Path | None) -> str:
    token = local_grant(url, (Right.PUBLISH,), room, state_dir=state_dir)
    if token is not None:
        return token
    if is_loopback(url):
        raise AccessDenied(
            "The state folder holds no server key.",
            "Start the server with `streamsign serve`, or name its state folder with --state-dir.",
        )
    raise AccessDenied(f"{url} is another computer, which needs a token.", HOW_TO_PUBLISH)


def _render(console: Console, signer: DemoSigner) -> Film:
    with console.status(f"Rendering {signer.word} …") as status:
        return make_film(signer, lambda done, total: status.update(f"Rendering {signer.word} … {done}/{total}"))


def _write_truth(path: Path, film: Path, name: str, signer: DemoSigner) -> None:
    """Write the labels in a form that ``evaluate-streams`` reads if the film is beside them."""
    reported = {
        "file": film.name,
        "signer": name,
        "word": signer.word,
        "fps": signer.fps,
        "letters": [asdict(true) for true in signer.truth],
        "frames": [signer.label(number)._asdict() for number in range(signer.frame_count)],
    }
    try:
        path.write_text(json.dumps(reported, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.", "Choose another --truth file.") from error


def _check(console: Console, model: Model, reader: ReaderMode, letters: str, seed: int) -> None:
    from streamsign.demo.check import letter_readings

    if letters:
        letters = DemoSigner("".join(dict.fromkeys(letters.replace(" ", "")))).word  # refuses what it cannot sign
        if unknown := [letter for letter in letters if letter not in (*model.info.letters, *DRAWN)]:
            raise SettingsError(
                f"The model '{model.info.name}' does not read {', '.join(unknown)}.",
                f"Leave {'it' if len(unknown) == 1 else 'them'} out of the word, or pass another --model.",
            )
    letters = letters or "".join(letter for letter in model.info.letters if letter in LETTERS)
    n, right = 40, 0
    if drawn := sorted(set(letters) & set(DRAWN)):
        them = "it" if len(drawn) == 1 else "them"
        console.print(f"Left out: {' and '.join(drawn)}, drawn in the air; single frames do not show {them}.")
        letters = "".join(letter for letter in letters if letter not in DRAWN)
    if not letters:
        return
    for letter in letters:
        counts = letter_readings(model, letter, n, seed, reader)
        right += counts.get(letter, 0)
        console.print(f"{letter}  {counts.get(letter, 0) / n:6.1%}   {counts}")
    console.print(
        f"{right / (n * len(letters)):.1%} of {n * len(letters)} single rendered frames read right by {model.info.name}"
    )
