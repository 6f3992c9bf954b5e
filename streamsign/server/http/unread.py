"""Abort connections whose peer does not read: what is sent to it would stay in memory, and its descriptor open."""

from __future__ import annotations

import asyncio

_LOOKS = 2
"""Looks in a row without progress after which a connection is aborted; there are as many within the timeout."""


class UnreadWatch:
    """Looks at a connection at intervals, and aborts it when none of the waiting bytes are taken.

    Only a connection that is full, or that closes once everything is sent, is looked at: one that takes bytes more
    slowly than they are added is left to the limits of its application. ``transport.close()`` alone never ends a
    connection whose peer stays silent.

    Args:
        transport: the connection.
        timeout_s: seconds without progress; the connection is aborted after these, and before half as many more.
    """

    def __init__(self, transport: asyncio.Transport, timeout_s: float) -> None:
        self.full = False
        """Whether the transport has asked to pause writing."""
        self._transport = transport
        self._every_s = timeout_s / _LOOKS
        self._waiting: int | None = None
        self._without_progress = 0
        self._timer = asyncio.get_running_loop().call_later(self._every_s, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        before = self._waiting
        blocked = self.full or self._transport.is_closing()
        self._waiting = self._transport.get_write_buffer_size() if blocked else None
        stands = before is not None and self._waiting is not None and self._waiting >= before
        self._without_progress = self._without_progress + 1 if stands else 0
        if self._without_progress >= _LOOKS:
            self._transport.abort()
        else:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._look)
