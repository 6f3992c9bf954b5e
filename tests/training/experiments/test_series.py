"""training/experiments/series.py: states of runs, and errors of a run's process."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.training.experiments.configuration import Configuration, Network, Start
from streamsign.training.experiments.series import Series, work
from tests.training.pictures import write_pictures

PLAIN = Configuration(steps=1, network=Network.LOGISTIC, start=Start.RANDOM)
CLEANED = replace(PLAIN, cleaned=True)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five letters without a test split."""
    return write_pictures(tmp_path / "pictures", "CELOV", {"train": 1, "val": 1})


def exclusions(path: Path, *lines: int) -> Path:
    """An exclusion list."""
    path.write_text(json.dumps({"excluded": [{"folder": "hands", "line": line, "reason": "same"} for line in lines]}))
    return path


def test_a_run_is_named_by_all_that_decides_it(pictures: Path, tmp_path: Path) -> None:
    """Another configuration, other rows excluded, or other pictures: another file. The rest: the same one."""
    runs = tmp_path / "runs"
    first = Series(pictures, runs, exclusions(tmp_path / "a.json", 2, 3))
    other = Series(pictures, runs, exclusions(tmp_path / "b.json", 2))
    without = Series(pictures, runs)
    assert first.path(PLAIN) == other.path(PLAIN) == without.path(PLAIN)
    assert len({each.path(CLEANED) for each in (first, other, without)}) == 3
    assert first.path(replace(PLAIN, rate=2e-3)) != first.path(PLAIN)
    with (pictures / "hands" / "manifest.csv").open("a") as manifest:
        manifest.write("train_C_0.png,drawn,S02,C,train,40,40,120,120\n")
    assert Series(pictures, runs).path(PLAIN) != first.path(PLAIN)


def test_sorts_runs_into_done_waiting_and_barred(pictures: Path, tmp_path: Path) -> None:
    """A damaged file is not done; cleaning without a list cannot be done."""
    series = Series(pictures, tmp_path / "runs")
    faster = replace(PLAIN, rate=1e-2)
    series.path(PLAIN).write_text("{}")
    series.path(faster).write_text('{"half')
    todo = work(series, [PLAIN, faster, CLEANED])
    assert (todo.done, todo.waiting, todo.barred) == ((PLAIN,), (faster,), (CLEANED,))
    assert todo.seconds == faster.seconds


def test_refuses_a_folder_that_cannot_be_made(pictures: Path, tmp_path: Path) -> None:
    """The error names the option."""
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="--runs"):
        Series(pictures, tmp_path / "file")


def test_a_runs_error_is_told_here(pictures: Path, tmp_path: Path, tensorflow_installed: None) -> None:
    """What the process finds wrong is raised in words, and nothing is kept."""
    series = Series(pictures, tmp_path / "runs")
    with pytest.raises(TrainingError, match="'test' shows C, E, L, O, V"):
        series.do(PLAIN, "2020-01-01", lambda step: None)
    assert series.finished(PLAIN) is None


def test_a_run_that_dies_is_told(pictures: Path, tmp_path: Path) -> None:
    """A request its process does not understand ends it; the error shows its last words."""
    series = Series(pictures, tmp_path / "runs")
    with pytest.raises(TrainingError, match=r"exit code 1: .*steps"):
        series.do(replace(PLAIN, steps="many"), "2020-01-01", lambda step: None)  # type: ignore[arg-type]
