"""``streamsign train``: from labeled hands to a model folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from streamsign.cli.finite import finite
from streamsign.errors import TrainingError
from streamsign.training.lineage import default_checkpoint, record, record_average, recorded_arguments
from streamsign.training.networks import LetterNetwork

if TYPE_CHECKING:
    from streamsign.training import loop
    from streamsign.training.backend import Backend
    from streamsign.training.hand.recipe import HandRun
    from streamsign.training.letters.recipe import Run
    from streamsign.training.reader.recipe import ReaderRun

READER_SIZE = 112
"""Usual side of a reader's patches, pixels."""

_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """Read a time such as ``90s``, ``20m`` or ``1.5h``.

    Raises:
        TrainingError: the text is not a duration.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if found is None or float(found[1]) == 0:
        raise TrainingError(f"'{text}' is not a duration.", "Write it as 90s, 20m or 1.5h.")
    return float(found[1]) * _UNITS[found[2]]


_READER, _LENGTH, _START, _PICTURES = "Large reader", "Length and rate", "Weights and checkpoint", "Pictures"
"""Groups of the options in the help."""


class TrainingTask(StrEnum):
    """What is trained."""

    LETTERS = "letters"
    READER = "reader"
    HAND = "hand"
    TEMPORAL = "temporal"
    PATHS = "paths"


def train(
    folder: Path = typer.Argument(
        ...,
        metavar="DATA",
        help="Folder with a folder of pictures for each letter, or with manifest.csv: trains in minutes on a shipped "
        "model's features. Or a folder that holds hands/ and, better with, frames/ and none/: trains a whole network.",
    ),
    task: TrainingTask = typer.Option(
        TrainingTask.LETTERS,
        help="letters: a classifier. reader: a larger network that only classifies letters, written into a model's "
        "folder. hand: a locator of hands in whole frames. temporal: from readings of frames to text. paths: "
        "letters that are drawn, such as J and Z.",
    ),
    network: LetterNetwork | None = typer.Option(
        None,
        help="Network to train; EfficientNet-Lite for a reader only. "
        "[default: mobilenetv2-0.35; efficientnet-lite2 for a reader]",
    ),
    size: int = typer.Option(
        READER_SIZE,
        min=64,
        max=128,
        help="Side of a reader's patches, pixels: 96, 112 or 128; smaller values are for trial runs.",
        rich_help_panel=_READER,
    ),
    frozen: int = typer.Option(
        0,
        min=0,
        help="Stages of a reader's EfficientNet-Lite, the stem first, that keep the weights given.",
        rich_help_panel=_READER,
    ),
    made: int = typer.Option(
        0,
        min=0,
        metavar="FILMS",
        help="Words of the demo signer from which a reader also learns hands on the way between letters.",
        rich_help_panel=_READER,
    ),
    reader_of: str | None = typer.Option(
        None,
        metavar="MODEL",
        help="With --task reader: use this model's reader in the folder --out instead of training one, and choose its "
        "weight on validation.",
        rich_help_panel=_READER,
    ),
    letters: str = typer.Option(
        "CELOV", help="Letters to classify; every other shape is none. A folder of letters has its own."
    ),
    out: Path | None = typer.Option(
        None,
        "--out",
        metavar="FOLDER",
        help="Model folder to write; its name is the model's. [default: models/NAME of a folder of letters]",
        show_default=False,
    ),
    base: str = typer.Option(
        "alphabet",
        metavar="MODEL",
        help="With a folder of letters: model whose features are used.",
        rich_help_panel=_START,
    ),
    budget: str = typer.Option(
        "20m", help="Training time: 90s, 20m, 1.5h. Reading the pictures comes on top.", rich_help_panel=_LENGTH
    ),
    steps: int | None = typer.Option(
        None,
        min=0,
        help="Steps instead of a time, for a run that can be repeated. 0: only calibrate and export --weights. "
        "With --task temporal trials, with --task paths moved stills of each letter and movement.",
        rich_help_panel=_LENGTH,
    ),
    seed: int = typer.Option(
        0, min=0, help="Decides the sampling, the augmentation and the first weights.", rich_help_panel=_LENGTH
    ),
    weights: list[Path] = typer.Option(
        [],
        metavar="FILE",
        help="Start from: a model's model.tflite, a backbone's .weights.h5, another training's .npz, or 'imagenet' (a "
        "download); "
        "random without it. Given more than once: the average of those .npz. With --task temporal a temporal.json; "
        "without it the search begins from defaults.",
        rich_help_panel=_START,
    ),
    rate: float | None = typer.Option(
        None,
        min=1e-6,
        max=0.1,
        callback=finite,
        help="Highest learning rate. [default: 0.0012]",
        rich_help_panel=_LENGTH,
    ),
    cleaning: Path | None = typer.Option(
        None,
        metavar="FILE",
        help="List of pictures to leave out, as `data-report --findings` writes it. For a whole network it is made "
        "first when it is not there. [default: beside the checkpoint]",
        rich_help_panel=_PICTURES,
    ),
    clean: bool = typer.Option(
        True,
        help="Leave out near-duplicates, and list likely wrong labels for you to accept.",
        rich_help_panel=_PICTURES,
    ),
    teacher: Path | None = typer.Option(
        None,
        metavar="FILE",
        help="MediaPipe's hand_landmark_full.tflite: teaches where the joints are, cuts hands out of their rooms, and "
        "says which of the locator's finds are none.",
        rich_help_panel=_PICTURES,
    ),
    former: Path | None = typer.Option(
        None,
        metavar="FILE",
        help="A model.tflite, or a reader's .npz or .tflite, that is averaged with the new weights; ratio chosen on "
        "validation.",
        rich_help_panel=_START,
    ),
    mine: bool = typer.Option(
        True, help="Draw pictures near the border between letters more often.", rich_help_panel=_PICTURES
    ),
    checkpoint: Path | None = typer.Option(
        None,
        metavar="FILE",
        help="Checkpoint to write, and to resume from. [default: runs/NAME-TASK.npz, beside the folder of --out "
        "if that is called models, else in the current folder]",
        show_default=False,
        rich_help_panel=_START,
    ),
) -> None:
    """Train a letter model or the hand locator, or fit text to a model. Resumes an interrupted run.

    Networks are trained on a GPU if TensorFlow, JAX or PyTorch sees one. The environment variable KERAS_BACKEND
    chooses: tensorflow, jax or torch.
    """
    console = Console()
    if task is not TrainingTask.READER and (size != READER_SIZE or made or frozen or reader_of is not None):
        raise TrainingError("--size, --made, --frozen and --reader-of are for readers.", "Pass --task reader as well.")
    if task is TrainingTask.HAND and network is not None:
        raise TrainingError("The locator has a network of its own.", "Leave --network out.")
    if task is TrainingTask.LETTERS:
        _width(network)  # an error before TensorFlow is imported
    if task is TrainingTask.LETTERS and network is None and not (folder / "hands").is_dir():
        from streamsign.training.folder.recipe import train_folder

        written = out or Path("models") / folder.resolve().name
        words = "streamsign " + " ".join(recorded_arguments(sys.argv[1:], folder, written))
        train_folder(
            folder, written, base, words, lambda line: console.print(line, markup=False, soft_wrap=True), cleaning
        )
        return
    if out is None:
        raise TrainingError("The model folder to write is missing.", "Pass --out models/NAME.")
    from streamsign.training import loop
    from streamsign.training.backend import choose_backend
    from streamsign.training.checkpoint import average
    from streamsign.training.letters.recipe import Recipe, prepare

    kept = checkpoint or default_checkpoint(out, task)
    command = "streamsign " + " ".join(recorded_arguments(sys.argv[1:], folder, out))
    if task is TrainingTask.TEMPORAL:
        from streamsign.training.temporal.fit import TRIALS, TemporalRecipe, fit

        begun = next(iter(weights), None)
        fit(TemporalRecipe(folder, str(out), steps or TRIALS, seed=seed, command=command, start=begun), console.print)
        return
    if task is TrainingTask.PATHS:
        from streamsign.training.paths.recipe import FILMS_OF_EACH, PathsRecipe, fit_paths

        fit_paths(PathsRecipe(folder, str(out), steps or FILMS_OF_EACH, seed, command), console.print)
        return
    if reader_of is not None:
        from streamsign.training.reader.adopt import adopt_reader

        adopt_reader(folder, reader_of, out, command, console.print)
        return
    if steps == 0 and not weights and not kept.is_file():
        raise TrainingError("--steps 0 trains nothing, and there are no weights to export.", "Pass --weights FILE.")
    if teacher is not None and not teacher.is_file():
        raise TrainingError(
            f"{teacher} does not exist.", "hand_landmark_full.tflite is a file of the mediapipe 0.10.14 package."
        )
    backend = choose_backend()
    start = (
        average(weights, kept.with_name(f"{kept.stem}-start.npz")) if len(weights) > 1 else next(iter(weights), None)
    )
    if len(weights) > 1 and start is not None:
        record_average(start, weights)
    length_s = None if steps is not None else seconds(budget)
    made_by = "" if steps == 0 else f"{command} --checkpoint runs/{kept.name}"
    if task is TrainingTask.HAND:
        from streamsign.training.hand.recipe import HandRecipe, prepare_hand

        peak_rate = rate or loop.PEAK_RATE
        hand = HandRecipe(folder, out, seed, length_s, steps, start, kept, teacher, peak_rate, command)
        finding = prepare_hand(hand, console.print)
        with recorded(console, kept, made_by, start), _bars(console, backend) as bars:
            if teacher is not None:
                finding.find_rivals(_share_of(bars, "rivals"))
            finding.train(_shown(bars, "training"))
        finish(finding, backend)
        return
    if task is TrainingTask.READER:
        from streamsign.training.reader.recipe import ReaderRecipe, prepare_reader

        reading = prepare_reader(
            ReaderRecipe(
                data=folder,
                letters=letters.upper(),
                out=out,
                network=network or LetterNetwork.LITE2,
                size=size,
                frozen=frozen,
                made=made,
                seed=seed,
                budget_s=length_s,
                steps=steps,
                weights=start,
                former=former,
                checkpoint=kept,
                peak_rate=rate or loop.PEAK_RATE,
                command=command,
            ),
            console.print,
        )
        with recorded(console, kept, made_by, start), _bars(console, backend) as bars:
            reading.train(_shown(bars, "training"))
        finish(reading, backend)
        return
    recipe = Recipe(
        data=folder,
        letters=letters.upper(),
        out=out,
        seed=seed,
        budget_s=length_s,
        steps=steps,
        weights=start,
        checkpoint=kept,
        cleaning=(cleaning or kept.with_name(f"{out.name}-left-out.json")) if clean else None,
        teacher=teacher,
        poses=kept.with_name("poses.npz") if teacher else None,
        former=former,
        mine=mine,
        peak_rate=rate or loop.PEAK_RATE,
        command=command,
        width=_width(network),
    )
    run = prepare(recipe, console.print)
    with recorded(console, kept, made_by, start), _bars(console, backend) as bars:
        if teacher is not None:
            run.learn_poses(_share_of(bars, "joints"))
        if clean:
            run.clean(_shown(bars, "cleaning"))
        run.train(_shown(bars, "training"))
    finish(run, backend)


def _width(network: LetterNetwork | None) -> float:
    width = (network or LetterNetwork.MOBILENET_035).width
    if width is None:
        raise TrainingError(f"{network} is a network for readers.", "Pass --task reader, or another --network.")
    return width


@contextmanager
def recorded(console: Console, checkpoint: Path, command: str, begun_from: Path | None) -> Iterator[None]:
    """Record what makes the checkpoint once it is written, and say where it is if Ctrl-C stops the training."""
    before = checkpoint.stat().st_mtime_ns if checkpoint.is_file() else None
    try:
        yield
    except KeyboardInterrupt:
        if checkpoint.is_file() and checkpoint.stat().st_mtime_ns != before:
            record(checkpoint, command, [begun_from])
            console.print(
                f"Stopped. {checkpoint} holds the training so far; the same command resumes it.", soft_wrap=True
            )
        raise
    record(checkpoint, command, [begun_from])


def _bars(console: Console, backend: Backend) -> Progress:
    """Bars of the progress, below a line that says what computes it."""
    from streamsign.training.backend import device

    console.print(f"Computes with {backend} on {device()}.")
    return Progress(
        TextColumn("{task.description} step {task.fields[step]}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %  loss {task.fields[loss]:.3f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
    )


def finish(run: Run | ReaderRun | HandRun, backend: Backend) -> None:
    """Export what was trained, on TensorFlow: on another backend this process is replaced by one that does so."""
    from streamsign.training.backend import Backend, run_again_on_tensorflow

    if backend is Backend.TENSORFLOW:
        run.export()
    else:  # the checkpoint is finished, so nothing is trained again
        run_again_on_tensorflow()


def _share_of(bars: Progress, name: str) -> Callable[[float], None]:
    line = bars.add_task(name, total=1.0, step=0, loss=0.0)
    return lambda share: bars.update(line, completed=share)


def _shown(bars: Progress, name: str) -> Callable[[loop.Progress], None]:
    line = bars.add_task(name, total=1.0, step=0, loss=0.0)

    def show(state: loop.Progress) -> None:
        bars.update(line, completed=state.share, step=state.step, loss=state.loss)
        if state.judgment is not None:
            bars.console.print(f"step {state.step}: {state.judgment}")

    return show
