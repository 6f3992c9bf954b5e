"""A slot for the newest thing only: whoever is slow skips, nobody falls behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SlotStatistics:
    """What went through a slot: items put in, and items replaced before anybody took them."""

    put: int
    replaced: int


class LatestSlot(Generic[T]):
    """Holds one item; a newer one replaces it. One event loop, one taker."""

    def __init__(self) -> None:
        self._item: T | None = None
        self._filled = asyncio.Event()
        self._put = 0
        self._replaced = 0

    def put(self, item: T) -> None:
        """Offer an item; one that still waits is dropped and counted."""
        self._put += 1
        self._replaced += self._item is not None
        self._item = item
        self._filled.set()

    async def take(self) -> T:
        """The newest item, waiting for one when there is none."""
        while self._item is None:
            self._filled.clear()
            await self._filled.wait()
        item, self._item = self._item, None
        return item

    def statistics(self) -> SlotStatistics:
        """What went through so far."""
        return SlotStatistics(self._put, self._replaced)
