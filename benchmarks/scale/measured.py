"""Measured figures that feed the model, each with the benchmark, case, date and machine that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.report import Report, Unit, read_report
from streamsign.errors import StreamsignError

RESULTS = Path(__file__).resolve().parents[1] / "results"

Quantile = Literal["p50", "p95", "p99"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of a benchmark.

    Attributes:
        benchmark: its name, that of the file in benchmarks/results.
        case: the row.
        quantile: the percentile that was taken.
        value: the figure.
        unit: of the figure.
        taken: date, UTC.
        machine: cores and processor.
    """

    benchmark: str
    case: str
    quantile: Quantile
    value: float
    unit: Unit
    taken: str
    machine: str


@dataclass(slots=True)
class Measurements:
    """The reports of a folder; :meth:`value` reads a figure and records that it was used.

    Attributes:
        used: the figures that were read, by benchmark and case, in order of their first use.
    """

    reports: Mapping[str, Report]
    used: dict[tuple[str, str], Measured] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path = RESULTS) -> Measurements:
        """The reports of a folder.

        Raises:
            StreamsignError: a file is not a report.
        """
        reports = [read_report(path) for path in sorted(folder.glob("*.json"))]
        return cls({report.name: report for report in reports})

    def value(self, benchmark: str, case: str, quantile: Quantile = "p50") -> float:
        """A percentile of ours in one case, in the unit of the report.

        Raises:
            StreamsignError: it was not measured.
        """
        report = self.reports.get(benchmark)
        rows = [row for row in report.rows if row.case == case and row.subject == "ours"] if report else []
        if report is None or not rows:
            command = f"streamsign bench {benchmark.replace('_', '-')} --json benchmarks/results/{benchmark}.json"
            raise StreamsignError(f"The figure {case} of {benchmark} was not measured.", f"Run `{command}`.")
        number: float = getattr(rows[0], quantile)
        machine = f"{report.machine.get('cores', '?')} cores of {report.machine.get('cpu', 'unknown')}"
        self.used[benchmark, case] = Measured(
            benchmark, case, quantile, number, rows[0].unit, report.taken[:10], machine
        )
        return number
