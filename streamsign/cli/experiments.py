"""``streamsign experiments``: what each choice of a small letter model costs and buys, rerun."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from streamsign.cli.output_files import require_outputs
from streamsign.training.experiments.document import document
from streamsign.training.experiments.networks import weights_file
from streamsign.training.experiments.plan import configurations, plan
from streamsign.training.experiments.series import Series, Work, work


def experiments(
    folder: Path = typer.Argument(..., metavar="DATA", help="Folder that holds hands/, frames/, none/ and weights/."),
    out: Path = typer.Option(Path("docs/experiments.md"), "--out", metavar="FILE", help="Document to write."),
    runs: Path = typer.Option(..., "--runs", metavar="FOLDER", help="Keeps finished runs; they are not done again."),
    exclusions: Path | None = typer.Option(
        None, "--exclusions", metavar="FILE", help="Rows that the runs with cleaning leave out; not run without it."
    ),
    seed: int = typer.Option(0, min=0, help="Of first weights, order and augmentation; the pictures stay the same."),
    steps: int | None = typer.Option(None, min=1, help="Steps of an ordinary run, to try the command out."),
) -> None:
    """Rerun the seed project's experiments and write their tables. Resumes an interrupted run."""
    require_outputs(out=out)
    console = Console(highlight=False)
    groups = plan(steps, seed)
    series = Series(folder, runs, exclusions)
    todo = work(series, configurations(groups))
    for configuration in todo.waiting:
        weights_file(folder, configuration)
    console.print(
        f"{len(groups)} tables of {len(todo.waiting) + len(todo.done) + len(todo.barred)} runs: {len(todo.done)} are "
        f"done in {runs}, {len(todo.waiting)} will be done now"
        + (f", one after another, in roughly {todo.seconds / 60:.0f} min on two idle cores." if todo.waiting else ".")
        + (f" {len(todo.barred)} need --exclusions and are left out." if todo.barred else "")
        + f"\nThen the tables are written to {out}. Interrupt at any time; run again to go on."
    )
    if todo.waiting:
        _do(series, todo, console)
    reported = document(
        groups,
        series.finished,
        command=_command(exclusions is not None, seed, steps),
        excluded=None if series.excluded is None else len(series.excluded.rows()),
    )
    out.write_text(reported, encoding="utf-8")
    console.print(f"Wrote {out}.", soft_wrap=True)


def _do(series: Series, todo: Work, console: Console) -> None:
    """The waiting runs, one after another: two at a time would spoil each other's inference time."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("runs", total=todo.seconds)
        before = 0.0
        for number, configuration in enumerate(todo.waiting, start=1):
            bar.update(task, description=f"run {number} of {len(todo.waiting)}")
            step_s = configuration.seconds / configuration.steps

            def show(step: int, before: float = before, step_s: float = step_s) -> None:
                bar.update(task, completed=before + step * step_s)

            figures = series.do(configuration, datetime.now(UTC).date().isoformat(), show)
            before += configuration.seconds
            bar.update(task, completed=before)
            bar.console.print(
                f"{configuration.network.value}, {configuration.scale.value}: validation "
                f"{figures['validation']['accuracy']:.3f}, test {figures['test']['accuracy']:.3f}"
            )


def _command(cleans: bool, seed: int, steps: int | None) -> str:
    """The command as the document repeats it: without the names of this computer's folders."""
    return (
        "streamsign experiments DATA --out docs/experiments.md --runs RUNS"
        + (" --exclusions EXCLUSIONS" if cleans else "")
        + (f" --seed {seed}" if seed else "")
        + (f" --steps {steps}" if steps is not None else "")
    )
