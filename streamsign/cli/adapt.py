"""``streamsign adapt``: a model for one signer's hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import typer
from rich.console import Console

from streamsign.adapting.adapt import Adapted
from streamsign.adapting.adapt import adapt as fit
from streamsign.adapting.pictures import LEAST, MOST, by_letter
from streamsign.cli.options import given, setting
from streamsign.cli.output_files import require_outputs
from streamsign.collection.counted import counted
from streamsign.collection.manifest import Picture
from streamsign.errors import SettingsError, TrainingError
from streamsign.settings import read_settings
from streamsign.state.private import write_private
from streamsign.training.evaluation.located import read_pictures

_NAMED = 8
"""Signers that an error lists."""


def adapt(
    ctx: typer.Context,
    folder: Path = typer.Argument(
        ...,
        metavar="FOLDER",
        help="Folder with a folder of pictures for each letter, or with manifest.csv, such as collected ones.",
    ),
    out: Path = typer.Option(
        ..., "--out", metavar="FILE", help="File to write, for `streamsign caption --adapt FILE`."
    ),
    signer: str | None = typer.Option(
        None,
        metavar="ID",
        help="Signer in the manifest, or before __ in the files' names. [default: the only one]",
        show_default=False,
    ),
    new: list[str] = typer.Option(
        [], metavar="LETTER", help="A letter that the model lacks and shall learn; repeatable."
    ),
    model: str = setting("model"),
    models: Path | None = setting("models"),
) -> None:
    """Adapt a model to one signer's hand, from 5 to 20 pictures a letter.

    The model's folder does not change. Nothing is written if held-out pictures of the signer are read worse.
    """
    require_outputs(out=out)
    settings = read_settings(**given(ctx))
    model_read, console = settings.load_model(), Console(highlight=False)
    usable = read_pictures(folder, model_read)
    for line in usable.left_out():
        console.print(line, style="yellow", markup=False, soft_wrap=True)
    pictures = _of_signer(folder, usable.pictures, signer)
    result = fit(model_read, by_letter(pictures), new, signer=pictures[0].signer)
    try:
        write_private(out, result.adaptation.to_bytes())
    except OSError as error:
        raise SettingsError(
            f"{out} cannot be written: {error.strerror}.", "Give --out a path in a folder that you may write to."
        ) from error
    _report(console, result, out)


def _of_signer(folder: Path, pictures: list[Picture], signer: str | None) -> list[Picture]:
    count = Counter(picture.signer for picture in pictures if picture.letter)
    known = ", ".join(name for name, _ in count.most_common(_NAMED)) or "none"
    if signer is None and len(count) != 1:
        raise TrainingError(
            f"{folder} has pictures of {counted(len(count), 'signer')} "
            f"({known}{', …' if len(count) > _NAMED else ''}).",
            "Name one with --signer.",
        )
    chosen = [picture for picture in pictures if picture.letter and signer in (None, picture.signer)]
    if not chosen:
        raise TrainingError(f"{folder} has no picture of the signer '{signer}'.", f"It has pictures of {known}.")
    return chosen


def _report(console: Console, result: Adapted, out: Path) -> None:
    seen = result.comparison
    letters = ", ".join(f"{letter} {count}" for letter, count in result.letters.items())
    console.print(
        f"Pictures used (at most {MOST} a letter, at least {LEAST}): {letters}.", markup=False, soft_wrap=True
    )
    if result.left_out:
        letters_of = defaultdict(list)
        for letter, reason in result.left_out.items():
            letters_of[reason].append(letter)
        reasons = "; ".join(f"{', '.join(named)} ({reason})" for reason, named in letters_of.items())
        console.print(f"Left out: {reasons}.", style="yellow", markup=False, soft_wrap=True)
    if seen.pictures:
        console.print(
            f"Of {counted(seen.pictures, 'held-out picture')} {seen.wrong_before} were read wrong, "
            f"{seen.wrong_after} are read wrong with an adaptation to the others.",
            soft_wrap=True,
        )
    if seen.new:
        console.print(f"Of {counted(seen.new, 'held-out picture')} of new letters {seen.new_wrong} are read wrong.")
    console.print(f"Wrote {out}. Use it with `streamsign caption SOURCE --adapt {out}`.", markup=False, soft_wrap=True)
