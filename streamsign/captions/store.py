"""The captions on disk: every letter and edit of every room, durable before it is published.

SQLite in WAL mode with ``synchronous=FULL``: a commit is on the disk when it returns, so neither ``kill -9`` nor a
power cut takes back what a viewer has seen. One thread writes; what waits while it commits goes into the next commit.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from streamsign.captions.events import Edit, KeptEvent, Letter, event_adapter
from streamsign.captions.log import MAX_TEXT
from streamsign.recognition.pauses import PauseRule

logger = logging.getLogger(__name__)

WHOLE_TEXT_EVERY = 64
"""One event in so many is stored with the room's whole text; the text of others follows from the one before."""

PRUNE_EVERY_S = 3600.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rooms (name TEXT PRIMARY KEY, log_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    room TEXT NOT NULL, seq INTEGER NOT NULL, stored_s REAL NOT NULL, whole INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (room, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_by_age ON events (stored_s);
CREATE TABLE IF NOT EXISTS pauses (room TEXT PRIMARY KEY, word_s REAL NOT NULL, sentence_s REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A room's log as it was stored.

    Attributes:
        log_id: its identity.
        events: its newest events, in order and without gaps.
    """

    log_id: str
    events: list[KeptEvent]


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """What the writer did: events and commits so far, events that wait, and seconds the longest commit took."""

    events: int
    commits: int
    waiting: int
    longest_commit_s: float


@dataclass(frozen=True, slots=True)
class _Append:
    room: str
    log_id: str
    event: KeptEvent
    done: Callable[[Exception | None], None]


_Work = _Append | Callable[[sqlite3.Connection], None] | None


class EventStore:
    """The rooms' events in one SQLite file.

    Args:
        file: made when it is not there, readable by its owner only. A damaged one is set aside.
        retention_s: seconds for which events are kept; None keeps them for ever.
        clock: Unix seconds.

    Raises:
        OSError: the file cannot be made.
        sqlite3.Error: the file cannot be used.
    """

    def __init__(self, file: Path, retention_s: float | None = None, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._retention_s = retention_s
        self._clock = clock
        self._work: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._events = self._commits = 0
        self._longest_s = 0.0
        self._reader = _opened(file)
        self._writer = threading.Thread(target=self._run, name="caption-log", daemon=True)
        self._writer.start()

    def append(self, room: str, log_id: str, event: KeptEvent, done: Callable[[Exception | None], None]) -> None:
        """Store an event; ``done`` is called in the writer's thread when it is durable, or with what went wrong."""
        self._work.put(_Append(room, log_id, event, done))

    def load(self, room: str, newest: int) -> StoredLog | None:
        """The newest events of a room, at most about that many; None if nothing of it is stored."""
        found = self._reader.execute("SELECT log_id FROM rooms WHERE name = ?", (room,)).fetchone()
        if found is None:
            return None
        (last,) = self._reader.execute("SELECT max(seq) FROM events WHERE room = ?", (room,)).fetchone()
        # A letter's text is known from the last whole text on.
        (first,) = self._reader.execute(
            "SELECT min(seq) FROM events WHERE room = ? AND whole AND seq > ?", (room, (last or 0) - newest)
        ).fetchone()
        rows = self._reader.execute(
            "SELECT event FROM events WHERE room = ? AND seq >= ? ORDER BY seq", (room, first or 0)
        )
        return StoredLog(str(found[0]), _whole([text for (text,) in rows]))

    def rooms(self) -> list[str]:
        """Names of the rooms of which something is stored."""
        return [name for (name,) in self._reader.execute("SELECT name FROM rooms ORDER BY name")]

    def pauses(self) -> dict[str, PauseRule]:
        """Return the pauses chosen for each room, by room name.

        Rows that :class:`PauseRule` rejects, as an earlier release may have written, are skipped.
        """
        chosen = {}
        for room, word_s, sentence_s in self._reader.execute("SELECT room, word_s, sentence_s FROM pauses"):
            with contextlib.suppress(ValidationError):
                chosen[str(room)] = PauseRule(word_s=word_s, sentence_s=sentence_s)
        return chosen

    def keep_pauses(self, room: str, pauses: PauseRule) -> Future[None]:
        """Store the pauses chosen for a room."""

        def keep(database: sqlite3.Connection) -> None:
            with database:
                row = (room, pauses.word_s, pauses.sentence_s)
                database.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?, ?)", row)

        return self._do(keep)

    def newest_s(self) -> dict[str, float]:
        """When the newest event of each room was stored, Unix seconds."""
        # One look into the primary key for each room; a GROUP BY reads all events.
        newest = "SELECT stored_s FROM events WHERE room = name ORDER BY seq DESC LIMIT 1"
        rows = self._reader.execute(f"SELECT name, ({newest}) FROM rooms")  # noqa: S608 - constant
        return {name: stored_s for name, stored_s in rows if stored_s is not None}

    def delete(self, room: str) -> Future[None]:
        """Delete a room's events for good: overwritten in the file, and gone from the write-ahead log."""

        def delete(database: sqlite3.Connection) -> None:
            with database:
                database.execute("DELETE FROM events WHERE room = ?", (room,))
                database.execute("DELETE FROM rooms WHERE name = ?", (room,))
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        return self._do(delete)

    def replace(self, room: str, log_id: str, events: list[KeptEvent]) -> Future[None]:
        """Store a log in place of what is stored of a room, all of it or nothing."""

        def replace(database: sqlite3.Connection) -> None:
            with database:
                database.execute("DELETE FROM events WHERE room = ?", (room,))
                database.execute("INSERT OR REPLACE INTO rooms VALUES (?, ?)", (room, log_id))
                now_s = self._clock()
                database.executemany(
                    "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                    [
                        (room, event.seq, now_s, *_stored(event, first=number == 0))
                        for number, event in enumerate(events)
                    ],
                )

        return self._do(replace)

    def prune(self) -> Future[None]:
        """Delete what is older than the retention."""

        def prune(database: sqlite3.Connection) -> None:
            if self._retention_s is None:
                return
            before_s = self._clock() - self._retention_s
            with database:
                # Up to a whole text, so that what stays can be read.
                database.execute(
                    "DELETE FROM events WHERE stored_s < ? AND seq < (SELECT max(seq) FROM events AS kept "
                    "WHERE kept.room = events.room AND kept.whole AND kept.stored_s < ?)",
                    (before_s, before_s),
                )
                idle = "SELECT room FROM events GROUP BY room HAVING max(stored_s) < ?"
                database.execute(f"DELETE FROM rooms WHERE name IN ({idle})", (before_s,))  # noqa: S608 - constant
                database.execute("DELETE FROM events WHERE room NOT IN (SELECT name FROM rooms)")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        return self._do(prune)

    def close(self) -> None:
        """Store what waits, and end; closing twice changes nothing."""
        if self._writer.is_alive():
            self._work.put(None)
            self._writer.join()
        self._reader.close()

    def statistics(self) -> StoreStatistics:
        """What the writer did."""
        return StoreStatistics(self._events, self._commits, self._work.qsize(), self._longest_s)

    def _do(self, act: Callable[[sqlite3.Connection], None]) -> Future[None]:
        done: Future[None] = Future()

        def work(database: sqlite3.Connection) -> None:
            try:
                act(database)
                done.set_result(None)
            except Exception as error:
                done.set_exception(error)

        self._work.put(work)
        return done

    # In the writer's thread.

    def _run(self) -> None:
        database = _opened(self._file)
        next_prune_s = 0.0
        with contextlib.closing(database):
            ended = False
            while not ended:
                batch: list[_Append] = []
                acts: list[Callable[[sqlite3.Connection], None]] = []
                try:
                    wait_s = max(0.0, next_prune_s - time.monotonic())
                    work: _Work = self._work.get(timeout=wait_s)
                except queue.Empty:
                    next_prune_s = time.monotonic() + PRUNE_EVERY_S
                    self.prune()
                    continue
                while True:
                    if work is None:
                        ended = True
                    elif isinstance(work, _Append):
                        batch.append(work)
                    else:
                        acts.append(work)
                        break  # in order: what comes after it belongs to what it leaves
                    try:
                        work = self._work.get_nowait()
                    except queue.Empty:
                        break
                if batch:
                    self._commit(database, batch)
                for act in acts:
                    act(database)

    def _commit(self, database: sqlite3.Connection, batch: list[_Append]) -> None:
        began_s = time.perf_counter()
        failure: Exception | None = None
        try:
            with database:
                for each in batch:
                    database.execute("INSERT OR IGNORE INTO rooms VALUES (?, ?)", (each.room, each.log_id))
                    database.execute(
                        "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                        (each.room, each.event.seq, self._clock(), *_stored(each.event)),
                    )
        except sqlite3.Error as error:
            failure = error
        self._events += len(batch)
        self._commits += 1
        self._longest_s = max(self._longest_s, time.perf_counter() - began_s)
        for each in batch:
            each.done(failure)


def _stored(event: KeptEvent, *, first: bool = False) -> tuple[bool, str]:
    whole = first or not isinstance(event, Letter) or event.seq % WHOLE_TEXT_EVERY == 1
    return whole, event.model_dump_json(exclude={"stages_ms"} if whole else {"stages_ms", "text"})


def _whole(stored: list[str]) -> list[KeptEvent]:
    """The events, with the texts of letters that were stored without."""
    events: list[KeptEvent] = []
    for line in stored:
        values = json.loads(line)
        if "text" not in values:
            values["text"] = (events[-1].text + values["letter"])[-MAX_TEXT:]
        event = event_adapter.validate_python(values)
        assert isinstance(event, Letter | Edit)  # noqa: S101 - nothing else is stored
        events.append(event)
    return events


def _opened(file: Path) -> sqlite3.Connection:
    try:
        return _connected(file)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, full, forbidden: it is not damaged
            raise
        aside = file.with_name(f"{file.stem}.damaged-{int(time.time())}{file.suffix}")
        logger.error("%s is damaged (%s); it is kept as %s and the log starts again", file, error, aside.name)
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        file.rename(aside)
        return _connected(file)


def _connected(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)
    # Made in one thread and closed in another; each is used by one thread at a time.
    database = sqlite3.connect(file, check_same_thread=False, timeout=10)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF"):
            database.execute(f"PRAGMA {pragma}")
        database.executescript(_SCHEMA)
    except BaseException:
        database.close()
        raise
    return database
