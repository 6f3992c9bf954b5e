"""Back-off for wrong secrets: each wrong one beyond the first few makes its address wait longer."""

from __future__ import annotations

import contextlib
import ipaddress
import math
import time
from collections.abc import Callable
from functools import partial
from itertools import islice

from pydantic import BaseModel, ConfigDict
from starlette.requests import HTTPConnection

from streamsign.server.http.problems import Problem
from streamsign.state.tables import MemoryTable, Table

FREE_GUESSES = 10
"""Wrong secrets of an address without a wait: an old link, a code that was renewed meanwhile."""

LONGEST_WAIT_S = 60.0
EXPIRE_AFTER_S = 600.0
"""Time without a wrong secret after which an address starts again."""

MAX_ADDRESSES = 4096


class Wrong(BaseModel):
    """The wrong secrets of an address. Times are seconds of the clock."""

    model_config = ConfigDict(frozen=True)
    count: int = 0
    last_s: float
    until_s: float = 0.0


class Guesses:
    """Wrong secrets by address; an IPv6 address counts as its /64 network, of which every host has many.

    Args:
        table: where they are counted; None counts in memory. While it cannot be written they are counted in memory too.
        clock: seconds, the same for everybody who shares the table.
    """

    def __init__(self, table: Table[Wrong] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._here: Table[Wrong] = MemoryTable()
        self._tables = [self._here] if table is None else [table, self._here]
        self._clock = clock

    def wait_s(self, address: str) -> float:
        """Seconds for which an address has to wait; 0 when it may try."""
        name, now_s = _network(address), self._clock()
        known = [wrong for table in self._tables if (wrong := table.get(name)) is not None]
        return max([0.0, *(wrong.until_s - now_s for wrong in known)])

    async def wrong(self, address: str) -> float:
        """Count a wrong secret of an address; seconds to wait for the next one. One within a wait is not counted."""
        if wait_s := self.wait_s(address):
            return wait_s
        name = _network(address)
        for table in self._tables:
            try:
                await table.update(name, partial(_counted, self._clock()))
            except OSError:  # the next one is in memory
                continue
            if (beyond := len(table.entries()) - MAX_ADDRESSES) > 0:
                with contextlib.suppress(OSError):
                    await table.drop(list(islice(table.entries(), beyond)))  # those that were wrong longest ago
            break
        return self.wait_s(address)

    def require_no_wait(self, connection: HTTPConnection) -> None:
        """Refuse an address that has to wait, whether its next code or key is right or wrong.

        Not this computer's own: a reverse proxy here sends for all its visitors, who must not lock each other out.

        Raises:
            Problem: 429.
        """
        address = _address(connection)
        wait_s = self.wait_s(address)
        if wait_s and not _is_loopback(address):
            raise _too_many(wait_s)

    async def answer(self, connection: HTTPConnection, problem: Problem) -> Problem:
        """Count a wrong secret. The answer to it: ``problem``, or 429 if its address has to wait."""
        wait_s = await self.wrong(_address(connection))
        return _too_many(wait_s) if wait_s else problem


def _counted(now_s: float, known: Wrong | None) -> Wrong:
    if known is not None and now_s < known.until_s:  # another gateway counted meanwhile
        return known
    count = 1 if known is None or now_s - known.last_s >= EXPIRE_AFTER_S else known.count + 1
    wait_s = 0.0 if count <= FREE_GUESSES else min(LONGEST_WAIT_S, 2.0 ** (count - FREE_GUESSES - 1))
    return Wrong(count=count, last_s=now_s, until_s=now_s + wait_s if wait_s else 0.0)


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _too_many(wait_s: float) -> Problem:
    seconds = max(1, math.ceil(wait_s))
    return Problem(
        429,
        "too_many_guesses",
        "Too many wrong tokens or codes came from this address.",
        f"Wait {seconds} s; then scan a new code or open a new link.",
        {"Retry-After": str(seconds)},
    )


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
