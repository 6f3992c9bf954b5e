"""An evaluation as an HTML page: figures, confusion, signers, calibration and the most certain mistakes.

With pictures it names people and must stay local. Without, signers are S01, S02 and so on, and it can be published.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from numpy.typing import NDArray

from streamsign.training.evaluation import metrics
from streamsign.training.evaluation.chart import reliability_chart
from streamsign.training.evaluation.groups import MEANINGS, rows_of
from streamsign.training.evaluation.slices import SLICES

Figures = Mapping[str, Any]
Patches = Sequence[NDArray[np.uint8] | None]
"""(96, 96) uint8 of each mistake; None where no hand was found."""

Pictures = Mapping[str, Patches]
"""For ``worst_mistakes`` and ``worst_false_letters``, in the order of their rows."""

_STYLE = Path(__file__).with_name("report.css")
_PAGE = Path(__file__).with_name("report.template.html")

_WORST = (
    ("worst_mistakes", "Worst mistakes", "The model's letters read as something else"),
    (
        "worst_false_letters",
        "Worst false letters",
        "Other shapes, or no hand, read as a letter at the shipped threshold",
    ),
)
FULL_TINT = 0.2
"""Share of a letter's pictures from which a confusion has the strongest color."""

FEW_LABELS = 10
"""Up to this many labels the cells of the confusion matrix are large."""


def report(figures: Figures, pictures: Pictures | None = None) -> str:
    """The page, self-contained: no script, nothing loaded from elsewhere. Every value is escaped by the template.

    Args:
        figures: from :func:`streamsign.training.evaluation.evaluate.evaluate`.
        pictures: patches of the mistakes, shown beside names of files and signers; None leaves all of them out.
    """
    templates = Environment(autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(_PAGE.parent))
    templates.filters["percent"] = percent
    bins = figures["calibration"]
    return templates.get_template(_PAGE.name).render(
        title=f"{figures['model']} on ‘{figures['split']}’",
        style=_STYLE.read_text(encoding="utf-8"),
        named=pictures is not None,
        about=(
            f"{figures['images']} pictures of its letters by {figures['signers']} signers; "
            f"{figures['images_without_box']} without a hand’s box left out. Crop: {figures['crop']}. Single frames, "
            "all outputs competing, none included. Intervals are 95 %."
        ),
        tiles=_tiles(figures),
        confusion=_confusion(figures),
        letters=_letters(figures),
        signers=_signers(figures, named=pictures is not None),
        calibration=bins,
        ece_bins=metrics.ECE_BINS,
        chart=reliability_chart(bins) if bins else "",
        groups=[
            *((f"{trait.capitalize()}: {band}", MEANINGS[trait], row) for trait, band, row in rows_of(figures)),
            ("Mirrored", SLICES["mirrored"], figures["slices"]["mirrored"]),
        ],
        looked_for=figures["finding"] is not None,
        worst=[
            (title, about, _mistakes(figures[key], None if pictures is None else pictures[key]))
            for key, title, about in _WORST
        ],
        sha256=figures["model_sha256"],
    )


def percent(share: float | None) -> str:
    """A share as text: ``97.3 %``, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def _between(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def _tiles(figures: Figures) -> list[tuple[str, float | None, str]]:
    """Name, share and note of each headline figure."""
    swaps = sum(row["images"] for letter, row in figures["per_class"].items() if letter in ("C", "O"))
    of_groups = f"of {figures['signer_groups']} groups"
    tiles = [
        ("Accuracy, mean over signers", "macro_signer_accuracy", _between(figures["macro_signer_accuracy_ci95"])),
        ("Tenth percentile of signers", "tenth_percentile_signer_accuracy", of_groups),
        ("Signers above 90 %", "signers_above_90", of_groups),
        ("Accuracy, all pictures", "accuracy", _between(figures["accuracy_ci95"])),
        ("Worst signer group", "worst_signer_accuracy", of_groups),
        ("Weighted F1", "weighted_f1", f"over {len(figures['per_class'])} letters"),
        ("C read as O, O as C", "c_o_confusion", f"of {swaps} pictures"),
        (
            "False letters",
            "none_false_letter_rate",
            f"of {figures['none_images']}: other hands {percent(figures['none_false_letter_rate_other_hands'])}, "
            f"no hand {percent(figures['none_false_letter_rate_hand_free'])}",
        ),
        (
            "Calibration error",
            "ece",
            f"in {metrics.ECE_BINS} bins of equal mass; mean over signers {percent(figures['macro_signer_ece'])}",
        ),
    ]
    return [
        (name, figures[key], note)
        for name, key, note in tiles
        if key != "c_o_confusion" or figures[key] is not None  # undefined for a model without C or O
    ]


def _confusion(figures: Figures) -> dict[str, Any]:
    """Labels, and a row of cells for each label that has pictures; the cell of a 0 is None."""
    labels, counts = figures["confusion"]["labels"], figures["confusion"]["counts"]
    return {
        "labels": labels,
        "kind": "heat few" if len(labels) <= FEW_LABELS else "heat",
        "rows": [
            (shown, [_cell(shown, read, count, sum(row)) for read, count in zip(labels, row, strict=True)])
            for shown, row in zip(labels, counts, strict=True)
            if sum(row)
        ],
    }


def _cell(shown: str, read: str, count: int, total: int) -> dict[str, Any] | None:
    if not count:
        return None
    share = count / total
    # Errors are rare: the square root makes one in a hundred visible.
    kind, strength = ("hit", share) if read == shown else ("miss", min(1.0, (share / FULL_TINT) ** 0.5))
    text = f"{shown} read as {read}: {count} of {total} ({percent(share)})"
    return {"kind": kind, "strength": f"{strength:.2f}", "text": text, "count": count}


def _letters(figures: Figures) -> dict[str, Any]:
    labels, counts = figures["confusion"]["labels"], figures["confusion"]["counts"]
    places = [labels.index(letter) for letter in figures["per_class"]]
    lines, floor = _whiskers([(counts[place][place], sum(counts[place])) for place in places])
    rows = [(letter, row, line) for (letter, row), line in zip(figures["per_class"].items(), lines, strict=True)]
    return {"floor": floor, "rows": rows}


def _signers(figures: Figures, *, named: bool) -> dict[str, Any]:
    # Numbered as in the model card: worst first, then by pictures.
    people = sorted(figures["per_signer"].items(), key=lambda item: (item[1]["accuracy"], item[1]["images"]))
    lines, floor = _whiskers([(round(row["accuracy"] * row["images"]), row["images"]) for _, row in people])
    rows = [
        (name if named else f"S{number:02d}", row, line)
        for number, ((name, row), line) in enumerate(zip(people, lines, strict=True), start=1)
    ]
    return {"floor": floor, "rows": rows}


def _whiskers(hits: Sequence[tuple[int, int]]) -> tuple[list[dict[str, str] | None], int]:
    """Wilson's intervals of shares (hits, pictures) as coordinates on one scale, and where it starts in percent."""
    intervals = [metrics.wilson(*pair) for pair in hits]
    floor = min((int(10 * interval[0]) / 10 for interval in intervals if interval), default=0.0)

    def at(share: float) -> str:
        return f"{4 + 96 * (share - floor) / (1 - floor):.1f}"

    return [
        None
        if interval is None
        else {
            "between": _between(interval),
            "low": at(interval[0]),
            "high": at(interval[1]),
            "middle": at(hit / count),
        }
        for (hit, count), interval in zip(hits, intervals, strict=True)
    ], round(100 * floor)


def _mistakes(rows: Sequence[Mapping[str, Any]], patches: Patches | None) -> list[dict[str, Any]]:
    """Rows for the template, with their patches as base64 where pictures are shown."""
    shown = [{**row, "shown": row["letter"] or "no hand"} for row in rows]
    if patches is None:
        return shown
    return [{**row, "png": None if patch is None else _png(patch)} for row, patch in zip(shown, patches, strict=True)]


def _png(patch: NDArray[np.uint8]) -> str:
    return base64.b64encode(cv2.imencode(".png", patch)[1].tobytes()).decode("ascii")
