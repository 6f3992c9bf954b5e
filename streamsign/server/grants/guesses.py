"""Back-off for wrong secrets: each wrong one beyond the first few makes its address wait longer."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from streamsign.server.http.problems import Problem

FREE_GUESSES = 10
"""Wrong secrets of an address without a wait: an old link, a code that was renewed meanwhile."""

LONGEST_WAIT_S = 60.0
EXPIRE_AFTER_S = 600.0
"""Time without a wrong secret after which an address starts anew."""

MAX_ADDRESSES = 4096


@dataclass(slots=True)
class _Wrong:
    count: int
    last_s: float
    until_s: float


class Guesses:
    """Wrong secrets by address; an IPv6 address counts as its /64 network, of which every host has many.

    Args:
        clock: seconds, never decreasing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, _Wrong] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Seconds for which an address has to wait; 0 when it may try."""
        wrong = self._wrong.get(_network(address))
        return 0.0 if wrong is None else max(0.0, wrong.until_s - self._clock())

    def wrong(self, address: str) -> float:
        """Count a wrong secret of an address; seconds to wait for the next one. One within a wait is not counted."""
        now_s = self._clock()
        name = _network(address)
        known = self._wrong.pop(name, None)
        if known is None or now_s - known.last_s >= EXPIRE_AFTER_S:
            known = _Wrong(0, now_s, 0.0)
        self._wrong[name] = known
        while len(self._wrong) > MAX_ADDRESSES:
            self._wrong.popitem(last=False)
        if now_s < known.until_s:
            return known.until_s - now_s
        known.count, known.last_s = known.count + 1, now_s
        if known.count <= FREE_GUESSES:
            return 0.0
        known.until_s = now_s + min(LONGEST_WAIT_S, 2.0 ** (known.count - FREE_GUESSES - 1))
        return known.until_s - now_s

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

    def answer(self, connection: HTTPConnection, problem: Problem) -> Problem:
        """Count a wrong secret. The answer to it: ``problem``, or 429 if its address has to wait."""
        wait_s = self.wrong(_address(connection))
        return _too_many(wait_s) if wait_s else problem


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
