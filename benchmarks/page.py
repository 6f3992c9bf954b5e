"""Reports as one self-contained HTML page: a section a benchmark, a plot a case, a bar a subject.

A bar extends from zero to p99 and is darker up to p95 and p50. Plots are inline SVG, without scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.report import Report, Row, figure, ratios, unit_name
from streamsign.errors import StreamsignError

_TEMPLATE = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
).get_template("page.template.html")

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
    return _TEMPLATE.render(
        reports=reports,
        about=about,
        cases=_cases,
        plot=plot,
        ratios=ratios,
        unit_name=unit_name,
        figure=figure,
        zip=zip,
    )


def _cases(report: Report) -> Iterator[tuple[str, list[Row]]]:
    for case, lines in groupby(report.rows, key=lambda line: line.case):
        yield case, list(lines)


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
