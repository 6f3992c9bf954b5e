"""``streamsign data-report``: what is in folders of labeled hands, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.markdown import Markdown

from streamsign.cli.options import given, setting
from streamsign.cli.output_files import require_outputs
from streamsign.collection.counted import counted
from streamsign.recognition.reader import ReaderMode
from streamsign.settings import read_settings
from streamsign.training.data.cleaning import decided_before, read_findings, write_findings
from streamsign.training.evaluation.survey import page, survey


def data_report(
    ctx: typer.Context,
    folders: list[Path] = typer.Argument(
        ...,
        metavar="DIR...",
        help="Folders with a folder of pictures for each letter, or with manifest.csv.",
    ),
    model: str = setting("model"),
    reader: ReaderMode = setting("reader", of_pictures=True),
    out: Path | None = typer.Option(
        None, "--out", metavar="FILE", help="Write the report as Markdown instead of showing it."
    ),
    findings: Path | None = typer.Option(
        None,
        metavar="FILE",
        help="Write the rows that were found as JSON, for `train --cleaning`: "
        "repeats are left out, the others if you accept them. Your decisions in an existing FILE are kept.",
    ),
) -> None:
    """Report people, coverage, copies and doubtful labels of labeled hands, and how well a model reads each part."""
    require_outputs(out=out, findings=findings)
    console = Console(highlight=False)
    settings = read_settings(**given(ctx))
    with console.status("Reading …") as status:
        found = survey(
            folders,
            settings.load_model(),
            settings.reader,
            lambda count: status.update(f"Read {count} pictures.") if count % 100 == 0 else None,
        )
    if findings is not None:
        before = read_findings(findings) if findings.is_file() else []
        rows = decided_before([*found.repeats, *found.twins, *found.doubted], before)
        write_findings(findings, rows)
        out_of = sum(row.excluded for row in rows)
        console.print(
            f"Wrote {findings}: {counted(out_of, 'picture')} left out, {len(rows) - out_of} proposed. Set accepted to "
            f"true in the rows that `streamsign train --cleaning {findings}` should leave out.",
            markup=False,
            soft_wrap=True,
        )
    if out is None:
        console.print(Markdown(page(found)))
    else:
        out.write_text(page(found), encoding="utf-8")
        console.print(f"Wrote {out}.", markup=False, soft_wrap=True)
