"""Writes docs/benchmarks.md from the JSON of the benchmarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.bars import judged, unmeasured
from benchmarks.page import about
from benchmarks.report import Report, figure, ratios, read_report, unit_name
from streamsign.errors import StreamsignError

ORDER = (
    "inference",
    "pipeline",
    "tracking",
    "webrtc",
    "loss",
    "capacity",
    "soak",
    "overload",
    "peers",
    "first_letter",
    "audience",
    "arrivals",
    "footprint",
    "broker",
    "relay",
    "workers",
    "gateway",
)
"""Benchmarks in the order in which a frame passes the components; others follow by name."""

_HEAD = """# Benchmarks: what was measured

Written by `streamsign bench report`; do not edit. [benchmarks/README.md](../benchmarks/README.md)
describes each case. Figures are percentiles of every sample; "× ours" is a subject's p50
over ours in the same case and run. Trust the ratios more than the last digit. A load is how many processes wanted a
core in the minute before the run: much above zero, others worked on the machine meanwhile, and times, p95 and p99 most
of all, are longer than the work needs.
"""


def read_reports(folder: Path) -> list[Report]:
    """The reports of a folder of JSON files.

    Raises:
        StreamsignError: there are none, one is not a report, or two are of the same benchmark.
    """
    reports = [read_report(path) for path in sorted(folder.glob("*.json"))]
    if not reports:
        raise StreamsignError(
            f"There are no reports in {folder}.", "Write some with `streamsign bench NAME --json FOLDER/NAME.json`."
        )
    names = [each.name for each in reports]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StreamsignError(f"{folder} has several reports of {', '.join(twice)}.", "Keep the one that counts.")
    return sorted(reports, key=lambda each: (ORDER.index(each.name) if each.name in ORDER else len(ORDER), each.name))


def write_document(reports: Sequence[Report], path: Path) -> None:
    """Write reports as Markdown.

    Raises:
        StreamsignError: the file cannot be written.
    """
    try:
        path.write_text(document(reports), encoding="utf-8")
    except OSError as error:
        raise StreamsignError(
            f"The document cannot be written to {path} ({error.strerror}).", "Give --out a file in an existing folder."
        ) from error


def document(reports: Sequence[Report]) -> str:
    """The document's text."""
    return "\n".join([_HEAD, *_bars(reports), *(line for each in reports for line in _section(each))])


def _bars(reports: Sequence[Report]) -> Iterator[str]:
    if not any([*judged(each), *unmeasured(each)] for each in reports):
        return
    yield "## What we set ourselves\n"
    yield "| benchmark | what | measured | bar | | taken | load / cores |"
    yield "|---|---|--:|--:|---|---|---|"
    for report in reports:
        when = f"{report.taken[:10]} | {report.machine.get('load', '?')} / {report.machine.get('cores', '?')}"
        for bar in judged(report):
            measured, wanted = figure(bar.measured, bar.unit), figure(bar.wanted, bar.unit)
            met = "met" if bar.met else "**missed**"
            yield f"| {report.name} | {bar.what} | {measured} | {_sign(bar.at_least)} {wanted} | {met} | {when} |"
        for target in unmeasured(report):
            wanted = f"{_sign(target.at_least)} {figure(target.limit)}"
            yield f"| {report.name} | {target.what} | see below | {wanted} | not measured | {when} |"
    yield ""


def _sign(at_least: bool) -> str:
    return "≥" if at_least else "≤"


def _section(report: Report) -> Iterator[str]:
    yield f"## {report.name}\n"
    yield from (f"- {sentence}" for sentence in about(report))
    yield ""
    yield "| case | subject | unit | n | p50 | p95 | p99 | × ours |"
    yield "|---|---|---|--:|--:|--:|--:|--:|"
    for case, lines in groupby(report.rows, key=lambda line: line.case):
        rows = list(lines)
        for line, ratio in zip(rows, ratios(rows), strict=True):
            figures = " | ".join(figure(value) for value in (line.p50, line.p95, line.p99))
            yield f"| `{case}` | {line.subject} | {unit_name(line.unit)} | {line.n} | {figures} | {ratio} |"
    yield ""
    yield from (f"- No figures of {each.subject}: {each.reason}" for each in report.missing)
    yield from (f"- {remark}" for remark in report.remarks)
    if report.missing or report.remarks:
        yield ""
