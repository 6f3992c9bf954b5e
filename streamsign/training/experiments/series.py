"""Does the missing runs in order. A finished run is one JSON file, named by the hash of its settings."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from streamsign.errors import TrainingError
from streamsign.training.data.cleaning import LeftOut, read_left_out
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.experiments.configuration import PROTOCOL, Configuration

Figures = dict[str, Any]
"""What :func:`streamsign.training.experiments.run.run` returns, with ``configuration`` and ``finished`` (a date)."""


class Series:
    """The runs of one data folder.

    Args:
        root: data folder, see :func:`streamsign.training.data.crops.folders_of`.
        folder: of the finished runs; created if it does not exist.
        exclusions: list for the ``cleaned`` runs, None when there is none.

    Raises:
        TrainingError: there are no hands, the exclusion list is unusable, or the folder cannot be made.
    """

    def __init__(self, root: Path, folder: Path, exclusions: Path | None = None) -> None:
        self.root = root
        self.folder = folder
        self._exclusions = exclusions
        self.excluded: LeftOut | None = None if exclusions is None else read_left_out(exclusions)
        self._manifests = manifests_sha256(folders_of(root).values())
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{folder} cannot be made ({error.strerror}).", "Choose another --runs.") from error

    def path(self, configuration: Configuration) -> Path:
        """File of a finished run, named by its settings and, for ``cleaned`` runs, by the excluded rows."""
        decides: list[Any] = [PROTOCOL, asdict(configuration), self._manifests]
        if configuration.cleaned:
            decides.append([] if self.excluded is None else self.excluded.rows())
        return self.folder / f"{hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:16]}.json"

    def can_run(self, configuration: Configuration) -> bool:
        """False for a ``cleaned`` run without an exclusion list."""
        return not configuration.cleaned or self.excluded is not None

    def finished(self, configuration: Configuration) -> Figures | None:
        """Figures of a run; None if it is missing."""
        try:
            figures: Figures = json.loads(self.path(configuration).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return figures

    def do(self, configuration: Configuration, finished: str, notify: Callable[[int], None]) -> Figures:
        """Do a run in a separate process, and store its figures.

        Args:
            configuration: of the run.
            finished: date to note.
            notify: called with the number of every step.

        Raises:
            TrainingError: the run reports a problem, or its process ended early.
        """
        request = {
            "configuration": asdict(configuration),
            "root": str(self.root),
            "exclusions": None if self._exclusions is None else str(self._exclusions),
        }
        result: Figures | None = None
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as noise, _child(noise) as child:
            for line in _answers(child, request):
                if "step" in line:
                    notify(line["step"])
                elif "problem" in line:
                    raise TrainingError(line["problem"], line["next_step"])
                else:
                    result = line["result"]
            if child.wait() or result is None:
                noise.seek(0)
                last = noise.read().strip().splitlines()[-3:]
                raise TrainingError(
                    f"A run ended with exit code {child.returncode}: {' / '.join(last) or 'it said nothing'}.",
                    "Run the same command again; the finished runs are kept.",
                )
        figures = {"configuration": asdict(configuration), "finished": finished} | result
        path = self.path(configuration)
        half = path.with_suffix(".half")
        half.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        half.replace(path)
        return figures


@contextmanager
def _child(noise: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that waits for a run and ends with the block."""
    command = [sys.executable, "-m", "streamsign.training.experiments.run"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=noise, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def _answers(child: subprocess.Popen[str], request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if child.stdin is None or child.stdout is None:  # pragma: no cover - both are pipes
        raise TrainingError("The run's process has no pipes.")
    child.stdin.write(json.dumps(request))
    child.stdin.close()
    for line in child.stdout:
        answer: dict[str, Any] = json.loads(line)
        yield answer


@dataclass(frozen=True, slots=True)
class Work:
    """Runs by state: ``waiting``, ``done``, or ``barred`` because the exclusion list is missing."""

    waiting: tuple[Configuration, ...]
    done: tuple[Configuration, ...]
    barred: tuple[Configuration, ...]

    @property
    def seconds(self) -> float:
        """Rough duration of the waiting ones."""
        return sum(configuration.seconds for configuration in self.waiting)


def work(series: Series, configurations: list[Configuration]) -> Work:
    """Group runs by state."""
    barred = tuple(each for each in configurations if not series.can_run(each))
    able = [each for each in configurations if each not in barred]
    done = tuple(each for each in able if series.finished(each) is not None)
    return Work(tuple(each for each in able if each not in done), done, barred)
