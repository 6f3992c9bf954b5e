"""Pins processes to cores and reads their CPU time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamsign.errors import StreamsignError


def two_cores() -> tuple[int, int]:
    """Two cores that this process may use: one for the measured process, one for the load generator.

    Raises:
        StreamsignError: fewer than two, or not Linux.
    """
    cores = _usable()
    if len(cores) < 2:
        raise StreamsignError(
            "This benchmark needs Linux and two cores: one for the server, one for the cameras.",
            "Run it on such a machine, or in a container with --cpus of 2 or more.",
        )
    return cores[0], cores[1]


def cores_of(count: int) -> tuple[tuple[int, ...], int | None]:
    """Cores for ``count`` processes that are measured, and one core for all others.

    Returns:
        The cores, and the core for all others: None without a further core, so that they share the measured ones.

    Raises:
        StreamsignError: fewer cores, or not Linux.
    """
    cores = _usable()
    if len(cores) < count:
        raise StreamsignError(
            f"This benchmark needs Linux and {count} cores.", f"Run it on such a machine, or with --cpus of {count}."
        )
    return tuple(cores[:count]), cores[count] if len(cores) > count else None


def _usable() -> list[int]:
    """Cores that this process may use, ascending; none except on Linux."""
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Pin this thread and its children to one core within the context; None has no effect."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_time_s(pid: int) -> float:
    """CPU time of a process and its threads, seconds; 0 except on Linux."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)
