"""Tables in files of the state folder."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import math
import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from streamsign.errors import SettingsError
from streamsign.state.private import keep_private, write_private
from streamsign.state.tables import Change, T, Table

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
"""Shortest time between two checks whether another process changed a file: every request checks grants."""

LOCK_WAIT_S = 2.0
"""How long a change waits for another process that changes a file of the folder."""

_LOCK_RETRY_S = 0.02


class FolderTable(Table[T]):
    """A table in one file, which only its owner may read. Every change writes the file again, whole or not at all.

    The table counts as lost if the file is missing when it is opened, or cannot be read.

    Args:
        file: where it is kept.
        read: makes entries by name from the file's content. It may raise ValidationError.
        write: makes the file's content.
        meaning: what an unreadable file means for people, for the log.
        shared: whether other processes change the file too. It is read again then when it has changed, and an
            unreadable one is not written over.
    """

    def __init__(
        self,
        file: Path,
        read: Callable[[bytes], dict[str, T]],
        write: Callable[[dict[str, T]], bytes],
        meaning: str = "",
        *,
        shared: bool = False,
    ) -> None:
        super().__init__()
        self._file = file
        self._parse = read
        self._format = write
        self._meaning = meaning
        self._shared = shared
        self._changes = asyncio.Lock()
        self._looked_s = -math.inf
        self._stamp: tuple[int, int] | None = None  # of what was read or written last
        self._refresh()
        self.lost = self._stamp is None

    def start_over(self) -> None:
        """Replace a lost table by an empty one.

        Raises:
            OSError: it cannot be written.
        """
        with self._locked():
            self._write({})
        self._take({})

    def look_again(self) -> None:
        """Look at the file before the next read; see :meth:`Table.look_again`."""
        self._looked_s = -math.inf

    async def drop(self, names: Collection[str]) -> None:
        """Delete entries that have ended; see :meth:`Table.drop`."""
        for name in names:
            self._set(name, None)
        await self._change([(name, lambda _: None) for name in names])

    async def flush(self) -> None:
        """Store the changes that are held, all at once; see :meth:`Table.flush`."""
        if held := dict(self._held):
            await self._change([(name, change) for (name, _), change in held.items()])
            self._release(held)

    async def _store(self, name: str, change: Change[T]) -> T | None:
        return await self._change([(name, change)])

    async def _change(self, changes: list[tuple[str, Change[T]]]) -> T | None:
        """Make changes and write them; the entry of the last one as it was before."""
        async with self._changes:
            before, entries = await asyncio.to_thread(self._write_changed, changes, dict(self._entries))
            self._take(entries)
        return before

    def _write_changed(
        self, changes: list[tuple[str, Change[T]]], entries: dict[str, T]
    ) -> tuple[T | None, dict[str, T]]:
        before = None
        with self._locked():
            if self._shared and (self._stamp is not None or self._file.exists()):
                try:
                    with contextlib.suppress(FileNotFoundError):  # deleted: what was read before is written again
                        entries = self._read()
                except (ValidationError, SettingsError) as error:
                    raise OSError(errno.EIO, f"its {self._file.name} cannot be read") from error
            for name, change in changes:
                before = entries.get(name)
                after = change(before)
                entries.pop(name, None)
                if after is not None:
                    entries[name] = after
            self._write(entries)
        return before, entries

    def _look(self) -> None:
        """Read a shared file again if another process has changed it, unless it is being changed here."""
        now_s = time.monotonic()
        if not self._shared or now_s - self._looked_s < LOOK_EVERY_S or self._changes.locked():
            return
        self._looked_s = now_s
        if self.lost or self._stamp != _stamp(self._file):
            self._refresh()

    def _refresh(self) -> None:
        """Read the file. If it is missing, keep what was read before."""
        stamp = _stamp(self._file)
        try:
            entries = self._read()
        except FileNotFoundError:
            return
        except (OSError, ValidationError, SettingsError) as error:
            if not self.lost:
                logger.warning("%s cannot be read (%s)%s", self._file, type(error).__name__, self._meaning)
            self.lost = True
            return
        self._stamp = stamp
        self._take(entries)

    def _take(self, entries: dict[str, T]) -> None:
        """Use what was read or written, with the changes that could not be written yet."""
        self._entries, self.lost = entries, False
        for name, _ in self._held:
            self._set_stored(name, entries.get(name))
        self._notify()

    def _read(self) -> dict[str, T]:
        keep_private(self._file)
        return self._parse(self._file.read_bytes())

    def _write(self, entries: dict[str, T]) -> None:
        write_private(self._file, self._format(entries))
        self._stamp = _stamp(self._file)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock on the folder, against other processes."""
        folder = self._file.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            lock(descriptor)
            yield
        finally:
            os.close(descriptor)


def lock(descriptor: int, wait_s: float | None = None) -> None:
    """Lock a file or folder that is open against other processes.

    Args:
        descriptor: of the open file or folder.
        wait_s: how long to wait for another process; None for :data:`LOCK_WAIT_S`.

    Raises:
        OSError: another process has held it for that long.
    """
    until_s = time.monotonic() + (LOCK_WAIT_S if wait_s is None else wait_s)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                raise
            time.sleep(_LOCK_RETRY_S)
        else:
            return


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
