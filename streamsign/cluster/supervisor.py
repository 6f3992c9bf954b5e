"""Keeps child processes running: one that ends is started again, after a pause that grows while it keeps ending."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import signal
import sys
from collections.abc import Mapping, Sequence

logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
"""Pause before a process is started again, doubled each time."""

STEADY_S = 60.0
"""Time after which a process counts as steady: the next pause is the first one again."""

_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


def pause_after(ran_s: float, pause_s: float) -> tuple[float, float]:
    """The pause before a process that has ended is started again, and the pause to pass here the next time. Pure.

    Args:
        ran_s: how long it ran, seconds.
        pause_s: what the previous call returned for this one; :data:`FIRST_PAUSE_S` at first.
    """
    now_s = FIRST_PAUSE_S if ran_s >= STEADY_S else pause_s
    return now_s, min(LONGEST_PAUSE_S, 2 * now_s)


class Supervised:
    """One child process. It ends with this one, even if this one is killed (on Linux).

    Args:
        name: for the log.
        command: program and arguments.
        environment: its environment.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id; None while it does not run."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._running = asyncio.ensure_future(self._run())

    async def stop(self, limit_s: float) -> None:
        """End it with SIGTERM, or with SIGKILL if that takes longer than ``limit_s``."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), limit_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _run(self) -> None:
        loop, pause_s = asyncio.get_running_loop(), FIRST_PAUSE_S
        while True:
            began_s = loop.time()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    env=self._environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for this process, which ends its children in order
                    preexec_fn=_end_with_parent,
                )
                status: object = await self._process.wait()
            except OSError as error:  # no memory or no process number is free, or the program is being replaced
                status = error.strerror
            wait_s, pause_s = pause_after(loop.time() - began_s, pause_s)
            logger.error("Process ended name=%s status=%s; it starts again in %.1f s", self.name, status, wait_s)
            await asyncio.sleep(wait_s)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
