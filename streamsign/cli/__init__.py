"""The command line: one file a command, registered here; errors a person can mend are told in plain words here."""

from __future__ import annotations

import importlib
import sys

import typer
from rich.console import Console

from streamsign.errors import StreamsignError

COMMANDS = (
    "serve",
    "link",
    "caption",
    "watch",
    "demo",
    "doctor",
    "train",
    "evaluate",
    "evaluate_streams",
    "experiments",
    "bench",
)
"""Functions of commands, each in the file of that name; the command has hyphens for its underscores."""

app = typer.Typer(
    name="streamsign",
    help="Point a camera at a signing hand and read the letters as live captions.",
    epilog="Exit codes: 0 done, 1 something to mend (told on standard error), 2 wrong usage, 130 interrupted.",
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


for _name in COMMANDS:
    app.command(_name.replace("_", "-"))(getattr(importlib.import_module(f"streamsign.cli.{_name}"), _name))


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 a StreamsignError (told in words), 2 wrong usage, 130 interrupted."""
    try:
        app()
    except StreamsignError as error:
        console = Console(stderr=True, highlight=False)
        console.print("[bold red]Error:[/]", end=" ")
        console.print(error.problem, soft_wrap=True, markup=False)
        if error.next_step:
            console.print(f"  → {error.next_step}", soft_wrap=True, markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
