"""One process's copy of a room's log on NATS, kept equal to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from streamsign.captions.log import CaptionLog
from streamsign.cluster.log import StoredMessage, StreamLog, WrongLastSequence

logger = logging.getLogger(__name__)

KEPT_MESSAGES = 256
"""Newest messages that are kept to store them again where NATS lost them: it writes to the disk after it acknowledges.
Seconds of the fastest room."""


class Replica:
    """A copy of a room's log. Messages come in order; where one is missing the rest is read from the stream.

    Args:
        room: name of the room.
        stream: the log on NATS.
        log: the copy; nothing else writes to it.
        on_events: called after events were added.
        on_other_log: called after the copy has become one of another log.
        on_lost: called with messages that NATS lost, and that cannot be stored again in their place.
    """

    def __init__(
        self,
        room: str,
        stream: StreamLog,
        log: CaptionLog,
        on_events: Callable[[], None],
        on_other_log: Callable[[], None],
        on_lost: Callable[[Sequence[StoredMessage]], None] = lambda _: None,
    ) -> None:
        self.log = log
        self.sequence = 0
        """Number of the room's newest message that is in the copy; 0 without one."""
        self.awaited_id = ""
        """Id of the message that this process is storing."""
        self.arrived: StoredMessage | None = None
        """That message, once it is in the copy."""
        self.next_log_id: str | None = None
        """Identity of the next empty log, which the process that deletes the text has chosen; None for a new one."""
        self._room = room
        self._stream = stream
        self._on_events = on_events
        self._on_other_log = on_other_log
        self._on_lost = on_lost
        self._newest: deque[StoredMessage] = deque(maxlen=KEPT_MESSAGES)
        self._catching_up = asyncio.Lock()
        self._behind = False
        self._busy = False
        self._advanced = asyncio.Event()

    def await_message(self, message_id: str) -> None:
        """Look for a message of this id from now on."""
        self.awaited_id, self.arrived = message_id, None

    def take(self, message: StoredMessage) -> bool:
        """Add a message's events; False if others are missing before it. One that was added before counts as added."""
        if message.sequence <= self.sequence:
            return True
        if self._busy or message.log_id != self.log.log_id or message.events[0].seq != self.log.last_seq + 1:
            self._behind = True
            return False
        self._add(message)
        self._on_events()
        return True

    async def advanced(self, wait_s: float) -> bool:
        """Wait until another message is added; False if none came in time."""
        self._advanced.clear()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._advanced.wait(), wait_s)
        return self._advanced.is_set()

    async def catch_up(self) -> None:
        """Make the copy equal to the stream.

        Raises:
            LogAway: NATS does not answer.
        """
        async with self._catching_up:
            self._behind = True
            while self._behind:
                self._behind = False
                await self._catch_up()

    def start_over(self) -> None:
        """The text was deleted: continue with an empty log."""
        self._newest.clear()
        self.sequence = 0
        self.log.start_over(self.next_log_id)
        self.next_log_id = None
        self._on_other_log()

    async def _catch_up(self) -> None:
        known = self.sequence  # before NATS is asked: what is added meanwhile may be newer than the answer
        newest = await self._stream.newest(self._room)
        if self.sequence != known:  # what was added meanwhile may have been deleted since, or be newer than the answer
            self._behind = True
            return
        if newest == known:
            # A message of the deleted log may come later than the news of its deletion.
            if newest == 0 and self.next_log_id not in (None, self.log.log_id):
                self.start_over()
            return
        if newest < known and (newest or await self._stream.last_of_all(self._room) < known):
            with self._alone():
                stored = await self._store_again(newest)
            if not stored:
                await self._load_again()
        elif newest == 0:  # deleted, or older than the retention
            self.start_over()
        else:
            for message in await self._stream.load(self._room, known):
                if not self.take(message):
                    await self._load_again()
                    return

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Add no messages that are published meanwhile; the catching up reads them afterwards."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    async def _store_again(self, newest: int) -> bool:
        """Store the messages that NATS acknowledged and then lost. Each process that has them may: ids are unique."""
        lost = [message for message in self._newest if message.sequence > newest]
        kept = next((message for message in reversed(self._newest) if message.sequence <= newest), None)
        whole = kept.sequence == newest if kept is not None else newest == 0 and lost[:1] and lost[0].events[0].seq == 1
        if not whole:
            return False
        for number, message in enumerate(lost):
            try:
                newest, _ = await self._stream.append(
                    self._room, message.log_id, message.message_id, message.events, newest
                )
            except WrongLastSequence:  # others wrote something else in their place
                self._on_lost(lost[number:])
                return False
            self._newest[self._newest.index(message)] = replace(message, sequence=newest)
        self.sequence = newest
        logger.warning("NATS lost acknowledged captions, stored again room=%s messages=%d", self._room, len(lost))
        return True

    async def _load_again(self) -> None:
        with self._alone():
            messages = _newest_run(await self._stream.load(self._room))
        if not messages:
            if self.log.last_seq:
                self.start_over()
            return
        self._newest.clear()
        if self._continues(messages):  # the same events under other numbers of the stream
            for message in messages:
                if message.events[0].seq > self.log.last_seq:
                    self._add(message)
                else:
                    self._note(message)
            self._on_events()
            return
        self.log.start_over(messages[-1].log_id)
        for message in messages:
            self._add(message)
        self._on_other_log()

    def _continues(self, messages: list[StoredMessage]) -> bool:
        """Whether the messages contain the newest event of the copy."""
        if messages[-1].log_id != self.log.log_id or not self.log.last_seq:
            return False
        newest = self.log[self.log.last_seq]
        return any(message.events[-1] == newest for message in messages)

    def _add(self, message: StoredMessage) -> None:
        for event in message.events:
            self.log.follow(event)
        self._note(message)

    def _note(self, message: StoredMessage) -> None:
        self.sequence = message.sequence
        self._newest.append(message)
        if message.message_id == self.awaited_id:
            self.arrived = message
        self._advanced.set()


def _newest_run(messages: list[StoredMessage]) -> list[StoredMessage]:
    """The newest messages that are of one log and without a gap."""
    run: list[StoredMessage] = []
    for message in reversed(messages):
        if run and (message.log_id != run[-1].log_id or message.events[-1].seq + 1 != run[-1].events[0].seq):
            break
        run.append(message)
    return run[::-1]
