"""One-time pairing codes, shown as a QR code. A code is valid once, for two minutes."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from streamsign.errors import AccessDenied

CODE_BYTES = 16
"""128 random bits: a code cannot be guessed while it is valid."""

LIFE_S = 120.0
RENEW_AFTER_S = 90.0
"""Age at which a shown code is replaced, so that a scanned code is valid for at least 30 s."""

ENTRY_LIFE_S = 600.0
"""Seconds for which an expired or used code is distinguished from an unknown one."""

MAX_CODES = 4096
"""Limit of stored codes of all rooms; the oldest is dropped first."""


class Refusal(StrEnum):
    """Why a code is rejected."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"


_PROBLEMS = {
    Refusal.UNKNOWN: "This computer did not issue this code.",
    Refusal.EXPIRED: "This code has expired: a code is valid for two minutes.",
    Refusal.USED: "This code was already used: a code is valid for one phone.",
}


class CodeRefused(AccessDenied):
    """A pairing code is unknown, expired or used.

    Telling these apart gives nothing away: only who holds all 128 bits of a real code hears another answer than
    "unknown".
    """

    def __init__(self, reason: Refusal) -> None:
        super().__init__(_PROBLEMS[reason], "Scan the code that the computer shows now.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Offered:
    """A room's code as it is shown now.

    Attributes:
        code: the secret, URL-safe.
        version: names this code without giving it away; another one means that there is something new to show.
        expires_s: seconds for which it can still be used.
        renews_s: seconds until it is replaced, if it is not used before.
    """

    code: str
    version: str
    expires_s: float
    renews_s: float


@dataclass(slots=True)
class _Entry:
    room: str
    version: str
    made_s: float
    used: bool = False


class PairingCodes:
    """The codes of all rooms. Use it from one event loop.

    A replaced code stays valid until it expires: somebody may be scanning it.

    Args:
        clock: seconds, never decreasing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # by age
        self._shown: dict[str, str] = {}
        self._bell = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._entries)

    def current(self, room: str) -> Offered:
        """Return the code to show for a room; a new one if the last was used or expires soon."""
        now = self._clock()
        code = self._shown.get(room)
        entry = self._entries.get(code) if code is not None else None
        if code is None or entry is None or entry.used or now - entry.made_s >= RENEW_AFTER_S:
            self._forget_old(now)
            code = secrets.token_urlsafe(CODE_BYTES)
            entry = _Entry(room, secrets.token_hex(8), now)
            self._entries[code] = entry
            self._shown[room] = code
        age = now - entry.made_s
        return Offered(code, entry.version, LIFE_S - age, RENEW_AFTER_S - age)

    def redeem(self, code: str) -> str:
        """Use a code.

        Returns:
            The room it opens.

        Raises:
            CodeRefused: the code is unknown, expired or used.
        """
        now = self._clock()
        self._forget_old(now)
        entry = self._entries.get(code)
        if entry is None:
            raise CodeRefused(Refusal.UNKNOWN)
        if entry.used:
            raise CodeRefused(Refusal.USED)
        if now - entry.made_s >= LIFE_S:
            raise CodeRefused(Refusal.EXPIRED)
        entry.used = True
        self._ring()
        return entry.room

    def renew_all(self) -> None:
        """Replace all shown codes, because the address in the links has changed."""
        self._shown.clear()
        self._ring()

    async def wait(self, room: str, version: str | None, longest_s: float) -> Offered:
        """The code to show for a room, at once when it is not the one of that version, else when it changes.

        Args:
            room: name of the room.
            version: what the caller shows already; None for nothing.
            longest_s: seconds after which the old one is answered again.
        """
        offered = self.current(room)
        if offered.version == version and not self._closed:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._bell.wait(), max(0.0, min(longest_s, offered.renews_s)))
            offered = self.current(room)
        return offered

    def close(self) -> None:
        """End all waiting calls."""
        self._closed = True
        self._ring()

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    def _forget_old(self, now: float) -> None:
        while self._entries:
            code, entry = next(iter(self._entries.items()))
            if now - entry.made_s < LIFE_S + ENTRY_LIFE_S and len(self._entries) < MAX_CODES:
                return
            del self._entries[code]
            if self._shown.get(entry.room) == code:
                del self._shown[entry.room]
