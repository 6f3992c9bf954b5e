"""Turns for requests whose answers take long to compute: few at a time, and few that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from streamsign.server.http.problems import Problem

AT_ONCE = 1
"""Answers that are computed at a time: Python computes one at a time anyway, and captions need the processor too."""

MAX_WAITING = 32
"""Requests that wait for their turn; one more is answered 503."""

RETRY_AFTER_S = 5

Answer = TypeVar("Answer")


class ComputeTurns:
    """Gives requests their turns, in the order in which they came. Used in one event loop."""

    def __init__(self, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._max_waiting = max_waiting
        self.waiting = 0
        """Requests that wait now."""

    async def compute(self, work: Callable[[], Answer]) -> Answer:
        """Call ``work`` in a thread when it is this request's turn. A request that was given up takes no turn.

        Raises:
            Problem: 503, too many requests wait.
        """
        if self.waiting >= self._max_waiting:
            raise Problem(
                503,
                "busy",
                "The server computes answers for other requests.",
                f"Try again in {RETRY_AFTER_S} s.",
                {"Retry-After": str(RETRY_AFTER_S)},
            )
        self.waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self.waiting -= 1
        # Shielded: a thread cannot be stopped, and the turn lasts as long as it computes.
        computing = asyncio.ensure_future(asyncio.to_thread(work))
        computing.add_done_callback(lambda _: self._turn.release())
        return await asyncio.shield(computing)
