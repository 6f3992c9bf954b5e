"""The rooms' durable log on NATS: one JetStream stream, one subject a room.

A message holds the events that one process wrote together. It is stored only if the room's newest message is the one
that the writer knew (``Nats-Expected-Last-Subject-Sequence``), so that many processes write to one log without an
owner, and only once (``Nats-Msg-Id``), so that it may be sent again until it is acknowledged.

Practice is in a stream of its own, which NATS keeps in memory and for an hour.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api
from nats.js.errors import BadRequestError, NotFoundError

from streamsign.captions.events import KeptEvent
from streamsign.captions.log import MAX_EVENTS
from streamsign.captions.protocol import is_practice
from streamsign.cluster.connection import AWAY, REQUEST_S, WRONG_LAST_SEQUENCE, jetstream, reason
from streamsign.cluster.messages import StoredEvents, read

LOG_ID = "Streamsign-Log"
"""Header of a message: the log that its events belong to. Another one starts when the text is deleted."""

DUPLICATE_WINDOW_S = 120.0
"""Time for which JetStream knows the ids of messages. A writer also looks for its own id in what it reads."""

PRACTICE_AGE_S = 3600.0
PRACTICE_BYTES = 64 * 2**20

_LOADS_AT_ONCE = 32
_LOOK_S = 0.1
_LIMITS = ("max_age", "max_msgs_per_subject", "duplicate_window")


class LogAway(Exception):
    """NATS does not answer, or does not take a message now."""


class WrongLastSequence(Exception):
    """The room's log has a newer message than the writer knew."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of the log.

    Attributes:
        sequence: its number in the stream, which counts the messages of all rooms.
        log_id: the log that the events belong to.
        message_id: made by its writer, unique.
        events: in order, at least one.
    """

    sequence: int
    log_id: str
    message_id: str
    events: tuple[KeptEvent, ...]


class Ack(NamedTuple):
    """Where a message was stored.

    Attributes:
        sequence: its number in the stream.
        before: whether it was there already.
    """

    sequence: int
    before: bool


@dataclass(frozen=True, slots=True)
class _Stream:
    name: str
    prefix: str
    storage: api.StorageType
    max_age_s: float
    max_bytes: int = -1

    @property
    def config(self) -> api.StreamConfig:
        return api.StreamConfig(
            name=self.name,
            description="Captions of streamsign.",
            subjects=[f"{self.prefix}.*"],
            storage=self.storage,
            max_msgs_per_subject=MAX_EVENTS,
            max_age=self.max_age_s,
            max_bytes=self.max_bytes,
            duplicate_window=min(DUPLICATE_WINDOW_S, self.max_age_s or DUPLICATE_WINDOW_S),
            allow_direct=True,
            republish=api.RePublish(src=f"{self.prefix}.>", dest="streamsign.published.>"),
        )


def published_subject(room: str) -> str:
    """Subject on which NATS publishes each message of a room's log after it was stored."""
    return f"streamsign.published.{room}"


class StreamLog:
    """The logs of all rooms.

    Args:
        client: the connection to NATS.
        retention_s: seconds for which events are kept; None keeps them until newer ones take their place.
    """

    def __init__(self, client: Client, retention_s: float | None = None) -> None:
        self.client = client
        self.retries = self.conflicts = self.lost = 0
        """Counts of all rooms that this process has had open: messages without an answer, messages before which another
        process wrote, and changes that were not stored."""
        self._js = jetstream(client)
        self._captions = _Stream("STREAMSIGN_CAPTIONS", "streamsign.log", api.StorageType.FILE, retention_s or 0.0)
        self._practice = _Stream(
            "STREAMSIGN_PRACTICE", "streamsign.practice", api.StorageType.MEMORY, PRACTICE_AGE_S, PRACTICE_BYTES
        )

    async def prepare(self) -> None:
        """Make the streams if they do not exist, and change their limits if those of this process are others.

        Raises:
            LogAway: NATS does not answer, or refuses.
        """
        for stream in (self._captions, self._practice):
            wanted = stream.config
            try:
                try:
                    there = (await self._js.stream_info(stream.name)).config
                except NotFoundError:
                    await self._js.add_stream(wanted)
                    continue
                limits = {name: getattr(wanted, name) for name in _LIMITS}
                if any(getattr(there, name) != limit for name, limit in limits.items()):
                    await self._js.update_stream(replace(there, **limits))
            except AWAY as error:
                raise LogAway(reason(error)) from error

    async def append(self, room: str, log_id: str, message_id: str, events: Sequence[KeptEvent], after: int) -> Ack:
        """Store events behind the room's message number ``after``; 0 for a room without messages.

        Returns:
            Where it is; a message of this id that is stored already may have other events.

        Raises:
            WrongLastSequence: another message is the room's newest one.
            LogAway: it is not known whether it was stored.
        """
        self._require_connection()
        stream = self._stream(room)
        headers = {
            api.Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(after),
            api.Header.MSG_ID.value: message_id,
            LOG_ID: log_id,
        }
        payload = StoredEvents(events=list(events)).encoded()
        try:
            ack = await self._while_connected(self._js.publish(f"{stream.prefix}.{room}", payload, headers=headers))
        except BadRequestError as error:
            if error.err_code == WRONG_LAST_SEQUENCE:
                raise WrongLastSequence from None
            raise LogAway(reason(error)) from error
        except AWAY as error:
            raise LogAway(reason(error)) from error
        return Ack(ack.seq, bool(ack.duplicate))

    async def _while_connected(self, publishing: Awaitable[api.PubAck]) -> api.PubAck:
        """The answer, or an error as soon as the connection that it would have come on was lost."""
        reconnects, task = self.client.stats["reconnects"], asyncio.ensure_future(publishing)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # retrieve its error
        try:
            while not (await asyncio.wait([task], timeout=_LOOK_S))[0]:
                if self.client.stats["reconnects"] != reconnects:
                    raise LogAway("the connection to NATS was lost")
            return task.result()
        finally:
            task.cancel()

    def _require_connection(self) -> None:
        """Keep the client from sending later what it cannot send now."""
        if not self.client.is_connected:
            raise LogAway("the connection to NATS is lost")

    async def newest(self, room: str) -> int:
        """Number of the room's newest message; 0 for a room without messages.

        Raises:
            LogAway: NATS does not answer.
        """
        stream = self._stream(room)
        try:
            return (await self._js.get_last_msg(stream.name, f"{stream.prefix}.{room}")).seq or 0
        except NotFoundError:
            return 0
        except AWAY as error:
            raise LogAway(reason(error)) from error

    async def last_of_all(self, room: str) -> int:
        """Number of the newest message of all rooms, which a deletion does not lower.

        Raises:
            LogAway: NATS does not answer.
        """
        try:
            return (await self._js.stream_info(self._stream(room).name)).state.last_seq
        except NotFoundError:
            return 0
        except AWAY as error:
            raise LogAway(reason(error)) from error

    async def load(self, room: str, after: int = 0) -> list[StoredMessage]:
        """The room's messages with a number above ``after``, in order.

        Raises:
            LogAway: NATS does not answer.
        """
        stream, inbox = self._stream(room), self.client.new_inbox()
        config = api.ConsumerConfig(
            deliver_subject=inbox,
            filter_subject=f"{stream.prefix}.{room}",
            ack_policy=api.AckPolicy.NONE,
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE if after else api.DeliverPolicy.ALL,
            opt_start_seq=after + 1 if after else None,
            mem_storage=True,
            inactive_threshold=5.0,
        )
        found: list[StoredMessage] = []
        try:
            subscription = await self.client.subscribe(inbox)
            try:
                info = await self._js.add_consumer(stream.name, config)
                left = (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)
                while left:
                    message = await subscription.next_msg(timeout=REQUEST_S)
                    if (stored := stored_message(message)) is not None:
                        found.append(stored)
                    left = message.metadata.num_pending
            finally:
                with contextlib.suppress(nats.errors.Error):  # without a subscriber it ends by itself
                    await subscription.unsubscribe()
            await self.client.publish(f"$JS.API.CONSUMER.DELETE.{stream.name}.{info.name}")
        except NotFoundError:
            return []
        except AWAY as error:
            raise LogAway(reason(error)) from error
        return found

    async def delete(self, room: str) -> None:
        """Delete all messages of a room.

        Raises:
            LogAway: NATS does not answer.
        """
        self._require_connection()
        stream = self._stream(room)
        try:
            await self._js.purge_stream(stream.name, subject=f"{stream.prefix}.{room}")
        except NotFoundError:
            return
        except AWAY as error:
            raise LogAway(reason(error)) from error

    async def rooms(self) -> list[str]:
        """Names of the rooms that have messages, without practice rooms.

        Raises:
            LogAway: NATS does not answer.
        """
        prefix = f"{self._captions.prefix}."
        try:
            info = await self._js.stream_info(self._captions.name, subjects_filter=f"{prefix}>")
        except NotFoundError:
            return []
        except AWAY as error:
            raise LogAway(reason(error)) from error
        return sorted(subject.removeprefix(prefix) for subject in info.state.subjects or {})

    async def newest_s(self) -> dict[str, float]:
        """When the newest message of each room was stored, Unix seconds, without practice rooms.

        Raises:
            LogAway: NATS does not answer.
        """
        places = asyncio.Semaphore(_LOADS_AT_ONCE)

        async def stored_s(room: str) -> float | None:
            async with places:
                try:
                    found = await self._js.get_last_msg(
                        self._captions.name, f"{self._captions.prefix}.{room}", direct=True
                    )
                except NotFoundError:  # deleted meanwhile
                    return None
                return found.time.timestamp() if found.time else None

        rooms = await self.rooms()
        try:
            times_s = await asyncio.gather(*map(stored_s, rooms))
        except AWAY as error:
            raise LogAway(reason(error)) from error
        return {room: time_s for room, time_s in zip(rooms, times_s, strict=True) if time_s is not None}

    def _stream(self, room: str) -> _Stream:
        return self._practice if is_practice(room) else self._captions


def stored_message(message: Msg) -> StoredMessage | None:
    """The message of the log in a NATS message that was read or published again.

    Returns:
        None if it is not a message of the log, or is of a release whose events cannot be read.
    """
    headers = message.headers or {}
    sequence = headers.get("Nats-Sequence") or (str(message.metadata.sequence.stream) if message.reply else "")
    content = read(StoredEvents, message.data)
    if content is None or LOG_ID not in headers or not sequence.isdecimal():
        return None
    message_id = headers.get(api.Header.MSG_ID.value, "")
    return StoredMessage(int(sequence), headers[LOG_ID], message_id, tuple(content.events))
