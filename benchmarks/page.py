"""Reports as one self-contained HTML page: a section a benchmark, a plot a case, a bar a subject.

A bar extends from zero to p99 and is darker up to p95 and p50. Plots are inline SVG, without scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from benchmarks.report import Report, Row, figure, ratios, unit_name
from streamsign.errors import StreamsignError

_CSS = """
:root { color-scheme: light dark; --ours: #0b6e4f; --other: #7a6c9d; --floor: #888; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid #8886; }
h3 { font: 600 1rem ui-monospace, monospace; margin: 1.6rem 0 .3rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
td, th { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #8883; }
td:first-child, th:first-child { text-align: left; }
svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }
svg text { fill: currentColor; }
.ours { fill: var(--ours); } .floor { fill: var(--floor); } .other { fill: var(--other); }
.about { font-size: .9rem; opacity: .85; } code { overflow-wrap: anywhere; }
"""

_WIDTH, _BAR, _GAP, _NAMES, _FIGURES = 760, 18, 8, 150, 150
_SHADES = (("p99", 0.25), ("p95", 0.5), ("p50", 1.0))


def write_page(reports: Sequence[Report], path: Path) -> None:
    """Write reports as a page.

    Raises:
        StreamsignError: the file cannot be written.
    """
    try:
        path.write_text(page(reports), encoding="utf-8")
    except OSError as error:
        raise StreamsignError(
            f"The page cannot be written to {path} ({error.strerror}).", "Give --html a file in an existing folder."
        ) from error


def page(reports: Sequence[Report]) -> str:
    """The page's text."""
    links = " · ".join(f'<a href="#{escape(each.name)}">{escape(each.name)}</a>' for each in reports)
    sections = "\n".join(line for each in reports for line in _section(each))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>streamsign: benchmarks</title><style>{_CSS}</style></head><body>
<h1>streamsign: benchmarks</h1>
<p>Bars are p50, and paler p95 and p99, of every sample; shorter is better unless the unit says otherwise. What each
case times stands in <code>benchmarks/README.md</code>.</p>
<p>{links}</p>
{sections}
</body></html>
"""


def _section(report: Report) -> Iterator[str]:
    yield f'<h2 id="{escape(report.name)}">{escape(report.name)}</h2>'
    yield f'<p class="about">{"<br>".join(map(escape, about(report)))}</p>'
    for case, lines in groupby(report.rows, key=lambda line: line.case):
        rows = list(lines)
        yield f"<h3>{escape(case)}</h3>"
        if max(line.p99 for line in rows) > 0:
            yield plot(rows)
        yield _table(rows)
    for missing in report.missing:
        yield f"<p>No figures of <b>{escape(missing.subject)}</b>: {escape(missing.reason)}</p>"
    yield from (f"<p>{escape(remark)}</p>" for remark in report.remarks)


def about(report: Report) -> list[str]:
    """When, where and with what a report was taken, a sentence each."""
    machine = f"{report.machine.get('cores', '?')} cores of {report.machine.get('cpu', 'an unknown CPU')}"
    if "load" in report.machine:
        machine += f"; load {report.machine['load']} before the run began"
    versions = ", ".join(f"{name} {value}" for name, value in report.versions.items())
    command = [f"Command: {report.command}"] if report.command else []
    return [*command, *([f"Taken: {report.taken}"] if report.taken else []), f"Machine: {machine}", f"With: {versions}"]


def plot(rows: Sequence[Row]) -> str:
    """Bars of one case, a subject each, as SVG."""
    most = max(line.p99 for line in rows)
    scale = (_WIDTH - _NAMES - _FIGURES) / most
    height = len(rows) * (_BAR + _GAP) + _GAP
    parts = [f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(rows[0].case)}">']
    for number, line in enumerate(rows):
        top = _GAP + number * (_BAR + _GAP)
        middle = top + _BAR - 5
        kind = line.subject if line.subject in ("ours", "floor") else "other"
        parts.append(f'<text x="{_NAMES - 8}" y="{middle}" text-anchor="end">{escape(line.subject)}</text>')
        for quantile, shade in _SHADES:
            wide = max(0.0, getattr(line, quantile)) * scale
            parts.append(
                f'<rect class="{kind}" x="{_NAMES}" y="{top}" width="{wide:.1f}" height="{_BAR}" opacity="{shade}"/>'
            )
        end = _NAMES + max(0.0, line.p99) * scale + 6
        parts.append(f'<text x="{end:.1f}" y="{middle}">{escape(figure(line.p50, line.unit))}</text>')
    return "\n".join([*parts, "</svg>"])


def _table(rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("", "unit", "n", "p50", "p95", "p99", "× ours"))
    body = []
    for line, ratio in zip(rows, ratios(rows), strict=True):
        figures = [figure(value) for value in (line.p50, line.p95, line.p99)]
        cells = [line.subject, unit_name(line.unit), str(line.n), *figures, ratio]
        body.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f"<table><tr>{head}</tr>{''.join(body)}</table>"
