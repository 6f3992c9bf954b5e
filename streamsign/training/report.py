"""One HTML page about an evaluation: figures, confusion, signers, calibration, and the worst mistakes.

With pictures it is for the person's own eyes; without, it can be published.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pictures = Mapping[tuple[str, int], NDArray[np.uint8]]
"""Patches, (96, 96) uint8, by (folder name, manifest line)."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2429; --soft: #5b6870; --ground: #fbfaf7; --card: #ffffff;
  --line: #e3e0d8; --accent: 20 110 120; --wrong: 190 80 50 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --soft: #a0aab0; --ground: #14181b; --card: #1c2226;
  --line: #313a40; --accent: 90 190 195; --wrong: 235 130 95 } }
* { box-sizing: border-box } body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif } main { max-width: 70rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-weight: 650; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem }
p { max-width: 46rem; margin: .25rem 0 .75rem; color: var(--soft) } .warn { color: rgb(var(--wrong)); font-weight: 600 }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0 }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .8rem 1rem }
.figures b { display: block; font-size: 1.6rem; font-weight: 650; font-variant-numeric: tabular-nums }
.figures span { color: var(--soft); font-size: .85rem; display: block }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .75rem; background: var(--card) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100% }
th, td { padding: .3rem .55rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-weight: 600; color: var(--soft); font-size: .85rem } th:first-child, td:first-child { text-align: left }
tr:last-child td, tr:last-child th { border-bottom: 0 }
.heat td { text-align: center; padding: .25rem .3rem; border: 0 } .heat th { text-align: center; border: 0 }
.bar { display: inline-block; height: .6rem; border-radius: .3rem;
  background: rgb(var(--accent)); vertical-align: middle }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem }
.mistakes figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  overflow: hidden } .mistakes img { width: 100%; display: block; image-rendering: auto }
.mistakes figcaption { padding: .5rem .7rem; font-size: .85rem; color: var(--soft); overflow-wrap: anywhere }
.mistakes strong { color: var(--ink); font-size: 1rem; display: block } svg text { fill: var(--soft); font-size: 11px }
"""


def report(figures: Mapping[str, Any], pictures: Pictures | None = None) -> str:
    """The page.

    Args:
        figures: from :func:`streamsign.training.evaluate.evaluate`.
        pictures: patches of the mistakes, to be shown; None leaves every picture out.
    """
    title = f"{figures['model']} on '{figures['split']}'"
    private = (
        '<p class="warn">This page holds pictures of people. It is for your own eyes: do not publish it.</p>'
        if pictures
        else ""
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1>{private}"
        f"<p>{figures['images']} pictures of its letters by {figures['signers']} signers; "
        f"{figures['images_without_box']} without a box left out; hand framed by '{escape(str(figures['crop']))}'. "
        "All outputs compete, none included; intervals are 95 %.</p>"
        f"{_headline(figures)}{_confusion(figures)}{_classes(figures)}{_signers(figures)}{_slices(figures)}"
        f"{_calibration(figures)}{_mistakes(figures, pictures)}</main></body></html>\n"
    )


def percent(share: float | None) -> str:
    """A share in words: ``97.3 %``, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def _headline(figures: Mapping[str, Any]) -> str:
    def between(interval: Sequence[float] | None) -> str:
        return "" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"

    tiles = [
        ("mean over signers", figures["macro_signer_accuracy"], between(figures["macro_signer_accuracy_ci95"])),
        ("all pictures", figures["accuracy"], between(figures["accuracy_ci95"])),
        ("worst signer", figures["worst_signer_accuracy"], f"of {figures['signer_groups']} groups"),
        ("weighted F1", figures["weighted_f1"], ""),
        ("C read as O, O as C", figures["c_o_confusion"], "single frames"),
        ("false letters", figures["none_false_letter_rate"], f"of {figures['none_images']} other pictures"),
        ("calibration error", figures["ece"], "15 bins of equal mass"),
    ]
    return (
        '<div class="figures">'
        + "".join(
            f"<div><span>{name}</span><b>{percent(value)}</b><span>{note}</span></div>" for name, value, note in tiles
        )
        + "</div>"
    )


def _confusion(figures: Mapping[str, Any]) -> str:
    labels, counts = figures["confusion"]["labels"], figures["confusion"]["counts"]
    head = "".join(f"<th scope=col>{escape(label)}</th>" for label in labels)
    rows = []
    for shown, row in zip(labels, counts, strict=True):
        if not (total := sum(row)):
            continue
        cells = "".join(
            _cell(count, count / total, right=read == shown) for read, count in zip(labels, row, strict=True)
        )
        rows.append(f"<tr><th scope=row>{escape(shown)}</th>{cells}</tr>")
    return (
        "<h2>What is taken for what</h2><p>A row is the letter shown, a column what was read; numbers are pictures.</p>"
        f'<div class="wide"><table class="heat"><tr><th></th>{head}</tr>{"".join(rows)}</table></div>'
    )


def _cell(count: int, share: float, *, right: bool) -> str:
    colour = "accent" if right else "wrong"
    # Mistakes are few: the square root makes one in a hundred visible.
    strength = 0.75 * share if right else min(0.85, 1.6 * share**0.5)
    return f'<td style="background: rgb(var(--{colour}) / {strength:.2f})">{count or ""}</td>'


def _classes(figures: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(letter)}</td><td>{row['images']}</td><td>{percent(row['precision'])}</td>"
        f"<td>{percent(row['recall'])}</td><td>{percent(row['f1'])}</td></tr>"
        for letter, row in figures["per_class"].items()
    )
    return (
        "<h2>Letters</h2>"
        '<div class="wide"><table><tr><th>letter</th><th>pictures</th><th>precision</th><th>recall</th><th>F1</th></tr>'
        f"{rows}</table></div>"
    )


def _signers(figures: Mapping[str, Any]) -> str:
    people = sorted(figures["per_signer"].values(), key=lambda row: row["accuracy"])
    rows = "".join(
        f"<tr><td>S{number:02d}</td><td>{row['images']}</td><td>{percent(row['accuracy'])}</td>"
        f'<td style="text-align:left"><span class="bar" style="width:{8 * row["accuracy"]:.2f}rem"></span></td></tr>'
        for number, row in enumerate(people, start=1)
    )
    return (
        "<h2>Signers, worst first</h2><p>Signers with fewer than 20 pictures are one group by their source.</p>"
        '<div class="wide"><table><tr><th>group</th><th>pictures</th><th>accuracy</th><th></th></tr>'
        f"{rows}</table></div>"
    )


def _slices(figures: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{row['images']}</td><td>{row['signers']}</td><td>{percent(row['accuracy'])}</td></tr>"
        for name, row in figures["slices"].items()
    )
    return (
        "<h2>Hard circumstances</h2>"
        '<div class="wide"><table><tr><th></th><th>pictures</th><th>signers</th><th>accuracy</th></tr>'
        f"{rows}</table></div>"
    )


def _calibration(figures: Mapping[str, Any]) -> str:
    """Reliability diagram: how often readings of each confidence were right (Guo et al. 2017, figure 1)."""
    size = 240
    dots = "".join(
        f'<circle cx="{40 + size * row["confidence"]:.1f}" cy="{10 + size * (1 - row["accuracy"]):.1f}" r="4" '
        'fill="rgb(var(--accent))"/>'
        for row in figures["calibration"]
    )
    return (
        "<h2>Do the probabilities tell the truth?</h2><p>Each dot is a fifteenth of the pictures: what the model "
        "believed, and how often it was right. On the line it knew exactly.</p>"
        f'<svg viewBox="0 0 300 300" width="300" height="300" role="img" aria-label="Reliability diagram">'
        f'<rect x="40" y="10" width="{size}" height="{size}" fill="none" stroke="var(--line)"/>'
        f'<line x1="40" y1="{10 + size}" x2="{40 + size}" y2="10" stroke="var(--soft)" stroke-dasharray="4 4"/>{dots}'
        '<text x="160" y="290" text-anchor="middle">believed</text><text x="40" y="268" text-anchor="middle">0</text>'
        '<text x="280" y="268" text-anchor="middle">1</text>'
        '<text x="14" y="130" text-anchor="middle" transform="rotate(-90 14 130)">right</text></svg>'
    )


def _mistakes(figures: Mapping[str, Any], pictures: Pictures | None) -> str:
    parts = []
    for title, key in (("Worst mistakes", "worst_mistakes"), ("Worst false letters", "worst_false_letters")):
        rows = figures[key]
        cards = "".join(_mistake(row, pictures) for row in rows)
        none = "<p>None.</p>"
        parts.append(f'<h2>{title}</h2><p>Surest first.</p><div class="mistakes">{cards}</div>{"" if rows else none}')
    return "".join(parts)


def _mistake(row: Mapping[str, Any], pictures: Pictures | None) -> str:
    shown = escape(row["letter"]) or "no hand"
    patch = (pictures or {}).get((row["folder"], row["line"]))
    image = (
        f'<img src="data:image/png;base64,{_png(patch)}" alt="Patch: {shown} read as {escape(row["read"])}">'
        if patch is not None
        else ""
    )
    where = f"{escape(row['folder'])}, line {row['line']}"
    name = f"<br>{escape(row['file'])}" if pictures else ""
    return (
        f"<figure>{image}<figcaption><strong>{shown} → {escape(row['read'])} "
        f"{percent(row['probability'])}</strong>{where}{name}</figcaption></figure>"
    )


def _png(patch: NDArray[np.uint8]) -> str:
    return base64.b64encode(cv2.imencode(".png", patch)[1].tobytes()).decode("ascii")
