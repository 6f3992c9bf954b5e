"""cli/data_report.py: the report in a file, with the rows that were found."""

from __future__ import annotations

from pathlib import Path

from streamsign.training.data.cleaning import read_findings
from tests.cli.commands import run
from tests.training.pictures import write_pictures


def test_report_and_findings_are_written(tmp_path: Path) -> None:
    """The page is Markdown; the list of rows is one that `train --cleaning` reads."""
    root = write_pictures(tmp_path / "data", "CL", {"test": 2})
    out, rows = tmp_path / "report.md", tmp_path / "rows.json"
    said = run(
        "data-report", str(root / "hands"), "--model", "celov", "--reader", "small", "--out", str(out), "--findings",
        str(rows),
    )  # fmt: skip
    assert "report.md" in said
    assert f"`streamsign train --cleaning {rows}`" in " ".join(said.split())
    assert out.read_text(encoding="utf-8").startswith("# Report of labeled hands")
    assert all(finding.folder == "hands" for finding in read_findings(rows))
