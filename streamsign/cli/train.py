"""``streamsign train``: from labelled hands to a model folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from streamsign.errors import TrainingError

_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """Read a time such as ``90s``, ``20m`` or ``1.5h``.

    Raises:
        TrainingError: it is no such time.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if found is None or float(found[1]) == 0:
        raise TrainingError(f"'{text}' is no time.", "Write it as 90s, 20m or 1.5h.")
    return float(found[1]) * _UNITS[found[2]]


def train(
    folder: Path = typer.Argument(
        ..., metavar="DATA", help="Folder that holds hands/ and, better with, frames/ and none/."
    ),
    letters: str = typer.Option("CELOV", help="Letters to tell apart; every other shape is none."),
    out: Path = typer.Option(..., "--out", metavar="FOLDER", help="Model folder to write; its name is the model's."),
    budget: str = typer.Option("20m", help="Training time: 90s, 20m, 1.5h. Reading the pictures comes on top."),
    steps: int | None = typer.Option(None, min=1, help="Steps instead of a time, for a run that can be repeated."),
    seed: int = typer.Option(0, min=0, help="Decides the sampling, the augmentation and the first weights."),
    weights: Path | None = typer.Option(
        None, metavar="FILE", help="Backbone weights (MobileNetV2 0.35, one channel); random without it."
    ),
    checkpoint: Path | None = typer.Option(
        None, metavar="FILE", help="Where an interrupted run goes on from. [default: FOLDER/../../runs/NAME.npz]"
    ),
) -> None:
    """Train a letter model. Runs again from its checkpoint when interrupted."""
    from streamsign.training import fit
    from streamsign.training.recipe import Recipe, prepare

    console = Console()
    recipe = Recipe(
        data=folder,
        letters=letters.upper(),
        out=out,
        seed=seed,
        budget_s=None if steps is not None else seconds(budget),
        steps=steps,
        weights=weights,
        checkpoint=checkpoint or out.resolve().parent.parent / "runs" / f"{out.name}.npz",
        command="streamsign " + " ".join(_told(sys.argv[1:], folder, out, weights)),
    )
    run = prepare(recipe, console.print)
    columns = (
        TextColumn("step {task.fields[step]}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %  loss {task.fields[loss]:.3f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("training", total=1.0, step=0, loss=0.0)

        def show(state: fit.Progress) -> None:
            bar.update(task, completed=state.share, step=state.step, loss=state.loss)
            if seen := state.validation:
                bar.console.print(
                    f"step {state.step}: validation {seen.macro:.3f} over the letters (mean over signers), "
                    f"{seen.false_letters:.1%} of other pictures read as a letter"
                )

        run.train(show)
    run.export()


def _told(arguments: list[str], folder: Path, out: Path, weights: Path | None) -> list[str]:
    """The command as the card repeats it: without the names of this computer's folders, or where the checkpoint was."""
    names = {str(folder): "DATA", str(out): f"models/{out.name}"}
    if weights is not None:
        names[str(weights)] = f"DATA/weights/{weights.name}"
    told = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if "--checkpoint" not in (before, argument):
            told.append(names.get(argument, argument))
    return told
