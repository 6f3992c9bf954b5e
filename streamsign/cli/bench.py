"""``streamsign bench``: how fast the parts are here, against the stock way and the floor."""

from __future__ import annotations

import importlib
import sys
from enum import StrEnum
from pathlib import Path

import typer
from rich.console import Console

import streamsign
from streamsign.errors import StreamsignError


class Benchmark(StrEnum):
    """Names of the benchmarks; each is the module of that name in benchmarks/."""

    INFERENCE = "inference"
    PIPELINE = "pipeline"
    TRACKING = "tracking"
    WEBRTC = "webrtc"
    LOSS = "loss"
    STREAMS = "streams"


def checkout(package: Path = Path(streamsign.__file__).parent) -> Path:
    """The source checkout that holds streamsign and benchmarks.

    Raises:
        StreamsignError: streamsign was installed without it.
    """
    root = package.resolve().parent
    if not (root / "benchmarks" / "report.py").is_file():
        raise StreamsignError(
            f"The benchmarks are part of the source checkout; there are none next to {package}.",
            "Clone the repository and run `make install`, then `.venv/bin/streamsign bench` there.",
        )
    return root


def bench(
    name: Benchmark = typer.Argument(..., help="What to time; the cases are described in benchmarks/README.md."),
    json: Path | None = typer.Option(None, "--json", metavar="FILE", help="Write the rows to this file as well."),
    full: bool = typer.Option(False, "--full", help="The whole grid of cases; without it at most five minutes."),
    model: str = typer.Option("celov", envvar="STREAMSIGN_MODEL", help="Model to time: a name or a model folder."),
) -> None:
    """Time inference, the pixel-to-letter pipeline, WebRTC or a lossy network: ours, stock and the floor in one run."""
    root = str(checkout())
    if root not in sys.path:
        sys.path.insert(0, root)
    if json is not None and not json.resolve().parent.is_dir():
        raise StreamsignError(f"There is no folder {json.resolve().parent}.", "Give --json a file in one that exists.")
    report = importlib.import_module(f"benchmarks.{name.value}").run(full=full, model=model)
    writer = importlib.import_module("benchmarks.report")
    if json is not None:
        writer.write_report(report, json)
    Console().print(writer.table(report))
