"""What is open under a grant: it ends when the grant is revoked or expires, not only when it is used again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from streamsign.state.grants import Grant

CHECK_EVERY_S = 1.0
"""How often open connections are checked: `streamsign link revoke` is another process, and grants expire."""

REVOKED = "This link was revoked."
EXPIRED = "This link has expired."


@dataclass(frozen=True, eq=False, slots=True)
class _Hold:
    grant: Grant
    end: Callable[[str], None]
    expires: bool


class Holds:
    """The connections that are open under grants. Used in one event loop.

    Args:
        is_revoked: whether a grant was revoked.
        clock: Unix seconds.
    """

    def __init__(self, is_revoked: Callable[[Grant], bool], clock: Callable[[], float] = time.time) -> None:
        self._is_revoked = is_revoked
        self._clock = clock
        self._holds: set[_Hold] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._holds)

    @contextmanager
    def hold(self, grant: Grant | None, end: Callable[[str], None], *, expires: bool = True) -> Iterator[None]:
        """Keep a connection under a grant while the block runs.

        Args:
            grant: what admitted the connection, as it was read then. None stands for a fixed token, which does not end:
                nothing is checked.
            end: called once with the reason to close the connection.
            expires: whether the connection ends when the grant expires, not only when it is revoked.
        """
        if grant is None:
            yield
            return
        held = _Hold(grant, end, expires)
        self._holds.add(held)
        if self._timer is None:
            self._wait()
        try:
            yield
        finally:
            self._holds.discard(held)

    def check(self) -> None:
        """End what is open under grants that were revoked or have expired."""
        now_s = self._clock()
        for held in list(self._holds):
            expired = held.expires and held.grant.expires_s <= now_s
            reason = EXPIRED if expired else REVOKED if self._is_revoked(held.grant) else None
            if reason is not None:
                self._holds.discard(held)
                held.end(reason)

    def end_all(self) -> None:
        """End everything that is open, because the signing key was replaced."""
        for held in list(self._holds):
            self._holds.discard(held)
            held.end(REVOKED)

    def close(self) -> None:
        """Check no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(CHECK_EVERY_S, self._ring)

    def _ring(self) -> None:
        self._timer = None
        try:
            self.check()
        finally:  # the others are checked after an error, too
            if self._holds:
                self._wait()
