"""Rows of a benchmark: percentiles of every sample, written as JSON and shown as a table with ratios."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from rich.table import Table

from streamsign.errors import StreamsignError

Subject = Literal[
    "ours",
    "stock",
    "floor",
    "aiortc_vote",
    "gstreamer",
    "gstreamer_no_buffer",
    "fastrtc",
    "mediapipe_hands",
    "mediapipe_lite",
]
Unit = Literal["us", "ms", "frames", "percent", "count", "kB", "bytes", "streams"]
Measure = Unit | Literal["×"]
"""A unit, or none because two figures of the same unit were divided."""

SUBJECTS: tuple[Subject, ...] = ("ours", "stock", "floor")

_PACKAGES = (
    "streamsign",
    "ai-edge-litert",
    "tflite-runtime",
    "numpy",
    "opencv-python-headless",
    "av",
    "aiortc",
    "aioice",
)
"""Packages whose versions affect the figures."""

_FILES = ("--json", "--html")
"""Options that name output files; they are not part of the command that reproduces the figures."""

_SHARED_LOAD = 0.5
"""Number of runnable processes from which the machine counts as busy."""


class Row(BaseModel):
    """Percentiles of one subject in one case; a mean would hide the slowest frames, which delay captions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: str = Field(description="what was timed, named in benchmarks/README.md")
    subject: Subject
    unit: Unit
    n: int = Field(ge=1, description="samples")
    p50: float
    p95: float
    p99: float


class Missing(BaseModel):
    """A subject without rows, with the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Subject
    reason: str


class Report(BaseModel):
    """One run of one benchmark, as ``--json`` writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    versions: dict[str, str]
    machine: dict[str, str | int]
    rows: list[Row]
    command: str = Field("", description="what to type to take the figures again")
    taken: str = Field("", description="when, UTC, ISO 8601 to the minute")
    missing: list[Missing] = Field([], description="subjects that could not be measured here")
    remarks: list[str] = Field([], description="what the rows alone do not say")


def row(case: str, subject: Subject, unit: Unit, samples: Sequence[float]) -> Row:
    """Percentiles of samples, by linear interpolation between order statistics (numpy's default, Hyndman-Fan 7).

    Args:
        case: name of the case.
        subject: whose samples they are.
        unit: unit of the samples.
        samples: at least one finite number ≥ 0; only a change of memory (kB) may be negative.

    Raises:
        ValueError: there are no samples, or one is not such a number.
    """
    if len(samples) == 0:
        raise ValueError(f"{case}: {subject} has no samples")
    values = np.asarray(samples, np.float64)
    if not np.isfinite(values).all() or (values.min() < 0 and unit != "kB"):
        raise ValueError(f"{case}: {subject} has a sample that is not a finite number ≥ 0")
    p50, p95, p99 = (round(float(value), 3) for value in np.percentile(values, (50, 95, 99)))
    return Row(case=case, subject=subject, unit=unit, n=len(values), p50=p50, p95=p95, p99=p99)


def make_report(
    name: str,
    rows: list[Row],
    *,
    versions: Mapping[str, str] | None = None,
    missing: Sequence[Missing] = (),
    remarks: Sequence[str] = (),
) -> Report:
    """The rows with the versions and the machine they were measured on.

    Args:
        name: of the benchmark.
        rows: its figures.
        versions: of peers, beside our own.
        missing: subjects that could not be measured.
        remarks: on the rows.
    """
    return Report(
        name=name,
        versions=_versions() | dict(versions or {}),
        machine=_machine(),
        rows=rows,
        command=_command(sys.argv[1:]),
        taken=datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        missing=list(missing),
        remarks=list(remarks),
    )


def write_report(report: Report, path: Path) -> None:
    """Write a report as JSON.

    Raises:
        StreamsignError: the file cannot be written.
    """
    try:
        path.write_text(report.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise StreamsignError(
            f"The report cannot be written to {path} ({error.strerror}).", "Give --json a file in an existing folder."
        ) from error


def read_report(path: Path) -> Report:
    """Read a report that :func:`write_report` wrote.

    Raises:
        StreamsignError: it cannot be read, or holds something else.
    """
    try:
        return Report.model_validate_json(path.read_text())
    except (OSError, ValueError) as error:
        raise StreamsignError(
            f"{path} holds no report of a benchmark.", "Write one with `streamsign bench NAME --json FILE`."
        ) from error


def unit_name(unit: Measure) -> str:
    """A unit as people write it; a count has none."""
    return {"us": "µs", "percent": "%", "count": ""}.get(unit, unit)


def figure(value: float, unit: Measure | None = None) -> str:
    """A figure to four digits, never as a power of ten, with its unit when one is given."""
    digits = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return digits if unit is None else f"{digits} {unit_name(unit)}".rstrip()


def ratios(rows: Sequence[Row]) -> list[str]:
    """Each row's p50 over that of ours in the same case, in words; a dash where there is none to compare with."""
    ours = {each.case: each.p50 for each in rows if each.subject == "ours"}
    return [f"{each.p50 / ours[each.case]:.2f}" if ours.get(each.case, 0.0) > 0 else "–" for each in rows]


def table(report: Report) -> Table:
    """The rows for a terminal; ``× ours`` is this subject's p50 over ours in the same case."""
    shown = Table(title=f"streamsign bench {report.name}", title_justify="left")
    shown.add_column("case", overflow="fold")
    shown.add_column("subject")
    for column in ("unit", "n", "p50", "p95", "p99", "× ours"):
        shown.add_column(column, justify="right")
    last_case = ""
    for each, ratio in zip(report.rows, ratios(report.rows), strict=True):
        if last_case and each.case != last_case:
            shown.add_section()
        case = each.case if each.case != last_case else ""
        figures = (f"{value:.1f}" for value in (each.p50, each.p95, each.p99))
        shown.add_row(case, each.subject, unit_name(each.unit), str(each.n), *figures, ratio)
        last_case = each.case
    said = [f"no figures of {each.subject}: {each.reason}" for each in report.missing] + report.remarks
    shown.caption = "\n".join(said) or None
    return shown


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _command(arguments: Sequence[str]) -> str:
    """The command, without options for output files; empty if it was not a benchmark."""
    if arguments[:1] != ["bench"]:
        return ""
    kept = [
        word
        for before, word in pairwise(["", *arguments])
        if before not in _FILES and word.partition("=")[0] not in _FILES
    ]
    return " ".join(["streamsign", *kept])


def load_before() -> float:
    """Runnable processes in the last minute; 0 if the system does not report it."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def begun_under(report: Report, load: float) -> Report:
    """The report with the machine's load before the benchmark, and a remark if it was busy."""
    shared = (
        f"the machine was shared: before the run began, {load:.1f} processes wanted its {report.machine['cores']} "
        "cores; times are longer than on a machine of one's own, ratios hold better"
    )
    return report.model_copy(
        update={
            "machine": report.machine | {"load": f"{load:.1f}"},
            "remarks": report.remarks + ([shared] if load >= _SHARED_LOAD else []),
        }
    )


def _machine() -> dict[str, str | int]:
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return {"cpu": _cpu_name(), "cores": cores}


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")
