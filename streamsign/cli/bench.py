"""``streamsign bench``: how fast the parts are here, against the stock way and the floor."""

from __future__ import annotations

import importlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

import streamsign
from streamsign.cli.options import given, setting
from streamsign.cli.output_files import require_outputs
from streamsign.errors import StreamsignError
from streamsign.recognition.reader import ReaderMode
from streamsign.settings import read_settings


class Benchmark(StrEnum):
    """Names of the benchmarks, each a module in benchmarks/; "report" and "scale" write documents from the figures."""

    INFERENCE = "inference"
    PIPELINE = "pipeline"
    TRACKING = "tracking"
    WEBRTC = "webrtc"
    LOSS = "loss"
    CAPACITY = "capacity"
    SOAK = "soak"
    PEERS = "peers"
    REPORT = "report"
    STREAMS = "streams"
    MOVEMENT = "movement"
    OVERLOAD = "overload"
    FIRST_LETTER = "first-letter"
    AUDIENCE = "audience"
    ARRIVALS = "arrivals"
    FOOTPRINT = "footprint"
    BROKER = "broker"
    RELAY = "relay"
    WORKERS = "workers"
    GATEWAY = "gateway"
    SCALE = "scale"


def checkout(package: Path = Path(streamsign.__file__).parent) -> Path:
    """The source checkout that holds streamsign and benchmarks.

    Raises:
        StreamsignError: streamsign was installed without it.
    """
    root = package.resolve().parent
    if not (root / "benchmarks" / "report.py").is_file():
        raise StreamsignError(
            f"The benchmarks are part of the source checkout, which {package} is not part of.",
            "Clone the repository and run `make install`, then `.venv/bin/streamsign bench` there.",
        )
    return root


def bench(
    ctx: typer.Context,
    name: Annotated[Benchmark, typer.Argument(help="What to time; the cases are described in benchmarks/README.md.")],
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rows to this file as well.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with plots as well.")] = None,
    full: Annotated[bool, typer.Option("--full", help="The whole grid of cases; without it some minutes.")] = False,
    cycles: Annotated[int | None, typer.Option(min=2, help="soak: how often phones come and go.")] = None,
    model: str = setting("model"),
    reader: ReaderMode = setting("reader"),
    json_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="report, scale: folder of --json files. [default: benchmarks/results]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="report: write them as this Markdown file. [default: docs/benchmarks.md]"),
    ] = None,
) -> None:
    """Benchmark a component against a stock implementation and a lower bound, or write the report of earlier runs."""
    root = checkout()
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    require_outputs(json=json, html=html, out=out)
    if name is Benchmark.REPORT:
        _report(json_dir or root / "benchmarks" / "results", out or root / "docs" / "benchmarks.md", html)
        return
    if name is Benchmark.SCALE:
        scale = importlib.import_module("benchmarks.scale.page")
        scale.write_scale(json_dir or scale.RESULTS, out or scale.DOCUMENT)
        return
    settings = read_settings(**given(ctx))
    chosen = settings.load_model().spec
    options: dict[str, Any] = {"cycles": cycles} if name is Benchmark.SOAK else {}
    if name is Benchmark.PIPELINE:
        options["reader"] = settings.reader
    writer = importlib.import_module("benchmarks.report")
    load = writer.load_before()
    module = name.value.replace("-", "_")
    report = importlib.import_module(f"benchmarks.{module}").run(full=full, model=chosen, **options)
    report = writer.begun_under(report, load)
    if json is not None:
        writer.write_report(report, json)
    if html is not None:
        importlib.import_module("benchmarks.page").write_page([report], html)
    Console().print(writer.table(report))


def _report(json_dir: Path, out: Path, html: Path | None) -> None:
    """Write what runs before wrote as JSON, all in one."""
    document = importlib.import_module("benchmarks.document")
    reports = document.read_reports(json_dir)
    document.write_document(reports, out)
    if html is not None:
        importlib.import_module("benchmarks.page").write_page(reports, html)
