"""A slot for the newest thing only: whoever is slow skips, nobody falls behind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SlotStatistics:
    """What went through a slot: items put in, and items replaced before anybody took them."""

    put: int
    replaced: int


class LatestSlot(Generic[T]):
    """Holds one item; a newer one replaces it. One thread puts, one takes."""

    def __init__(self) -> None:
        self._held: deque[T] = deque(maxlen=1)
        self._put = 0
        self._replaced = 0

    def put(self, item: T) -> None:
        """Offer an item; one that still waits is dropped and counted."""
        self._put += 1
        self._replaced += len(self._held)
        self._held.append(item)

    def take(self) -> T | None:
        """The newest item; None when there is none."""
        try:
            return self._held.pop()
        except IndexError:
            return None

    def statistics(self) -> SlotStatistics:
        """What went through so far."""
        return SlotStatistics(self._put, self._replaced)
