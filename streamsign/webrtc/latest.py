"""A slot for the newest item: a slow consumer misses older ones and does not fall behind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SlotStatistics:
    """Items put into a slot, and items replaced before they were taken."""

    put: int
    replaced: int


class LatestSlot(Generic[T]):
    """Holds one item; a newer one replaces it. One thread puts, one takes."""

    def __init__(self) -> None:
        self._held: deque[T] = deque(maxlen=1)
        self._put = 0
        self._replaced = 0

    def put(self, item: T) -> None:
        """Put an item in. An item that was not taken is replaced and counted."""
        self._put += 1
        self._replaced += len(self._held)
        self._held.append(item)

    def take(self) -> T | None:
        """Take the newest item; None if there is none."""
        try:
            return self._held.pop()
        except IndexError:
            return None

    def statistics(self) -> SlotStatistics:
        """Counts up to now."""
        return SlotStatistics(self._put, self._replaced)
