"""One HTML page about an evaluation: figures, confusion, signers, calibration, and the worst mistakes.

With pictures it names people and is for one's own eyes; without, signers are S01, S02 … and it can be published.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.training.evaluation import metrics
from streamsign.training.evaluation.chart import reliability_chart
from streamsign.training.evaluation.slices import SLICES

Figures = Mapping[str, Any]
Patches = Sequence[NDArray[np.uint8] | None]
"""(96, 96) uint8 of each mistake; None where no hand was found."""

Pictures = Mapping[str, Patches]
"""For ``worst_mistakes`` and ``worst_false_letters``, in the order of their rows."""

_STYLE = Path(__file__).with_name("report.css")
_PAGE = Path(__file__).with_name("report.template.html")

_WORST = (
    ("worst_mistakes", "Worst mistakes", "Its own letters read as something else"),
    (
        "worst_false_letters",
        "Worst false letters",
        "Other shapes, or no hand, read as a letter at the shipped threshold",
    ),
)
_NOTHING = '<p class="nothing">No picture to measure.</p>'
_NOTICE = (
    '<aside class="notice" aria-label="Privacy"><strong>Holds pictures and names of people.</strong> '
    "For local use on this computer only: do not publish it or pass it on.</aside>"
)
FULL_TINT = 0.2
"""Share of a letter's pictures from which a confusion is tinted fully."""

FEW_LABELS = 10
"""Up to so many labels the cells of the confusion matrix are large."""


def report(figures: Figures, pictures: Pictures | None = None) -> str:
    """The page, self-contained: no script, nothing loaded from elsewhere.

    Args:
        figures: from :func:`streamsign.training.evaluation.evaluate.evaluate`.
        pictures: patches of the mistakes, to be shown beside names of files and signers; None leaves all of them out.
    """
    sections = [
        _headline(figures),
        _confusion(figures),
        f'<div class="pair">{_classes(figures)}{_signers(figures, named=pictures is not None)}</div>',
        f'<div class="pair">{_reliability(figures)}{_circumstances(figures)}</div>',
        f'<div class="{"pair" if pictures is None else ""}">'
        + "".join(
            _mistakes(figures[key], title, about, None if pictures is None else pictures[key])
            for key, title, about in _WORST
        )
        + "</div>",
    ]
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{figures['model']} on ‘{figures['split']}’"),
        style=_STYLE.read_text(encoding="utf-8"),
        notice="" if pictures is None else _NOTICE,
        about=escape(
            f"{figures['images']} pictures of its letters by {figures['signers']} signers; "
            f"{figures['images_without_box']} without a hand’s box left out. Crop: {figures['crop']}. Single frames, "
            "all outputs competing, none included. Intervals are 95 %."
        ),
        sections="\n".join(sections),
        sha256=escape(figures["model_sha256"]),
    )


def percent(share: float | None) -> str:
    """A share in words: ``97.3 %``, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def _between(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def _headline(figures: Figures) -> str:
    swaps = sum(row["images"] for letter, row in figures["per_class"].items() if letter in ("C", "O"))
    tiles = [
        ("Accuracy, mean over signers", "macro_signer_accuracy", _between(figures["macro_signer_accuracy_ci95"])),
        ("Tenth percentile of signers", "tenth_percentile_signer_accuracy", f"of {figures['signer_groups']} groups"),
        ("Signers above 90 %", "signers_above_90", f"of {figures['signer_groups']} groups"),
        ("Accuracy, all pictures", "accuracy", _between(figures["accuracy_ci95"])),
        ("Worst signer group", "worst_signer_accuracy", f"of {figures['signer_groups']} groups"),
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
    return (
        '<dl class="tiles">'
        + "".join(
            f"<div><dt>{name}</dt><dd><b>{percent(figures[key])}</b><span>{note}</span></dd></div>"
            for name, key, note in tiles
        )
        + "</dl>"
    )


def _section(title: str, about: str, body: str) -> str:
    return f"<section><h2>{title}</h2><p>{about}</p>{body}</section>"


def _table(name: str, heads: Sequence[str], rows: Sequence[str], kind: str = "") -> str:
    """A table that scrolls by itself when the screen is narrow; by keyboard too."""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    return (
        f'<div class="wide" role="region" aria-label="{name}" tabindex="0"><table class="{kind}">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(name: str, cells: Sequence[object]) -> str:
    return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _confusion(figures: Figures) -> str:
    labels, counts = figures["confusion"]["labels"], figures["confusion"]["counts"]
    kind = "heat few" if len(labels) <= FEW_LABELS else "heat"
    rows = []
    for shown, row in zip(labels, counts, strict=True):
        if total := sum(row):
            cells = (_cell(shown, read, count, total) for read, count in zip(labels, row, strict=True))
            rows.append(f'<tr><th scope="row">{escape(shown)}</th>{"".join(cells)}</tr>')
    heads = ['<span class="said">shown, read as</span>', *(escape(label) for label in labels)]
    return _section(
        "What is taken for what",
        "Each row is a letter that was shown, each column what was read; the numbers are pictures, an empty cell is 0.",
        _table("Confusion matrix", heads, rows, kind) if rows else _NOTHING,
    )


def _cell(shown: str, read: str, count: int, total: int) -> str:
    if not count:
        return "<td></td>"
    share = count / total
    # Mistakes are few: the square root makes one in a hundred visible.
    kind, strength = ("hit", share) if read == shown else ("miss", min(1.0, (share / FULL_TINT) ** 0.5))
    told = escape(f"{shown} read as {read}: {count} of {total} ({percent(share)})")
    return f'<td class="{kind}" style="--s:{strength:.2f}" title="{told}">{count}</td>'


def _classes(figures: Figures) -> str:
    labels, counts = figures["confusion"]["labels"], figures["confusion"]["counts"]
    places = [labels.index(letter) for letter in figures["per_class"]]
    lines, floor = _whiskers([(counts[place][place], sum(counts[place])) for place in places])
    rows = [
        _row(escape(letter), [row["images"], *(percent(row[key]) for key in ("precision", "recall", "f1")), line])
        for (letter, row), line in zip(figures["per_class"].items(), lines, strict=True)
    ]
    return _section(
        "Letters",
        f"Precision counts pictures of these letters only. The line is recall with its interval, {floor} to 100 %.",
        _table("Letters", ["Letter", "Pictures", "Precision", "Recall", "F1", "Recall, 95 %"], rows),
    )


def _signers(figures: Figures, *, named: bool) -> str:
    # Numbered as in the model card: worst first, then by pictures.
    people = sorted(figures["per_signer"].items(), key=lambda item: (item[1]["accuracy"], item[1]["images"]))
    lines, floor = _whiskers([(round(row["accuracy"] * row["images"]), row["images"]) for _, row in people])
    rows = [
        _row(
            escape(name) if named else f"S{number:02d}",
            [row["images"], percent(row["accuracy"]), line, percent(row["ece"])],
        )
        for number, ((name, row), line) in enumerate(zip(people, lines, strict=True), start=1)
    ]
    return _section(
        "Signers, worst first",
        "Signers with fewer than 20 pictures are one group by their source. The line is accuracy with its interval, "
        f"{floor} to 100 %.",
        _table("Signers", ["Signer", "Pictures", "Accuracy", "Accuracy, 95 %", "Calibration error"], rows)
        if rows
        else _NOTHING,
    )


def _whiskers(hits: Sequence[tuple[int, int]]) -> tuple[list[str], int]:
    """Shares (hits, pictures) with Wilson's intervals, drawn on lines of one scale; and where these start, percent."""
    intervals = [metrics.wilson(*pair) for pair in hits]
    floor = min((int(10 * interval[0]) / 10 for interval in intervals if interval), default=0.0)

    def at(share: float) -> str:
        return f"{4 + 96 * (share - floor) / (1 - floor):.1f}"

    return [
        ""
        if interval is None
        else f'<svg class="whisker" viewBox="0 0 104 16" role="img" aria-label="{_between(interval)}">'
        f'<title>{_between(interval)}</title><line class="rail" x1="4" x2="100" y1="8" y2="8"/>'
        f'<line x1="{at(interval[0])}" x2="{at(interval[1])}" y1="8" y2="8"/>'
        f'<circle cx="{at(hit / count)}" cy="8" r="4"/></svg>'
        for (hit, count), interval in zip(hits, intervals, strict=True)
    ], round(100 * floor)


def _circumstances(figures: Figures) -> str:
    rows = [
        _row(
            f"{escape(name.capitalize())}<small>{escape(SLICES.get(name, ''))}</small>",
            [row["images"], row["signers"], percent(row["accuracy"])],
        )
        for name, row in figures["slices"].items()
    ]
    return _section(
        "Hard circumstances",
        "Pictures of the model’s letters in which the light, the size or the side of the hand makes it harder.",
        _table("Hard circumstances", ["Circumstance", "Pictures", "Signers", "Accuracy"], rows),
    )


def _reliability(figures: Figures) -> str:
    """Reliability diagram over bins of equal mass (Nguyen and O'Connor 2015): each bin is as wide as any other."""
    bins = figures["calibration"]
    rows = [
        _row(str(number), [row["images"], percent(row["confidence"]), percent(row["accuracy"])])
        for number, row in enumerate(bins, start=1)
    ]
    numbers = _table("Reliability in numbers", ["Bin", "Pictures", "Believed", "Right"], rows)
    return _section(
        "Do the probabilities tell the truth?",
        f"The pictures in {len(bins) or metrics.ECE_BINS} equal parts, from the least to the most certain. "
        "Bar: how certain the model was. Dot: how often it was right. The closer, the more honest.",
        f"{reliability_chart(bins)}<details><summary>The same in numbers</summary>{numbers}</details>"
        if bins
        else _NOTHING,
    )


def _mistakes(rows: Sequence[Mapping[str, Any]], title: str, about: str, patches: Patches | None) -> str:
    if patches is None:
        cells = [
            _row(escape(row["folder"]), [row["line"], _shown(row), escape(row["read"]), percent(row["probability"])])
            for row in rows
        ]
        body = _table(title, ["Folder", "Line of its manifest", "Shown", "Read", "Probability"], cells)
    else:
        cards = (_mistake(row, patch) for row, patch in zip(rows, patches, strict=True))
        body = f'<ol class="gallery">{"".join(cards)}</ol>'
    return _section(
        title, f"{about}; surest first, {len(rows)} of them." if rows else f"{about}: none.", body * bool(rows)
    )


def _shown(row: Mapping[str, Any]) -> str:
    return escape(row["letter"] or "no hand")


def _mistake(row: Mapping[str, Any], patch: NDArray[np.uint8] | None) -> str:
    shown, read, file = _shown(row), escape(row["read"]), escape(row["file"]).replace("/", "/<wbr>")
    image = (
        '<span class="unseen">no hand found</span>'
        if patch is None
        else f'<img src="data:image/png;base64,{_png(patch)}" width="96" height="96" alt="{shown} read as {read}">'
    )
    return (
        f"<li>{image}<p>{shown} → {read} <span>{percent(row['probability'])}</span></p>"
        f"<p>{escape(row['folder'])}, line {row['line']}</p><p>{file}</p></li>"
    )


def _png(patch: NDArray[np.uint8]) -> str:
    return base64.b64encode(cv2.imencode(".png", patch)[1].tobytes()).decode("ascii")
