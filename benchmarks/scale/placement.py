"""Workers by their load, and the rules by which an offer finds one. Pure: it has no clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from enum import StrEnum
from typing import Generic, TypeVar

Key = TypeVar("Key")


class Policy(StrEnum):
    """How an offer finds a worker."""

    RANDOM = "random"  # a queue group that only full and draining workers leave
    GROUP = "group"  # a worker also leaves while it has more cameras than the least loaded one that it knows of
    LEAST = "least"  # a coordinator that knows every load at every moment


class Pool(Generic[Key]):
    """Open workers, each with its load, below or at its limit.

    Args:
        limit: cameras that a worker takes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._levels: list[list[Key]] = [[] for _ in range(limit + 1)]
        self._places: dict[Key, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    @property
    def least(self) -> int:
        """The least load of an open worker; the limit when none is open."""
        return next((load for load, level in enumerate(self._levels) if level), self.limit)

    @property
    def sessions(self) -> int:
        """Sum of the loads of the open workers."""
        return sum(load * len(level) for load, level in enumerate(self._levels))

    def loads(self) -> Iterator[int]:
        """The load of every open worker, ascending."""
        for load, level in enumerate(self._levels):
            yield from (load for _ in level)

    def put(self, worker: Key, load: int) -> None:
        """Add an open worker, or change the load of one.

        Raises:
            ValueError: the load is negative or above the limit.
        """
        if not 0 <= load <= self.limit:
            raise ValueError(f"a load of 0 to {self.limit}, not {load}")
        self.remove(worker)
        level = self._levels[load]
        self._places[worker] = (load, len(level))
        level.append(worker)

    def remove(self, worker: Key) -> None:
        """Remove a worker that drains or has ended; nothing if it is not open."""
        place = self._places.pop(worker, None)
        if place is None:
            return
        load, index = place
        last = self._levels[load].pop()
        if last != worker:
            self._levels[load][index] = last
            self._places[last] = (load, index)

    def choose(self, policy: Policy, known_least: int, slack: int, draw: random.Random) -> Key | None:
        """The worker that receives an offer; None when no worker is in the group.

        Args:
            policy: the rule.
            known_least: the least load by the announcements that have arrived; only :attr:`Policy.GROUP` uses it.
            slack: cameras more than that with which a worker stays in the group.
            draw: source of chance; members of a queue group are drawn evenly.
        """
        top = {Policy.RANDOM: self.limit, Policy.GROUP: known_least + slack + 1, Policy.LEAST: self.least + 1}[policy]
        levels = self._levels[: min(self.limit, top)]
        number = sum(map(len, levels))
        if not number:
            return None
        index = draw.randrange(number)
        for level in levels:
            if index < len(level):
                return level[index]
            index -= len(level)
        raise AssertionError("unreachable: the index is below the number of members")
