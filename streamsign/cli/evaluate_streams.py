"""``streamsign evaluate-streams``: how well spelled words are read from videos, not single frames."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from streamsign.cli.options import given, setting
from streamsign.errors import ModelNotFound, TrainingError
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.tuning import load_tuning
from streamsign.settings import read_settings
from streamsign.training.evaluation.report import percent
from streamsign.training.streams.folder import folder_streams
from streamsign.training.streams.methods import Method, setting_of, spell, tuned
from streamsign.training.streams.readings import StreamCrop, StreamReader
from streamsign.training.streams.score import figures as figures_of
from streamsign.training.streams.score import score


def evaluate_streams(
    ctx: typer.Context,
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder with streams.json and the videos it lists."),
    model: str = setting("model"),
    method: Method = typer.Option(Method.HMM, help="How frames become letters."),
    crop: StreamCrop = typer.Option(
        StreamCrop.HAND, help="hand: found in the picture. oracle: the boxes.csv beside the videos."
    ),
    reader: ReaderMode = setting("reader"),
    json: Path | None = typer.Option(None, "--json", metavar="FILE", help="Write all figures to this file as well."),
) -> None:
    """Measure how spelled words in videos are read: letters wrong, and how late the right ones come."""
    if json is not None and not json.resolve().parent.is_dir():
        raise TrainingError(f"There is no folder {json.resolve().parent}.", "Give --json a file in one that exists.")
    asked = read_settings(**given(ctx))
    chosen, reader = asked.load_model(), asked.reader
    tuning = load_tuning(chosen.folder)
    # Of a method for comparison the usual sizes and those tuned on validation; the better is told.
    settings = [setting_of(method, tuning, reader)] + ([] if method is Method.HMM else [tuned(method, tuning)])
    if reader is ReaderMode.LARGE and chosen.reader is None:
        raise ModelNotFound(
            f"The model '{chosen.info.name}' has no reader.", "Pass another --model, or --reader auto or small."
        )
    with_reader = reader is not ReaderMode.SMALL and method is Method.HMM
    stream_reader = StreamReader(chosen, crop, with_reader=with_reader)
    streams = [stream_reader.read(stream) for stream in folder_streams(folder, crop)]
    tried = [
        figures_of([score(each, spell(each, setting, chosen.info, chosen.info.letters)) for each in streams])
        for setting in settings
    ]
    better = min(tried, key=lambda figures: figures["letter_error_rate"] or 0.0)
    figures = {"model": chosen.info.name, "method": method.value, "crop": crop.value, "reader": reader.value, **better}
    if json is not None:
        json.write_text(json_format.dumps(figures, indent=2) + "\n", encoding="utf-8")
    Console(highlight=False).print(_table(figures))


def _table(figures: dict[str, Any]) -> Table:
    title = escape(f"{figures['model']}, {figures['method']}, crop {figures['crop']}")
    table = Table(title=title, show_header=False)
    delay = figures["commit_delay_ms"]
    interval = figures["letter_error_rate_ci95"]
    between = "" if interval is None else f"  (95 %: {percent(interval[0])} to {percent(interval[1])})"
    rows = {
        "streams, true letters": f"{figures['streams']}, {figures['true_letters']}",
        "letter error rate": percent(figures["letter_error_rate"]) + between,
        "substitutions, insertions, deletions": "{substitutions}, {insertions}, {deletions}".format(**figures),
        "C for O or O for C": str(figures["c_o_substitutions"]),
        "pose steady to letter, p50 and p95": "–" if delay["p50"] is None else f"{delay['p50']} ms, {delay['p95']} ms",
        "doubles read right": percent(figures["doubles_right"]),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    for name, row in figures["per_signer"].items():
        table.add_row(f"  {escape(name)}", percent(row["letter_error_rate"]) + f" of {row['true_letters']}")
    return table
