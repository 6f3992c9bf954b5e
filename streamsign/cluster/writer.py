"""Writes what one process adds to a room's log on NATS: in order, each once, and only on top of what others wrote."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from streamsign.captions.events import KeptEvent, Letter
from streamsign.captions.log import CaptionLog
from streamsign.captions.room import LogUnavailable
from streamsign.cluster.connection import end
from streamsign.cluster.log import LogAway, StoredMessage, StreamLog, WrongLastSequence
from streamsign.cluster.replica import Replica
from streamsign.recognition.events import Commit

logger = logging.getLogger(__name__)

MAX_WAITING = 2_000
"""Changes of one room that wait while NATS is away: a quarter of an hour of signing at two letters a second."""

MAX_TOGETHER = 64
"""Changes that go into one message, if more than one waits."""

MAX_MESSAGE_CHARS = 256_000
"""Characters of text in one message. Each event carries the room's text, and NATS takes 1 MiB."""

RETRY_S = 0.1
"""Pause until a message is sent again. One that was stored meanwhile is recognized by its id."""

SETTLE_S = 0.3
"""Pause after a new connection to NATS. It writes to the disk after it acknowledges, so that a restart may lose the
newest messages; the processes that have them store them again when they are connected."""

OTHERS_S = 0.02
"""Wait for the message of another process that was stored first, before the stream is asked for it."""

Change = Callable[[CaptionLog], KeptEvent | None]
"""Writes to a draft of the room's log, which is up to date. Returns its last event, or None if it wrote nothing.

It may be called several times, each time with a newer log.
"""


@dataclass(eq=False)
class Intent:
    """A change on its way.

    Attributes:
        change: writes it.
        done: its last event, once it is stored.
        sent: whether a message with it may be stored already.
    """

    change: Change
    done: asyncio.Future[KeptEvent | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    sent: bool = False


@dataclass(frozen=True, slots=True)
class WriterStatistics:
    """Counts of one room's writer.

    Attributes:
        waiting: changes that are not stored yet.
        refused: changes that came while as many waited as are allowed.
        messages: messages stored.
        conflicts: times that another process was first.
        retries: times that NATS did not answer.
    """

    waiting: int
    refused: int
    messages: int
    conflicts: int
    retries: int


class NewestRefusedWriter:
    """The changes of one process to one room. At most :data:`MAX_WAITING` wait; then the newest is refused.

    Args:
        room: name of the room.
        stream: the log on NATS.
        replica: the copy of the room's log.
        name: of this process, unique for ever.
        max_waiting: changes that may wait.
    """

    def __init__(
        self, room: str, stream: StreamLog, replica: Replica, name: str, max_waiting: int = MAX_WAITING
    ) -> None:
        self._room = room
        self._stream = stream
        self._replica = replica
        self._name = name
        self._ids = (f"{name}:{room}:{number}" for number in itertools.count(1))
        self._max_waiting = max_waiting
        self._intents: deque[Intent] = deque()
        self._batch: list[Intent] = []
        self._acting = asyncio.Lock()
        self._work = asyncio.Event()
        self._refused = self._messages = self._conflicts = self._retries = 0
        self._task: asyncio.Task[None] | None = None
        self._reconnects = stream.client.stats["reconnects"]

    @property
    def waiting(self) -> int:
        """Changes that are not stored yet."""
        return len(self._intents) + len(self._batch)

    def write(self, change: Change) -> Intent:
        """Queue a change. The caller need not look at its result.

        Raises:
            LogUnavailable: as many changes wait as are allowed.
        """
        if self.waiting >= self._max_waiting:
            self._refused += 1
            self._stream.lost += 1
            raise LogUnavailable(f"{self.waiting} changes wait for NATS already")
        intent = Intent(change)
        intent.done.add_done_callback(_look_at)
        self._intents.append(intent)
        self._work.set()
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
        return intent

    def lost(self, messages: Sequence[StoredMessage]) -> None:
        """Write the letters and pauses again that this process had written, and that are lost."""
        for event in (each for message in messages if self._is_own(message) for each in message.events):
            logger.warning("NATS lost an acknowledged event, written again room=%s seq=%d", self._room, event.seq)
            with contextlib.suppress(LogUnavailable):
                self.write(partial(_again, event))

    def _is_own(self, message: StoredMessage) -> bool:
        return message.message_id.startswith(f"{self._name}:")

    def withdraw(self, intent: Intent) -> bool:
        """Take back a change; False if it may be stored already."""
        if intent.sent:
            return False
        for queued in (self._intents, self._batch):
            if intent in queued:
                queued.remove(intent)
        intent.done.cancel()
        return True

    async def settled(self) -> None:
        """Wait until all that was queued before is stored, or has failed."""
        queued = [*self._batch, *self._intents]
        if queued:
            await asyncio.wait([queued[-1].done])

    async def delete(self) -> None:
        """Delete the room's log, between two messages of this process, and start over.

        Raises:
            LogAway: NATS does not answer.
        """
        async with self._acting:
            await self._stream.delete(self._room)
            self._replica.start_over()
            await self._replica.catch_up()  # a message stored after the deletion may have come before its answer

    async def close(self) -> None:
        """Stop writing; what waits fails."""
        await end(self._task)
        self._stream.lost += self.waiting
        for intent in [*self._batch, *self._intents]:
            if not intent.done.done():
                intent.done.set_exception(LogUnavailable("the room was closed"))
        self._intents.clear()
        self._batch.clear()

    def statistics(self) -> WriterStatistics:
        """Counts up to now."""
        return WriterStatistics(self.waiting, self._refused, self._messages, self._conflicts, self._retries)

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            while self._intents:
                self._batch = [self._intents.popleft() for _ in range(min(MAX_TOGETHER, len(self._intents)))]
                async with self._acting:
                    try:
                        await self._store()
                    except Exception as error:  # the next change may be written
                        logger.exception("captions cannot be written room=%s", self._room)
                        self._fail(error)
                self._batch = []
            self._work.clear()

    async def _store(self) -> None:
        """Store the batch in one message; what does not fit into it is put back."""
        message_id = next(self._ids)
        self._replica.await_message(message_id)
        fresh = False
        while True:
            await self._let_others_settle()
            if self._replica.arrived is not None:  # its acknowledgment was lost
                break
            draft = self._replica.log.draft()
            results, refused = self._drafted(draft)
            if refused and not fresh:  # maybe only for the text that this process knows
                await self._catch_up()
                fresh = True
                continue
            for intent, error in refused:
                self._batch.remove(intent)
                _fail(intent, error)
            if not (events := draft.unpublished):
                break
            for intent in self._batch:
                intent.sent = True
            try:
                stored = await self._stream.append(self._room, draft.log_id, message_id, events, self._replica.sequence)
            except WrongLastSequence:
                self._conflicts += 1
                self._stream.conflicts += 1
                if not await self._replica.advanced(OTHERS_S):
                    await self._catch_up()
                continue
            except LogAway as error:
                self._retries += 1
                self._stream.retries += 1
                logger.debug("NATS does not take captions room=%s error=%s", self._room, error)
                await self._wait()
                continue
            self._messages += 1
            for event in events:  # not the letter: what a person signs stays in the caption log
                words = "Captions stored room=%s session=%s seq=%d message=%s stream_seq=%d"
                logger.debug(words, self._room, event.session or "-", event.seq, message_id, stored.sequence)
            message = StoredMessage(stored.sequence, draft.log_id, message_id, tuple(events))
            if stored.before or not self._replica.take(message):
                await self._catch_up()
            break
        stored_events = events if (arrived := self._replica.arrived) is None else arrived.events
        self._finish(results, events, stored_events)

    def _drafted(self, draft: CaptionLog) -> tuple[dict[Intent, KeptEvent | None], list[tuple[Intent, Exception]]]:
        results: dict[Intent, KeptEvent | None] = {}
        refused: list[tuple[Intent, Exception]] = []
        for number, intent in enumerate(self._batch):
            try:
                results[intent] = intent.change(draft)
            except Exception as error:
                refused.append((intent, error))
            if sum(len(event.text) for event in draft.unpublished) > MAX_MESSAGE_CHARS:
                self._intents.extendleft(reversed(self._batch[number + 1 :]))
                del self._batch[number + 1 :]
                break
        return results, refused

    def _finish(
        self,
        results: dict[Intent, KeptEvent | None],
        events: Sequence[KeptEvent],
        stored: Sequence[KeptEvent],
    ) -> None:
        """Hand each intent its event: the stored one, which another attempt may have drafted."""
        places = {id(event): number for number, event in enumerate(events)}
        for intent, event in results.items():
            if not intent.done.done():
                place = places.get(id(event), len(stored))
                intent.done.set_result(stored[place] if place < len(stored) else event)

    async def _catch_up(self) -> None:
        while True:
            try:
                await self._replica.catch_up()
            except LogAway:
                await self._wait()
            else:
                return

    async def _let_others_settle(self) -> None:
        """After a new connection, write nothing before those who have what NATS lost have stored it again."""
        while (reconnects := self._stream.client.stats["reconnects"]) != self._reconnects:
            await asyncio.sleep(SETTLE_S)
            self._reconnects = reconnects
            await self._catch_up()

    async def _wait(self) -> None:
        await asyncio.sleep(RETRY_S)
        if not self._stream.client.is_connected:
            return
        try:  # NATS may have come back without a stream that it keeps in memory
            await self._stream.prepare()
        except LogAway as error:
            logger.debug("the streams are not there error=%s", error)

    def _fail(self, error: Exception) -> None:
        for intent in self._batch:
            _fail(intent, error)


def _again(event: KeptEvent, log: CaptionLog) -> KeptEvent | None:
    if isinstance(event, Letter):
        ranked = tuple((each.letter, each.confidence) for each in event.alternatives)
        commit = Commit(event.letter, event.confidence, event.started_s, event.captured_s, ranked)
        return log.append_letter(event.session, commit, event.ledger)
    if event.session is None or event.action not in ("space", "line"):  # a person sees what became of an edit
        return None
    return log.edit(event.action, event.at_s, session=event.session)


def _fail(intent: Intent, error: Exception) -> None:
    if not intent.done.done():
        intent.done.set_exception(error)


def _look_at(done: asyncio.Future[KeptEvent | None]) -> None:
    """Keep asyncio from reporting an error that nobody waits for."""
    if not done.cancelled():
        done.exception()
