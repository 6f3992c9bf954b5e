"""A key-value bucket of JetStream, which every process of a cluster keeps in memory.

A bucket is a stream with one message a key. JetStream publishes each change once more after it has stored it
(republish), so that all processes hear of it at once. A change is a compare-and-set: JetStream rejects it if the key
was changed since it was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import Header, RePublish, StorageType, StreamConfig, StreamInfo
from nats.js.errors import BadRequestError, NotFoundError

from streamsign.cluster.connection import AWAY, WRONG_LAST_SEQUENCE, end, jetstream, reason
from streamsign.errors import StateUnavailable

logger = logging.getLogger(__name__)

CHECK_EVERY_S = 1.0
"""How often a bucket is checked: whether it is there, and whether a change was missed."""

MAX_ENTRY_BYTES = 65_536

_SENDS = 2
"""Times that a change is sent; JetStream takes the second one for the first by its message id."""

_OPERATION = "KV-Operation"


class Changed(Exception):
    """A key was changed since it was read."""


class Keeper(Protocol):
    """Keeps the entries of one prefix in memory.

    Attributes:
        lost: whether the bucket was deleted or restored from an older copy, so that changes may be missing.
    """

    lost: bool

    def take(self, name: str, content: bytes | None) -> None:
        """Use an entry as it is stored; None if it was deleted."""

    def clear(self) -> None:
        """Remove all entries: the bucket is empty."""

    def notify(self) -> None:
        """Call the listeners."""

    async def flush(self) -> None:
        """Store what could not be stored before.

        Raises:
            OSError: it still cannot.
        """


class Bucket:
    """A bucket.

    Args:
        client: the connection to NATS.
        name: of the bucket.
        ttl_s: seconds after which an entry is deleted that was not changed; 0 for never.
        in_memory: whether NATS keeps it in memory only.
        when_lost: called when the bucket was deleted, or restored from an older copy, after it was read again. Its
            tables count as lost until this has ended.
    """

    def __init__(
        self,
        client: Client,
        name: str,
        *,
        ttl_s: float = 0.0,
        in_memory: bool = False,
        when_lost: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._js = jetstream(client)
        self._name = name
        self._stream = f"KV_{name}"
        self._ttl_s = ttl_s
        self._in_memory = in_memory
        self._when_lost = when_lost
        self._keepers: dict[str, Keeper] = {}
        self._revisions: dict[str, int] = {}
        self._seen = 0
        self._behind = 0
        self._created: object = None
        self._reading = asyncio.Lock()
        self._subscription: Subscription | None = None
        self._checking: asyncio.Task[None] | None = None

    def add(self, prefix: str, keeper: Keeper) -> None:
        """Pass the keys ``<prefix>.<name>`` to a keeper; call this before :meth:`open`."""
        self._keepers[prefix] = keeper

    async def open(self) -> None:
        """Make the bucket if it does not exist, read it, and follow its changes until :meth:`close`.

        Raises:
            StateUnavailable: NATS does not answer.
        """
        try:
            self._subscription = await self._client.subscribe(f"{self._published}>", cb=self._hear)
            await self._make()
            await self._load()
        except AWAY as error:
            await self.close()
            raise self._unavailable(error) from error
        self._checking = asyncio.ensure_future(self._check_again_and_again())

    async def close(self) -> None:
        """Stop following the changes."""
        await end(self._checking)
        if self._subscription is not None:
            with contextlib.suppress(nats.errors.Error):
                await self._subscription.unsubscribe()

    async def check(self) -> None:
        """Look whether the bucket is there and whether a change was missed; read it again then.

        While NATS is away, what is in memory stays.
        """
        seen = self._seen
        try:
            info = await self._js.stream_info(self._stream)
        except NotFoundError:
            await self._start_over("it was deleted")
            return
        except AWAY:
            return
        if info.created != self._created:
            await self._start_over("it was deleted and made again")
        elif info.state.last_seq < seen:
            await self._start_over("it was restored from an older copy")
        elif self._seen < self._behind:  # a change that was there at the last check has not come
            await self._load_if_possible()
        self._behind = info.state.last_seq

    async def read(self, key: str) -> tuple[bytes | None, int]:
        """The content of a key, None if it was deleted, and its revision; None and 0 if it was never written.

        Raises:
            StateUnavailable: NATS does not answer.
        """
        self._require_connection()
        try:
            found = await self._js.get_last_msg(self._stream, f"$KV.{self._name}.{key}")
        except NotFoundError:
            return None, 0
        except AWAY as error:
            raise self._unavailable(error) from error
        deleted = bool(found.headers and _OPERATION in found.headers)
        return None if deleted else found.data or b"", found.seq or 0

    async def write(self, key: str, content: bytes | None, revision: int) -> int:
        """Write a key that has not been changed since a revision; the new revision. None deletes the key.

        Raises:
            Changed: it has been changed.
            StateUnavailable: NATS does not answer.
        """
        headers = {
            Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(revision),
            Header.MSG_ID.value: secrets.token_hex(12),
            **({_OPERATION: "DEL"} if content is None else {}),
        }
        failure: Exception | None = None
        for _ in range(_SENDS):
            self._require_connection()
            try:
                ack = await self._js.publish(f"$KV.{self._name}.{key}", content or b"", headers=headers)
            except BadRequestError as error:
                if error.err_code == WRONG_LAST_SEQUENCE:
                    raise Changed from None
                raise self._unavailable(error) from error
            except AWAY as error:
                failure = error
            else:
                return ack.seq
        assert failure is not None  # noqa: S101 - else it has returned
        raise self._unavailable(failure) from failure

    async def purge(self, key: str) -> None:
        """Delete a key without a mark that it was deleted.

        Raises:
            StateUnavailable: NATS does not answer.
        """
        self._require_connection()
        try:
            await self._js.purge_stream(self._stream, subject=f"$KV.{self._name}.{key}")
        except AWAY as error:
            raise self._unavailable(error) from error
        self._revisions.pop(key, None)

    def apply(self, key: str, content: bytes | None, revision: int, *, notify: bool = True) -> None:
        """Use the content of a key, unless a later one is used already."""
        if revision <= self._revisions.get(key, 0):
            return
        self._revisions[key] = revision
        self._seen = max(self._seen, revision)
        self._take(key, content)
        prefix = key.partition(".")[0]
        if notify and prefix in self._keepers:
            self._keepers[prefix].notify()

    @property
    def _published(self) -> str:
        return f"streamsign.state.{self._name}."

    async def _hear(self, message: Msg) -> None:
        headers = message.headers or {}
        sequence = headers.get("Nats-Sequence", "")
        if not sequence.isdecimal() or headers.get("Nats-Stream") != self._stream:  # not from JetStream
            return
        content = None if _OPERATION in headers else message.data
        self.apply(message.subject.removeprefix(self._published), content, int(sequence))

    async def _make(self) -> None:
        try:
            await self._js.stream_info(self._stream)
        except NotFoundError:
            await self._js.add_stream(
                StreamConfig(
                    name=self._stream,
                    description="State that the gateways of streamsign share.",
                    subjects=[f"$KV.{self._name}.>"],
                    max_msgs_per_subject=1,
                    max_age=self._ttl_s,
                    max_msg_size=MAX_ENTRY_BYTES,
                    storage=StorageType.MEMORY if self._in_memory else StorageType.FILE,
                    allow_rollup_hdrs=True,
                    deny_delete=True,
                    duplicate_window=min(120.0, self._ttl_s or 120.0),
                    republish=RePublish(src=f"$KV.{self._name}.>", dest=f"{self._published}>"),
                )
            )

    async def _load(self) -> None:
        """Read all keys. Keys that no longer exist are removed, unless they were written meanwhile."""
        async with self._reading:
            info: StreamInfo = await self._js.stream_info(self._stream)
            found: set[str] = set()
            watcher: Any = await (await self._js.key_value(self._name)).watchall()  # its methods have no types
            try:
                while (entry := await watcher.updates(5.0)) is not None:
                    found.add(entry.key)
                    content = None if entry.operation else entry.value
                    self.apply(entry.key, content, entry.revision, notify=False)
            finally:
                await watcher.stop()
            through = info.state.last_seq
            for key in [key for key, seen in self._revisions.items() if key not in found and seen <= through]:
                del self._revisions[key]
                self._take(key, None)
            self._seen = max(self._seen, through)
            self._created = info.created
        for keeper in self._keepers.values():
            keeper.notify()

    async def _load_if_possible(self) -> None:
        with contextlib.suppress(*AWAY):
            await self._load()

    async def _start_over(self, reason: str) -> None:
        """Read a bucket again that was deleted or restored from an older copy, so that changes may be missing."""
        if self._in_memory:  # as after each restart of NATS
            logger.info("a bucket in the memory of NATS is empty again bucket=%s", self._name)
        else:
            logger.error("the cluster's state is lost bucket=%s reason=%s", self._name, reason)
        for keeper in self._keepers.values():
            keeper.lost = True
            keeper.notify()
        self._revisions.clear()
        self._seen = self._behind = 0
        try:
            await self._make()
            for keeper in self._keepers.values():
                keeper.clear()
            await self._load()
            if self._when_lost is not None:
                await self._when_lost()
        except AWAY as error:  # at the next check it is tried again; until then everything is lost
            logger.warning("the cluster's state cannot be made again bucket=%s error=%s", self._name, error)
            self._created = None
            return
        for keeper in self._keepers.values():
            keeper.lost = False
            keeper.notify()

    async def _check_again_and_again(self) -> None:
        connections = self._client.stats["reconnects"]
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            if not self._client.is_connected:
                continue
            try:
                await self.check()
                if self._client.stats["reconnects"] != connections:  # what was published meanwhile was missed
                    connections = self._client.stats["reconnects"]
                    await self._load_if_possible()
                for keeper in self._keepers.values():
                    await keeper.flush()
            except OSError as error:
                logger.debug("a change is not stored yet bucket=%s error=%s", self._name, error)
            except Exception:
                logger.exception("the check of a bucket failed bucket=%s", self._name)

    def _take(self, key: str, content: bytes | None) -> None:
        prefix, _, name = key.partition(".")
        if (keeper := self._keepers.get(prefix)) is not None:
            keeper.take(name, content)

    def _require_connection(self) -> None:
        if not self._client.is_connected:
            raise self._unavailable(ConnectionError("NATS does not answer, the connection is lost"))

    def _unavailable(self, error: Exception) -> StateUnavailable:
        return StateUnavailable(f"The cluster's state cannot be read or changed: {reason(error)}.", NEXT_STEP)


NEXT_STEP = "Wait until NATS runs again, and try again."
"""What to do while NATS is away."""
