"""Rooms: where cameras publish and viewers subscribe."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from streamsign.captions.events import Edit, KeptEvent, Letter, ModelChange, Partial, Status
from streamsign.captions.formats import event_s
from streamsign.captions.ledger import NO_STAMPS, Ledger
from streamsign.captions.log import MAX_EVENTS, Action, CaptionLog
from streamsign.captions.protocol import GOING_AWAY, ROOM_PATTERN, is_practice
from streamsign.captions.store import EventStore
from streamsign.captions.subscription import RoomStatistics, Subscription, SubscriptionStatistics, keep_newest
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import NO_PAUSES, Pause, PauseRule

logger = logging.getLogger(__name__)

MAX_SEQ = 2**53
"""Above the number of any event."""

MAX_BEHIND = 256
"""Letters a viewer may be behind before it is closed: minutes of signing, far more than a live connection lags."""

STORE_AGAIN_S = 30.0
"""Time from a failure of the disk to the next attempt to store a room's captions."""

MAX_IDLE_ROOMS = 64
"""Rooms without camera, viewer and text that are kept; the least recently used is removed first."""

MAX_ROOMS = 1024
"""Rooms at a time. A room with text is kept until its text is deleted."""


class Room:
    """One room: a log, the cameras that write to it, and the viewers that read it. Used in one event loop only.

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
        self.name = name
        self.pauses = pauses
        self.model_name = model_name
        self.letters = tuple(letters)
        self.clock = clock
        self._store = store
        self.log = CaptionLog(name, clock, store=self._keep if store else None) if log is None else log
        if store is not None and (stored := store.load(name, MAX_EVENTS)) is not None:
            self.log.restore(stored.log_id, stored.events)
        self.statuses: OrderedDict[str, Status] = OrderedDict()
        """The newest status of every connected camera, by session."""
        self._max_behind = max_behind
        self._waits_for_disk = False
        self._viewers: set[Subscription] = set()
        self._closed_behind = 0
        self._news: asyncio.Future[None] | None = None
        self._partials = 0

    @property
    def text(self) -> str:
        """The room's text."""
        return self.log.text

    @property
    def changed_s(self) -> float | None:
        """When its text was last changed, on the room's clock; None without text in memory."""
        return event_s(self.log[self.log.last_seq]) if self.log.last_seq else None

    @property
    def busy(self) -> bool:
        """Whether a camera or a viewer is connected."""
        return bool(self._viewers or self.statuses)

    @property
    def empty(self) -> bool:
        """Whether no camera and no viewer is connected and the log is empty, so that the room can be removed."""
        return not self.busy and self.log.last_seq == 0

    @property
    def spare(self) -> bool:
        """Whether this room may be removed from memory: it is not in use, and its text is on disk or only practice."""
        if self.busy or self._waits_for_disk:
            return False
        return self.log.last_seq == 0 or self.log.stored or is_practice(self.name)

    def subscribe(self, after: int | None = None, log_id: str | None = None) -> Subscription:
        """Subscribe a viewer that last received event ``after`` of log ``log_id``; None if it received none."""
        subscription = Subscription(self, after, log_id, self._max_behind)
        self._viewers.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Remove a closed subscription; :meth:`Subscription.close` calls this."""
        self._viewers.discard(subscription)

    def publish_partial(self, partial: Partial) -> None:
        """Send a camera's current reading to the viewers."""
        self._partials += 1
        for viewer in self._viewers:
            viewer._offer_partial(partial)

    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> Letter:
        """Add a letter that a camera's recognizer decided; ``commit`` and ``ledger`` are timed on the room's clock.

        A camera's first letter begins a word if the newest letter is older than the pause. Letters that the new one
        takes the place of are removed first.
        """
        self.log.take_back(session, commit.replaces, commit.captured_s)
        if (pause := self._pause_before(session, commit)) is not None:
            self.log.append_pause(session, pause)
        letter = self.log.append_letter(session, commit, ledger.with_published(self.clock()))
        self._announce()
        return letter

    def publish_pause(self, session: str, pause: Pause) -> Edit | None:
        """End the word or sentence after a camera's signer paused; None if there is nothing to end.

        ``pause`` is timed on the room's clock.
        """
        event = self.log.append_pause(session, pause)
        if event is not None:
            self._announce()
        return event

    def _pause_before(self, session: str, commit: Commit) -> Pause | None:
        """The pause between the newest letter and the first one of another camera, or one connected again."""
        newest = self.log.newest_letter
        if newest is None or newest.session == session:
            return None
        paused_s = commit.started_s - newest.captured_s
        if 0 < self.pauses.sentence_s <= paused_s:
            return Pause("sentence", newest.captured_s, commit.started_s)
        if 0 < self.pauses.word_s <= paused_s:
            return Pause("word", newest.captured_s, commit.started_s)
        return None

    def edit(self, action: Action, at_s: float | None = None, word: str = "") -> Edit:
        """Edit the text, at ``at_s`` on the room's clock or now; ``word`` is the new word of the action "replace"."""
        event = self.log.edit(action, at_s, word)
        self._announce()
        return event

    async def published(self, seq: int) -> None:
        """Wait until the event of that number is published."""
        while self.log.last_seq < seq:
            self._news = self._news or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._news)

    async def delete_text(self) -> None:
        """Delete everything that was written here, on disk too. Viewers start over with an empty text.

        Raises:
            sqlite3.Error: the file cannot be written, and the text is there again after the next start.
        """
        self.log.start_over()
        # Queued at once: what is written from now on comes after it.
        deleted = self._store.delete(self.name) if self._store is not None else None
        for viewer in self._viewers:
            viewer._start_over()
        if deleted is not None:
            await asyncio.wrap_future(deleted)

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
        self.log.store_no_more()
        self.log.publish_through(MAX_SEQ)
        self._announce()
        self._waits_for_disk = True
        asyncio.get_running_loop().call_later(STORE_AGAIN_S, self._store_again)

    def _store_again(self) -> None:
        """Store the whole log anew; events that come meanwhile are stored after it, in order."""
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

    def publish_status(self, status: Status) -> None:
        """Publish a camera's status. A camera counts as connected from its first status to the status "closed"."""
        if status.state == "closed":
            self.statuses.pop(status.session, None)
        else:
            self.statuses[status.session] = status
            keep_newest(self.statuses)
        for viewer in self._viewers:
            viewer._offer_status(status)

    def read_by(self, model_name: str, letters: Sequence[str]) -> None:
        """Publish that another model reads the letters from now on."""
        self.model_name, self.letters = model_name, tuple(letters)
        change = ModelChange(model=model_name, letters=list(letters))
        for viewer in self._viewers:
            viewer._offer_model(change)

    def close(self, reason: str = "The server is stopping.") -> None:
        """End every viewer's stream."""
        for viewer in list(self._viewers):
            viewer.close(reason, GOING_AWAY)

    def statistics(self) -> RoomStatistics:
        """Counts up to now."""
        replaced = sum(viewer.statistics().partials_replaced for viewer in self._viewers)
        return RoomStatistics(len(self._viewers), self._closed_behind, self.log.last_seq, self._partials, replaced)

    def slowest(self, count: int) -> list[SubscriptionStatistics]:
        """Counts of the viewers that are furthest behind, the last one first; at most ``count``."""
        viewers = [viewer.statistics() for viewer in self._viewers]
        return sorted(viewers, key=lambda viewer: -viewer.behind)[:count]

    def _announce(self) -> None:
        if self._news is not None:
            self._news.set_result(None)
            self._news = None
        for viewer in list(self._viewers):
            self._closed_behind += not viewer._offer_kept()


class TooManyRooms(ValueError):
    """As many rooms hold text as are allowed."""


class Rooms:
    """The rooms of a server, created on first use.

    Rooms that are idle and empty are forgotten beyond ``max_idle``, oldest first; a room with text never is, but one
    whose text is on disk leaves memory. A camera
    must publish a status as soon as it has its room: from then on the room is busy and stays.
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
        self._model_name = model_name
        self._pauses = pauses
        self._chosen_pauses = store.pauses() if store is not None else {}
        self._letters = tuple(letters)
        self._clock = clock
        self._max_idle = max_idle
        self._max_rooms = max_rooms
        self._store = store
        self._rooms: OrderedDict[str, Room] = OrderedDict()

    def get(self, name: str, *, to_watch: bool = False) -> Room:
        """The room of that name, created if it does not exist.

        Args:
            name: the name.
            to_watch: whether it is only watched. Who only watches leaves a quarter of the rooms to cameras and editors.

        Raises:
            ValueError: the name is not 1–64 letters, digits, ``-`` or ``_``.
            TooManyRooms: a new one would be one too many.
        """
        _check_name(name)
        room = self._rooms.get(name)
        if room is None:
            limit = self._max_rooms - self._max_rooms // 4 if to_watch else self._max_rooms
            idle = [other for other in self._rooms.values() if other.spare]
            kept = min(max(0, self._max_idle - 1), max(0, limit - 1 - (len(self._rooms) - len(idle))))
            for old in idle[: len(idle) - kept]:
                del self._rooms[old.name]
            if len(self._rooms) >= limit:
                raise TooManyRooms(f"there are {len(self._rooms)} rooms, as many as are allowed")
            room = self._rooms[name] = self._new(name)
        self._rooms.move_to_end(name)
        return room

    def look(self, name: str) -> Room:
        """The room of that name for reading; an empty one that is not kept if it does not exist.

        Raises:
            ValueError: the name is not a room's.
        """
        _check_name(name)
        return self._rooms.get(name) or self._new(name)

    def _new(self, name: str) -> Room:
        pauses = self._chosen_pauses.get(name, self._pauses)
        store = None if is_practice(name) else self._store
        return Room(name, self._model_name, self._letters, clock=self._clock, store=store, pauses=pauses)

    async def choose_pauses(self, room: Room, pauses: PauseRule) -> None:
        """Set how long the signer of a room pauses until a word or a sentence ends; kept on disk if text is.

        Raises:
            sqlite3.Error: it cannot be stored; it applies until the server ends.
        """
        room.pauses = self._chosen_pauses[room.name] = pauses
        if self._store is not None:
            await asyncio.wrap_future(self._store.keep_pauses(room.name, pauses))

    def names(self) -> list[str]:
        """Names of the rooms that are in use or have text, in memory or on disk, sorted, without practice rooms."""
        here = {room.name for room in self._rooms.values() if not room.empty and not is_practice(room.name)}
        return sorted(here | set(self._store.rooms() if self._store else []))

    def all(self) -> list[Room]:
        """All rooms, the most recently used last."""
        return list(self._rooms.values())

    @property
    def viewers(self) -> int:
        """Viewers in all rooms, cameras that receive the captions among them."""
        return sum(len(room._viewers) for room in self._rooms.values())

    def viewers_of(self, name: str) -> int:
        """Viewers of one room."""
        room = self._rooms.get(name)
        return 0 if room is None else len(room._viewers)

    def read_by(self, model_name: str, letters: Sequence[str]) -> None:
        """Publish in every room, and use for new rooms, that another model reads from now on."""
        self._model_name, self._letters = model_name, tuple(letters)
        for room in self.all():
            room.read_by(model_name, letters)

    def close(self, reason: str = "The server is stopping.") -> None:
        """End every viewer's stream in every room."""
        for room in self.all():
            room.close(reason)


def _check_name(name: str) -> None:
    if not ROOM_PATTERN.fullmatch(name):
        raise ValueError(f"a room's name is 1 to 64 letters, digits, - or _, not {name[:80]!r}")
