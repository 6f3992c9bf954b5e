"""Tables: entries of one kind by name, that are kept in memory and stored elsewhere.

The server reads from memory, so that a check of a grant waits for nothing. A change is stored before it is reported.
Three kinds exist: in memory only, in a file of the state folder (:mod:`streamsign.state.folder`), and shared by the
gateways of a cluster (``streamsign.cluster``). One suite of tests holds all of them to this contract.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")

Change = Callable[[T | None], T | None]
"""Receives the present entry, or None if the entry does not exist. Returns the new entry, or None to delete it.

It may be called several times: when another process changes the entry meanwhile, it is called again.
"""


class Table(ABC, Generic[T]):
    """Entries by name. Use it in one event loop.

    Attributes:
        lost: whether what was stored cannot be read, so that nobody knows what was revoked.
        damaged: names of the entries that cannot be read, while the others can.
    """

    def __init__(self) -> None:
        self.lost = False
        self.damaged: frozenset[str] = frozenset()
        self._entries: dict[str, T] = {}
        self._held: dict[tuple[str, str], Change[T]] = {}
        self._listeners: list[Callable[[], None]] = []

    def entries(self) -> Mapping[str, T]:
        """All entries, the one changed last at the end."""
        self._look()
        return self._entries

    def get(self, name: str) -> T | None:
        """An entry, or None if it does not exist."""
        return self.entries().get(name)

    def listen(self, heard: Callable[[], None]) -> None:
        """Call a function after each change, also one of another process."""
        self._listeners.append(heard)

    def is_held(self, name: str) -> bool:
        """Whether a change of an entry applies here, but is not stored."""
        return any(held == name for held, _ in self._held)

    def look_again(self) -> None:
        """Look for changes of other processes at the next read, also if that was done just now."""

    async def update(self, name: str, change: Change[T], *, hold: str = "") -> T | None:
        """Change an entry: no other change, of this or another process, comes in between.

        Args:
            name: the entry's name.
            change: makes the new entry from the present one. What it raises ends the update, and nothing is changed.
            hold: a name for this change. With one, it is held (see :meth:`hold`) until it is stored. Without one, a
                change that cannot be stored does not apply.

        Returns:
            The entry as it was stored before, or None if it did not exist.

        Raises:
            OSError: the change cannot be stored, or what is there cannot be read.
        """
        if hold:
            self.hold(name, hold, change)
        before = await self._store_held(name, [] if hold else [change])
        if self._held:
            with contextlib.suppress(OSError):
                await self.flush()
        return before

    def hold(self, name: str, what: str, change: Change[T]) -> None:
        """Apply a change here and store it with the next update.

        It takes the place of a held change of the same name and purpose. It may be applied several times.

        Args:
            name: the entry's name.
            what: the purpose.
            change: see :data:`Change`.
        """
        self._held[name, what] = change
        self._set(name, change(self._entries.get(name)))
        self._notify()

    async def flush(self) -> None:
        """Store the changes that are held.

        Raises:
            OSError: one cannot be stored. It is still held.
        """
        for name in dict.fromkeys(name for name, _ in list(self._held)):
            await self._store_held(name, [])

    async def _store_held(self, name: str, more: list[Change[T]]) -> T | None:
        held = {key: change for key, change in self._held.items() if key[0] == name}
        before = await self._store(name, partial(_changed, [*held.values(), *more]))
        self._release(held)
        return before

    def _release(self, stored: Mapping[tuple[str, str], Change[T]]) -> None:
        """Hold changes that are stored no longer, unless others took their place meanwhile."""
        for key, change in stored.items():
            if self._held.get(key) is change:
                del self._held[key]

    @abstractmethod
    async def drop(self, names: Collection[str]) -> None:
        """Delete entries that have ended; other processes see by themselves that they have.

        Raises:
            OSError: this cannot be stored. The entries are deleted here.
        """

    @abstractmethod
    async def _store(self, name: str, change: Change[T]) -> T | None:
        """Store a change of an entry, apply it here, and return the entry as it was stored before."""

    def _look(self) -> None:
        """Read what other processes changed, where a table is not notified of changes."""

    def _set(self, name: str, value: T | None) -> None:
        self._entries.pop(name, None)
        if value is not None:
            self._entries[name] = value

    def _set_stored(self, name: str, value: T | None) -> None:
        """Apply an entry as it is stored, with the changes that are held."""
        self._set(name, _changed([change for (of, _), change in self._held.items() if of == name], value))

    def _notify(self) -> None:
        for heard in self._listeners:
            heard()


class MemoryTable(Table[T]):
    """A table that ends with the process."""

    async def drop(self, names: Collection[str]) -> None:
        """Delete entries that have ended."""
        for name in names:
            self._set(name, None)

    async def _store(self, name: str, change: Change[T]) -> T | None:
        before = self._entries.get(name)
        self._set(name, change(before))
        self._notify()
        return before


def _changed(changes: Sequence[Change[T]], value: T | None) -> T | None:
    for change in changes:
        value = change(value)
    return value
