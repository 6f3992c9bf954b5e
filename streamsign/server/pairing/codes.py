"""One-time pairing codes, shown as a QR code. A code is valid once, for two minutes."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from streamsign.errors import AccessDenied
from streamsign.state.tables import MemoryTable, Table

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


class Code(BaseModel):
    """A code that was made. It is stored under its hash, because logs and NATS's subjects name entries."""

    model_config = ConfigDict(frozen=True)
    code: str
    room: str
    version: str
    made_s: float
    used: bool = False


class PairingCodes:
    """The codes of all rooms. Use it in one event loop.

    A replaced code stays valid until it expires: somebody may be scanning it. Gateways that share the table show the
    same code, the one made last.

    Args:
        table: where the codes are kept; None keeps them in memory.
        clock: seconds, the same for everybody who shares the table.
    """

    def __init__(self, table: Table[Code] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._table: Table[Code] = MemoryTable() if table is None else table
        self._clock = clock
        self._hidden: set[str] = set()
        self._making = asyncio.Lock()
        self._bell = asyncio.Event()
        self._closed = False
        self._table.listen(self._ring)

    def __len__(self) -> int:
        return len(self._table.entries())

    async def current(self, room: str) -> Offered:
        """Return the code to show for a room; a new one if the last was used or expires soon.

        Raises:
            OSError: a new one cannot be stored.
        """
        async with self._making:
            shown = self._shown(room)
            if shown is None:
                await self._forget_old()
                shown = Code(
                    code=secrets.token_urlsafe(CODE_BYTES),
                    room=room,
                    version=secrets.token_hex(8),
                    made_s=self._clock(),
                )
                made = shown
                await self._table.update(_name(made.code), lambda _: made)
        age_s = max(0.0, self._clock() - shown.made_s)
        return Offered(shown.code, shown.version, LIFE_S - age_s, RENEW_AFTER_S - age_s)

    async def redeem(self, code: str) -> str:
        """Use a code. Of two who use it at the same moment, one succeeds.

        Returns:
            The room it opens.

        Raises:
            CodeRefused: the code is unknown, expired or used.
            OSError: its use cannot be stored.
        """

        def use(known: Code | None) -> Code:
            if known is None or self._clock() - known.made_s >= LIFE_S + ENTRY_LIFE_S:
                raise CodeRefused(Refusal.UNKNOWN)
            if known.used:
                raise CodeRefused(Refusal.USED)
            if self._clock() - known.made_s >= LIFE_S:
                raise CodeRefused(Refusal.EXPIRED)
            return known.model_copy(update={"used": True})

        used = await self._table.update(_name(code), use)
        assert used is not None  # noqa: S101 - else it was refused
        return used.room

    def renew_all(self) -> None:
        """Replace all shown codes, because the address in the links has changed."""
        self._hidden = set(self._table.entries())
        self._ring()

    async def wait(self, room: str, version: str | None, longest_s: float) -> Offered:
        """The code to show for a room, at once when it is not the one of that version, else when it changes.

        Args:
            room: name of the room.
            version: what the caller shows already; None for nothing.
            longest_s: seconds after which the old one is answered again.

        Raises:
            OSError: a new one cannot be stored.
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + longest_s
        while True:
            bell = self._bell
            offered = await self.current(room)
            left_s = min(until_s - loop.time(), offered.renews_s)
            if offered.version != version or self._closed or left_s <= 0:
                return offered
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(bell.wait(), left_s)

    def close(self) -> None:
        """End all waiting calls."""
        self._closed = True
        self._ring()

    def _shown(self, room: str) -> Code | None:
        now_s = self._clock()
        fresh = [
            code
            for name, code in self._table.entries().items()
            if code.room == room and not code.used and now_s - code.made_s < RENEW_AFTER_S and name not in self._hidden
        ]
        return max(fresh, key=lambda code: (code.made_s, code.version), default=None)

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    async def _forget_old(self) -> None:
        now_s = self._clock()
        by_age = sorted(self._table.entries().items(), key=lambda entry: entry[1].made_s)
        beyond = max(0, len(by_age) - MAX_CODES + 1)
        old = [
            name
            for place, (name, code) in enumerate(by_age)
            if place < beyond or now_s - code.made_s >= LIFE_S + ENTRY_LIFE_S
        ]
        if old:
            await self._table.drop(old)
            self._hidden.difference_update(old)


def _name(code: str) -> str:
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()[:32]
