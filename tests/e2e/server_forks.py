"""Servers of tests, forked from a process that has imported everything: importing takes most of a server's start.

``python -m tests.e2e.server_forks`` reads a request as JSON from each line of its standard input, forks a server for it
and writes its process id.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

COVERAGE = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "COV_CORE_SOURCE")
"""Variables with which coverage measures the processes that tests start. It does not measure forks."""


def can_fork() -> bool:
    """False on macOS, whose frameworks do not survive a fork, and while coverage is measured."""
    return sys.platform == "linux" and not any(name in os.environ for name in COVERAGE)


class ForkedServer:
    """A server whose parent is the process that forks: the part of ``subprocess.Popen`` that its tests use.

    Attributes:
        pid: its process id.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Run ``streamsign`` with arguments, in that environment, with its output in a file."""
        request = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        forks = _forks()
        assert forks.stdin is not None
        assert forks.stdout is not None
        forks.stdin.write(json.dumps(request) + "\n")
        forks.stdin.flush()
        self.pid = int(forks.stdout.readline())
        self._handle: int | None = None
        with suppress(ProcessLookupError):  # it has ended
            self._handle = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """None while it runs, then 0 for any end: only its parent can read its exit code."""
        return 0 if self._ended(0) else None

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for its end, and return 0 as :meth:`poll` does.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if not self._ended(timeout_s):
            raise subprocess.TimeoutExpired("streamsign", timeout_s or 0)
        return 0

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, number)

    def _ended(self, timeout_s: float | None) -> bool:
        if self._handle is None:
            return True
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        if not waiting.poll(None if timeout_s is None else 1000 * timeout_s):
            return False
        os.close(self._handle)
        self._handle = None
        return True


@cache
def _forks() -> subprocess.Popen[str]:
    """The process that forks servers. It ends with its standard input: when the tests end, or are killed."""
    command = [sys.executable, "-m", "tests.e2e.server_forks"]
    forks = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(forks.communicate)  # closes the pipe and waits
    return forks


def main() -> None:
    """Fork a server for each request; in the server's process, run it."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as streamsign.cli.main does before NumPy is imported
    import streamsign.cli.serve
    import streamsign.server.run  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel removes ended servers
    for line in iter(sys.stdin.readline, ""):
        if not (pid := os.fork()):
            _serve(json.loads(line))
            return
        print(pid, flush=True)  # noqa: T201


def _serve(request: dict[str, Any]) -> None:
    """Run ``streamsign`` in this process as ``python -m streamsign`` does."""
    from streamsign.cli import main as command

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])
    with Path(os.devnull).open("rb") as nothing, Path(request["log"]).open("wb") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sys.argv = ["streamsign", *request["arguments"]]
    command()


if __name__ == "__main__":
    main()
