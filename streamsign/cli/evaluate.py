"""``streamsign evaluate``: accuracy of a model on people who are not in the training pictures."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from streamsign.cli.options import given, setting
from streamsign.cli.output_files import require_outputs
from streamsign.errors import SettingsError
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.model import READER
from streamsign.recognition.reader import ReaderMode
from streamsign.settings import read_settings
from streamsign.training.data.cleaning import read_left_out
from streamsign.training.evaluation.adapting import evaluate_adapting
from streamsign.training.evaluation.evaluate import PictureCrop
from streamsign.training.evaluation.evaluate import evaluate as measure
from streamsign.training.evaluation.groups import rows_of
from streamsign.training.evaluation.located import finder
from streamsign.training.evaluation.report import percent, report
from streamsign.training.hand.usability import finding_warning

SHOWN_CONFUSIONS = 3
"""Labels a letter was most often taken for that the table lists."""


def evaluate(
    ctx: typer.Context,
    folders: list[Path] = typer.Argument(
        ...,
        metavar="DIR...",
        help="Folders with manifest.csv; one without a letter column holds hand-free pictures. Or "
        "folders with a folder of pictures for each letter.",
    ),
    model: str = setting("model"),
    split: str = typer.Option(
        "test", help="Value of the manifest's split column; a folder without manifest.csv is used whole."
    ),
    crop: PictureCrop = typer.Option(
        PictureCrop.ORACLE,
        help="oracle: the box in the manifest; without manifest.csv, the detected box. frame: the guide box. hand: the "
        "detected box.",
    ),
    reader: ReaderMode = setting("reader", of_pictures=True),
    json: Path | None = typer.Option(None, "--json", metavar="FILE", help="Write all figures to this file as well."),
    adapt: int | None = typer.Option(
        None,
        min=2,
        metavar="N",
        help="Measure adaptations instead: to each signer with at most N pictures a letter of the first half of the "
        "signer's material, tested on the second half.",
    ),
    wrong_boxes: Path | None = typer.Option(
        None, metavar="FILE", help="With --crop hand: a list of rows whose box is not where the hand is."
    ),
    html: Path | None = typer.Option(
        None, "--html", metavar="FILE", help="Write a page with the worst mistakes, pictures included: keep it local."
    ),
) -> None:
    """Measure a model on labeled pictures, by signer, with intervals."""
    require_outputs(json=json, html=html)
    if wrong_boxes is not None and (crop is not PictureCrop.HAND or adapt is not None):
        raise SettingsError(
            "--wrong-boxes says which hands that are found do not count, and no hand is looked for.",
            "Pass --crop hand" + (", and leave --adapt out." if adapt is not None else " as well."),
        )
    wrong = read_left_out(wrong_boxes)
    console = Console(highlight=False)
    settings = read_settings(**given(ctx))
    chosen = settings.load_model()
    if adapt is not None:
        adapting = evaluate_adapting(folders, chosen, split, adapt)
        if json is not None:
            json.write_text(json_format.dumps(adapting, indent=2) + "\n", encoding="utf-8")
        console.print(_adapting(adapting))
        return
    # A reader does not say where the hand is: the small network of its model finds it.
    base = settings.model_copy(update={"model": settings.model.removesuffix(f":{READER}")})
    find = finder(HandReader(base.load_model())) if crop is PictureCrop.HAND else None
    seen = measure(folders, chosen, split, crop, find, wrong, settings.reader)
    figures = seen.figures
    if json is not None:
        json.write_text(json_format.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if html is not None:
        html.write_text(report(figures, seen.pictures), encoding="utf-8")
        console.print(f"Wrote {html}. It shows pictures of people: for your own eyes.", markup=False, soft_wrap=True)
    for line in seen.left_out:
        console.print(line, style="yellow", markup=False, soft_wrap=True)
    if split not in seen.splits:
        there = ", ".join(sorted(seen.splits)) or "none"
        console.print(f"No picture has the split '{split}'. There are: {there}.", style="yellow", markup=False)
    console.print(_overview(figures))
    if figures["finding"] is not None:
        console.print(_finding(figures["finding"]))
        if doubt := finding_warning(figures["finding"]["recall"], figures["finding"]["false_hands"]):
            console.print(doubt, style="yellow", markup=False, soft_wrap=True)
    console.print(_classes(figures))
    console.print(_groups(figures))
    console.print(_signers(figures))


def _adapting(figures: dict[str, Any]) -> Table:
    """Errors before and after, mean and worst signer."""
    added = figures["added_back"]
    table = Table(
        "", "before", "after", title=f"Adapted with {figures['mean_crops_a_letter']:.1f} pictures a letter (mean)"
    )
    table.add_row(f"error, mean of {figures['signers']} signers", *_both(figures, "mean_error"))
    table.add_row("error, worst signer", *_both(figures, "worst_error"))
    table.add_row("greatest rise of a signer's error", "", percent(max(0.0, figures["greatest_rise"])))
    table.add_row("other shapes read as a letter", *_both(figures, "other_read_as_letter"))
    table.add_row("a letter left out and added back: recall", "", percent(added["recall"]))
    table.add_row("  lowest recall of a letter", "", percent(added["lowest_recall"]))
    table.add_row("  greatest rise of the others' error", "", percent(max(0.0, added["others_greatest_rise"])))
    return table


def _both(figures: dict[str, Any], key: str) -> tuple[str, str]:
    return percent(figures[f"{key}_before"]), percent(figures[f"{key}_after"])


def _between(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"  (95 %: {percent(interval[0])} to {percent(interval[1])})"


def _overview(figures: dict[str, Any]) -> Table:
    title = escape(f"{figures['model']} on '{figures['split']}', crop {figures['crop']}, reader {figures['reader']}")
    table = Table(title=title, show_header=False)
    rows = {
        "pictures of its letters": f"{figures['images']} by {figures['signers']} signers "
        f"({figures['images_without_box']} pictures without a box left out)",
        "accuracy, mean over signers": percent(figures["macro_signer_accuracy"])
        + _between(figures["macro_signer_accuracy_ci95"]),
        "accuracy, all pictures": percent(figures["accuracy"]) + _between(figures["accuracy_ci95"]),
        "tenth percentile of signer groups": percent(figures["tenth_percentile_signer_accuracy"]),
        "signer groups above 90 %": percent(figures["signers_above_90"]),
        "worst signer group": percent(figures["worst_signer_accuracy"]),
        "weighted F1": percent(figures["weighted_f1"]),
        "C read as O or O as C": percent(figures["c_o_confusion"]),
        "false letters": f"{percent(figures['none_false_letter_rate'])} of {figures['none_images']} pictures of "
        f"other shapes ({percent(figures['none_false_letter_rate_other_hands'])}) and of no hand "
        f"({percent(figures['none_false_letter_rate_hand_free'])})",
        "calibration error": f"{percent(figures['ece'])}, mean over signers {percent(figures['macro_signer_ece'])}",
    }
    if (found := figures["found_hands"]) is not None:
        rows["hands that were found"] = (
            f"{percent(found['macro_signer_accuracy'])}, in the manifest's boxes "
            f"{percent(found['macro_signer_accuracy_labeled_box'])} (means over signers, {found['images']} pictures); "
            f"calibration error {percent(found['macro_signer_ece'])}"
        )
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _finding(found: dict[str, Any]) -> Table:
    title = (
        f"Hands found: {percent(found['recall'])} of {found['hands']}; a hand seen in "
        f"{percent(found['false_hands'])} of {found['hand_free']} pictures without one"
    )
    table = Table("longer side over the picture's shorter side", "hands", "found", title=title)
    for row in found["by_size"]:
        size = f"{row['from']:.0%} and more" if row["to"] is None else f"{row['from']:.0%} to {row['to']:.0%}"
        table.add_row(size, str(row["hands"]), percent(row["recall"]))
    return table


def _classes(figures: dict[str, Any]) -> Table:
    labels = figures["confusion"]["labels"]
    table = Table("letter", "pictures", "precision", "recall", "F1", "taken for")
    for letter, row in figures["per_class"].items():
        counts = figures["confusion"]["counts"][labels.index(letter)]
        wrong = sorted(((-count, read) for read, count in zip(labels, counts, strict=True) if read != letter and count))
        taken = ", ".join(f"{read} {-count}" for count, read in wrong[:SHOWN_CONFUSIONS])
        table.add_row(letter, str(row["images"]), *(percent(row[key]) for key in ("precision", "recall", "f1")), taken)
    return table


def _groups(figures: dict[str, Any]) -> Table:
    """Accuracy, and with hands that were looked for the share found, by light, size, distance and so on."""
    looked_for = figures["finding"] is not None
    found = ("found",) if looked_for else ()
    table = Table("group", "", "pictures", "signers", *found, "accuracy", title="Pictures of its letters by group")
    before = ""
    for trait, band, row in rows_of(figures):
        shares = [percent(row[key]) for key in (*found, "accuracy")]
        table.add_row("" if trait == before else trait, band, str(row["images"]), str(row["signers"]), *shares)
        before = trait
    mirrored = figures["slices"]["mirrored"]
    shares = [*("–" for _ in found), percent(mirrored["accuracy"])]
    table.add_row("mirrored", "", str(mirrored["images"]), str(mirrored["signers"]), *shares)
    return table


def _signers(figures: dict[str, Any]) -> Table:
    table = Table("signer", "pictures", "accuracy", "95 %", "ECE")
    for name, row in sorted(figures["per_signer"].items(), key=lambda item: item[1]["accuracy"]):
        low, high = row["accuracy_ci95"]
        span = f"{percent(low)} to {percent(high)}"
        table.add_row(escape(name), str(row["images"]), percent(row["accuracy"]), span, percent(row["ece"]))
    return table
