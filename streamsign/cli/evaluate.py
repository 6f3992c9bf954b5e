"""``streamsign evaluate``: how well a model reads people it has never seen."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from streamsign.errors import TrainingError
from streamsign.training.evaluate import Framing
from streamsign.training.evaluate import evaluate as measure


def evaluate(
    folders: list[Path] = typer.Argument(
        ..., metavar="DIR...", help="Folders with manifest.csv; one without a letter column holds hand-free pictures."
    ),
    model: str = typer.Option("celov", envvar="STREAMSIGN_MODEL", help="A name or a model folder."),
    split: str = typer.Option("test", help="Value of the manifest's split column."),
    crop: Framing = typer.Option(Framing.ORACLE, help="oracle: the manifest's box. frame: the guide box."),
    json: Path | None = typer.Option(None, "--json", metavar="FILE", help="Write all figures to this file as well."),
) -> None:
    """Measure a model on labelled pictures, by signer, with intervals."""
    if json is not None and not json.resolve().parent.is_dir():
        raise TrainingError(f"There is no folder {json.resolve().parent}.", "Give --json a file in one that exists.")
    figures = measure(folders, model, split, crop)
    if json is not None:
        json.write_text(json_format.dumps(figures, indent=2) + "\n", encoding="utf-8")
    console = Console()
    console.print(_overview(figures))
    console.print(_classes(figures))
    console.print(_signers(figures))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _between(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"  (95 %: {_percent(interval[0])} to {_percent(interval[1])})"


def _overview(figures: dict[str, Any]) -> Table:
    table = Table(title=f"{figures['model']} on '{figures['split']}', crop {figures['crop']}", show_header=False)
    rows = {
        "pictures of its letters": f"{figures['images']} by {figures['signers']} signers "
        f"({figures['images_without_box']} pictures without a box left out)",
        "accuracy, mean over signers": _percent(figures["macro_signer_accuracy"])
        + _between(figures["macro_signer_accuracy_ci95"]),
        "accuracy, all pictures": _percent(figures["accuracy"]) + _between(figures["accuracy_ci95"]),
        "worst signer group": _percent(figures["worst_signer_accuracy"]),
        "weighted F1": _percent(figures["weighted_f1"]),
        "C read as O or O as C": _percent(figures["c_o_confusion"]),
        "false letters": f"{_percent(figures['none_false_letter_rate'])} of {figures['none_images']} pictures of "
        f"other shapes ({_percent(figures['none_false_letter_rate_other_hands'])}) and of no hand "
        f"({_percent(figures['none_false_letter_rate_hand_free'])})",
        "calibration error": _percent(figures["ece"]),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _classes(figures: dict[str, Any]) -> Table:
    labels = figures["confusion"]["labels"]
    table = Table("letter", "pictures", "precision", "recall", "F1", *(f"read {label}" for label in labels))
    for letter, row in figures["per_class"].items():
        counts = figures["confusion"]["counts"][labels.index(letter)]
        shares = (_percent(row[key]) for key in ("precision", "recall", "f1"))
        table.add_row(letter, str(row["images"]), *shares, *(str(count) for count in counts))
    return table


def _signers(figures: dict[str, Any]) -> Table:
    table = Table("signer", "pictures", "accuracy")
    for name, row in sorted(figures["per_signer"].items(), key=lambda item: item[1]["accuracy"]):
        table.add_row(name, str(row["images"]), _percent(row["accuracy"]))
    return table
