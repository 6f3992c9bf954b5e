"""The command line: one file a command, imported when the command is run; errors are printed here."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from streamsign.errors import StreamsignError

COMMANDS = {
    "serve": "Start the server: shows a QR code for a phone, reads its camera, and sends letters to viewers.",
    "gateway": "Start a gateway of a cluster: pages, camera offers and captions. Workers read the cameras.",
    "worker": "Start a worker of a cluster: reads the cameras that gateways offer it over NATS.",
    "link": "Print a link to a server on this computer, with the secret that opens it; list links, or revoke one.",
    "caption": "Read the letters of a [bold]video[/], a [bold]camera[/] or the [bold]demo signer[/].",
    "collect": "Store labeled pictures of a hand from a [bold]video[/], a [bold]camera[/] or the [bold]demo signer[/].",
    "watch": "Print the letters of a [bold]room[/] as they are read. Reconnects when the connection is lost.",
    "demo": "Let a rendered hand spell WORD, as a virtual phone or into a file.",
    "doctor": "Check that this computer can run captions; exits 1 if a check fails.",
    "adapt": "Adapt a model to one signer's hand, from 5 to 20 pictures a letter.",
    "phone-runtime": "Fetch the runtime with which phones read letters themselves: LiteRT.js, 6 MB, once.",
    "train": "Train a letter model or the hand locator, or fit text to a model. Resumes an interrupted run.",
    "evaluate": "Measure a model on labeled pictures, by signer, with intervals.",
    "evaluate-streams": "Measure how spelled words in videos are read: letters wrong, and how late the right ones "
    "come.",
    "data-report": "Report people, coverage, copies and doubtful labels of labeled hands, and how well a model reads "
    "each part.",
    "card": "Measure models on the test split again, and write CARD.md, READER.md and report.html into their folders.",
    "experiments": "Rerun the seed project's experiments and write their tables. Resumes an interrupted run.",
    "bench": "Benchmark a component against a stock implementation and a lower bound, or write the report of earlier "
    "runs.",
}
"""Commands with the first line of their help. Each is a function in the file of its name, with _ for hyphens."""


class LazyGroup(TyperGroup):
    """Commands that are imported when they are run; their names and first lines are known before."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {
            name: TyperCommand(name, help=first_line, rich_markup_mode="rich") for name, first_line in COMMANDS.items()
        }

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the help."""
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is run."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, None if command is None else load(str(name)), rest


@contextmanager
def quick_imports() -> Iterator[None]:
    """Disable garbage collection while the block imports modules: nearly all that they allocate stays.

    Collections take a seventh of the CPU time of a server's imports.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def load(name: str) -> Any:
    """Import a command by its name."""
    from streamsign.cli.finite import NumberCommand

    file = name.replace("-", "_")
    one = typer.Typer(rich_markup_mode="rich", add_completion=False)
    with quick_imports():
        module = importlib.import_module(f"streamsign.cli.{file}")
    one.command(name, cls=NumberCommand)(getattr(module, file))
    return typer.main.get_command(one)


app = typer.Typer(
    cls=LazyGroup,
    name="streamsign",
    help="Point a camera at a signing hand and read the letters as live captions.",
    epilog="Exit codes: 0 success, 1 an error (described on standard error), 2 wrong usage, 130 interrupted.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from streamsign import __version__

        typer.echo(f"streamsign {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Point a camera at a signing hand and read the letters as live captions."""


def main() -> None:
    """Entry point. Exit codes: 0 success, 1 a StreamsignError (printed), 2 wrong usage, 130 interrupted."""
    from streamsign.errors import StreamsignError

    # Before NumPy is imported: the threads of OpenBLAS wait actively, and take the processor from those that recognize.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Before it ends, the interpreter looks for garbage among all objects of the imported modules: half a second of CPU
    # time for a server. Frozen objects are left out.
    atexit.register(gc.freeze)
    try:
        app()
    except StreamsignError as error:
        _print(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _print(error: StreamsignError) -> None:
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    console.print("[bold red]Error:[/]", end=" ")
    console.print(error.problem, soft_wrap=True, markup=False)
    if error.next_step:
        console.print(f"  → {error.next_step}", soft_wrap=True, markup=False)
