"""Progress of a long read, on stderr: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 10.0
"""Wall-clock seconds between two lines."""


@contextmanager
def reading_progress(duration_s: float | None, *, letters_on_stdout: bool) -> Iterator[Callable[[float], None]]:
    """Call what this gives with the time of each frame, seconds from the start.

    Args:
        duration_s: length of what is read; None for a live source, of which nothing is shown.
        letters_on_stdout: letters are written to stdout. A bar or a line would run into them in a terminal, and where
            stdout and stderr are one file or pipe (``2>&1``); a bar is shown while stdout alone is redirected.
    """
    console = Console(stderr=True)
    runs_into_letters = letters_on_stdout and (not console.is_terminal or sys.stdout.isatty())
    if duration_s is None or runs_into_letters:
        yield lambda _at_s: None
    elif console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("Reading letters", total=duration_s)
            yield lambda at_s: progress.update(task, completed=at_s)
    else:
        yield _Lines(console, duration_s).advance


class _Lines:
    def __init__(self, console: Console, duration_s: float) -> None:
        self._console = console
        self._duration_s = max(duration_s, 1e-3)
        self._next_s = time.monotonic() + LINE_EVERY_S

    def advance(self, at_s: float) -> None:
        """Write a line if one is due."""
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + LINE_EVERY_S
            share = min(1.0, at_s / self._duration_s)
            self._console.print(
                f"Reading letters: {_clock(at_s)} of {_clock(self._duration_s)} ({share:.0%})", highlight=False
            )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
