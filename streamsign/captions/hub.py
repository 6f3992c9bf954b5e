"""Rooms whose logs are in this process and on its disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from streamsign.captions.events import Edit, KeptEvent, Letter
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.captions.log import MAX_EVENTS, Action, CaptionLog
from streamsign.captions.protocol import is_practice
from streamsign.captions.room import MAX_BEHIND, CaptionRoom, LogNotWritten, Word
from streamsign.captions.rooms import MAX_IDLE_ROOMS, MAX_ROOMS, CaptionRooms
from streamsign.captions.store import EventStore
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import NO_PAUSES, Pause, PauseRule

logger = logging.getLogger(__name__)

MAX_SEQ = 2**53
"""Above the number of any event."""

STORE_AGAIN_S = 30.0
"""Time from a failure of the disk to the next attempt to store a room's captions."""


class Room(CaptionRoom):
    """A room whose log is in memory, and on disk if it has a store.

    Args:
        name: name of the room.
        model_name: name of the model that reads the letters.
        letters: the letters it knows.
        clock: seconds, never decreasing; the room's clock.
        log: a log to use; None makes a new one.
        store: where events are kept on disk; None keeps them in memory only.
        max_behind: letters a viewer may fall behind before it is closed.
        pauses: how long a signer pauses until a word or a sentence ends.
    """

    def __init__(
        self,
        name: str,
        model_name: str,
        letters: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        log: CaptionLog | None = None,
        store: EventStore | None = None,
        max_behind: int = MAX_BEHIND,
        pauses: PauseRule = NO_PAUSES,
    ) -> None:
        log = CaptionLog(name, clock, store=self._keep if store else None) if log is None else log
        super().__init__(name, model_name, letters, log, clock=clock, max_behind=max_behind, pauses=pauses)
        self._store = store
        if store is not None and (stored := store.load(name, MAX_EVENTS)) is not None:
            self.log.restore(stored.log_id, stored.events)
        self._waits_for_disk = False

    @property
    def spare(self) -> bool:
        """Whether this room may be removed from memory: it is not in use, and its text is on disk or only practice."""
        if self.busy or self._waits_for_disk:
            return False
        return self.log.last_seq == 0 or self.log.stored or is_practice(self.name)

    @property
    def waiting(self) -> int:
        """Letters and edits on their way to the disk."""
        return len(self.log.unpublished)

    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> Letter:
        """Add a letter; see :meth:`CaptionRoom.publish_letter`."""
        letter = self._write_letter(self.log, session, commit, ledger)
        self._announce()
        return letter

    def publish_pause(self, session: str, pause: Pause) -> Edit | None:
        """End the word or sentence; see :meth:`CaptionRoom.publish_pause`."""
        event = self.log.append_pause(session, pause)
        if event is not None:
            self._announce()
        return event

    async def edit(self, action: Action, at_s: float | None = None, word: Word = "") -> Edit:
        """Edit the text; see :meth:`CaptionRoom.edit`. While the disk cannot be written, memory takes it."""
        event = self._write_edit(self.log, action, at_s, word)
        self._announce()
        await self.published(event.seq)
        return event

    async def settled(self) -> None:
        """Wait until all that was written is on disk, or in memory while the disk cannot be written."""
        await self.published(self.log.newest_seq)

    async def delete_text(self) -> None:
        """Delete everything that was written here; see :meth:`CaptionRoom.delete_text`."""
        self.log.start_over()
        # Queued at once: what is written from now on comes after it.
        deleted = self._store.delete(self.name) if self._store is not None else None
        self._greet_again()
        if deleted is not None:
            await _written(deleted)

    def _keep(self, event: KeptEvent) -> None:
        assert self._store is not None  # noqa: S101 - the log has this method only with a store
        loop, log_id = asyncio.get_running_loop(), self.log.log_id

        def done(failure: Exception | None) -> None:  # in the writer's thread; the loop may have been closed
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._stored, event, log_id, failure)

        self._store.append(self.name, log_id, event, done)

    def _stored(self, event: KeptEvent, log_id: str, failure: Exception | None) -> None:
        if log_id != self.log.log_id:  # deleted meanwhile
            return
        if failure is not None:
            self._failed(failure)
            return
        self.log.publish_through(event.seq)
        self._announce()

    def _failed(self, failure: BaseException) -> None:
        """Publish from memory until the disk can be written again."""
        words = "the captions of room %s cannot be stored (%s); they are in memory, next attempt in %.0f s"
        logger.error(words, self.name, failure, STORE_AGAIN_S)
        self.log.stop_storing()
        self.log.publish_through(MAX_SEQ)
        self._announce()
        self._waits_for_disk = True
        asyncio.get_running_loop().call_later(STORE_AGAIN_S, self._store_again)

    def _store_again(self) -> None:
        """Store the whole log again; events that come meanwhile are stored after it, in order."""
        assert self._store is not None  # noqa: S101 - it has failed before
        loop, log_id = asyncio.get_running_loop(), self.log.log_id

        def done(written: Future[None]) -> None:  # in the writer's thread; the loop may have been closed
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._stored_again, written.exception())

        self._store.replace(self.name, log_id, self.log.store_again(self._keep)).add_done_callback(done)

    def _stored_again(self, failure: BaseException | None) -> None:
        self._waits_for_disk = failure is not None
        if failure is not None:
            self._failed(failure)
        else:
            logger.info("the captions of room %s are stored again", self.name)


class Rooms(CaptionRooms):
    """The rooms of a server that is one process.

    Args:
        model_name, letters, max_idle, max_rooms, pauses: see :class:`CaptionRooms`.
        clock: seconds, never decreasing; the clock of all rooms.
        store: where events are kept on disk; None keeps them in memory only.
    """

    def __init__(
        self,
        model_name: str,
        letters: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        max_idle: int = MAX_IDLE_ROOMS,
        max_rooms: int = MAX_ROOMS,
        store: EventStore | None = None,
        pauses: PauseRule = NO_PAUSES,
    ) -> None:
        super().__init__(model_name, letters, clock=clock, max_idle=max_idle, max_rooms=max_rooms, pauses=pauses)
        self._chosen_pauses = store.pauses() if store is not None else {}
        self._store = store

    async def _open(self, name: str) -> Room:
        pauses = self._chosen_pauses.get(name, self._pauses)
        store = None if is_practice(name) else self._store
        return Room(name, self.model_name, self.letters, clock=self._clock, store=store, pauses=pauses)

    async def _load(self, name: str) -> Room:
        return await self._open(name)

    async def choose_pauses(self, room: CaptionRoom, pauses: PauseRule) -> None:
        """Set the pauses of a room; kept on disk if text is. See :meth:`CaptionRooms.choose_pauses`."""
        room.pauses = self._chosen_pauses[room.name] = pauses
        if self._store is not None:
            await _written(self._store.keep_pauses(room.name, pauses))

    async def names(self) -> list[str]:
        """Names of the rooms that are in use or have text, in memory or on disk, sorted, without practice rooms."""
        here = {room.name for room in self._rooms.values() if not room.empty and not is_practice(room.name)}
        return sorted(here | set(self._store.rooms() if self._store else []))

    async def changed_s(self) -> dict[str, float]:
        """When the text of each room that has text was last changed, in memory or on disk, Unix seconds."""
        stored_s = self._store.newest_s() if self._store is not None else {}
        here_s = {room.name: changed_s for room in self._rooms.values() if (changed_s := room.changed_s) is not None}
        return stored_s | here_s


async def _written(future: Future[None]) -> None:
    try:
        await asyncio.wrap_future(future)
    except sqlite3.Error as error:
        raise LogNotWritten(str(error)) from error
