"""Divides worker threads between cameras by the CPU time that each has used.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): each camera has a virtual time that advances by what its
turns cost, and the waiting camera with the least goes next. A camera with huge pictures gets its share and no more; one
that uses less than its share does not wait behind it.
"""

from __future__ import annotations

import contextlib
import heapq
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import count
from typing import Protocol

Work = Callable[[], None]

ROUND_S = 0.02
"""CPU seconds for which a thread takes turn after turn before other work of the executor may have it."""

_KEPT = 256
"""Cameras from which their virtual times are pruned; those that have fallen behind are as new ones."""


class Turns(Protocol):
    """Runs pieces of work in worker threads; an ``Executor`` is one."""

    def submit(self, work: Work, /) -> object:
        """Run a piece of work as soon as it is its turn. It must not raise."""


@dataclass(frozen=True, slots=True)
class FairShareStatistics:
    """Cameras that wait for a turn, turns taken so far, and seconds of the longest wait."""

    waiting: int
    turns: int
    longest_wait_s: float


class FairShare:
    """The worker threads of all cameras.

    Args:
        executor: has the threads. Other work may use them too, and waits for the end of a round of turns at most; see
            :data:`ROUND_S`.
        threads: how many of them cameras may use at a time.
        spent_s: CPU seconds of the calling thread.
    """

    def __init__(self, executor: Executor, threads: int, spent_s: Callable[[], float] = time.thread_time) -> None:
        self._executor = executor
        self._free = threads
        self._spent_s = spent_s
        self._lock = threading.Lock()
        self._order = count()
        self._waiting: list[tuple[float, int, float, str, Work]] = []
        self._ends: dict[str, float] = {}
        self._now = 0.0
        self._turns = 0
        self._longest_wait_s = 0.0

    def of(self, camera: str) -> Turns:
        """The turns of one camera. It may wait for one at a time."""
        return _Turns(self, camera)

    def submit(self, camera: str, work: Work) -> None:
        """Queue a camera's next turn."""
        with self._lock:
            start = max(self._now, self._ends.get(camera, 0.0))
            heapq.heappush(self._waiting, (start, next(self._order), time.monotonic(), camera, work))
            if not self._free:
                return
            self._free -= 1
        self._executor.submit(self._round)

    def statistics(self) -> FairShareStatistics:
        """Counts up to now."""
        with self._lock:
            return FairShareStatistics(len(self._waiting), self._turns, self._longest_wait_s)

    def _round(self) -> None:
        """Take turns until none is waited for, or the time is over."""
        before_s = self._spent_s()
        until_s = before_s + ROUND_S
        while (after_s := self._turn(before_s)) is not None:
            if after_s >= until_s:
                self._go_on()
                return
            before_s = after_s

    def _turn(self, before_s: float) -> float | None:
        """Take the next turn; CPU seconds of this thread after it; None if no camera waits."""
        with self._lock:
            start, _, since_s, camera, work = heapq.heappop(self._waiting)
            self._now = max(self._now, start)
            self._turns += 1
            self._longest_wait_s = max(self._longest_wait_s, time.monotonic() - since_s)
        try:
            work()
        except BaseException:
            if self._end(camera, start + self._spent_s() - before_s):
                self._go_on()
            raise
        after_s = self._spent_s()
        return after_s if self._end(camera, start + after_s - before_s) else None

    def _end(self, camera: str, end: float) -> bool:
        """End a turn; return whether another camera waits. The thread is free otherwise."""
        with self._lock:
            self._ends[camera] = end
            if len(self._ends) > _KEPT:
                self._ends = {name: at for name, at in self._ends.items() if at > self._now}
            if not self._waiting:
                self._free += 1
            return bool(self._waiting)

    def _go_on(self) -> None:
        # By way of the executor's queue: what else waits there gets the thread first.
        with contextlib.suppress(RuntimeError):  # the server has stopped
            self._executor.submit(self._round)


class _Turns:
    def __init__(self, share: FairShare, camera: str) -> None:
        self._share = share
        self._camera = camera

    def submit(self, work: Work, /) -> object:
        """Queue the camera's next turn."""
        self._share.submit(self._camera, work)
        return None
