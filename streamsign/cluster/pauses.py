"""The pauses that were chosen for rooms, the same in all processes of a cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import KeyValueConfig
from nats.js.errors import BucketNotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from streamsign.cluster.connection import AWAY, REQUEST_S, jetstream, reason
from streamsign.cluster.log import LogAway
from streamsign.recognition.pauses import PauseRule

BUCKET = "STREAMSIGN_PAUSES"
SUBJECT = "streamsign.pauses"
"""Subject prefix on which a choice is published after it was stored; the room's name follows."""


class ChosenPauses:
    """The choices, read from NATS and followed.

    Args:
        client: the connection to NATS.
        on_choice: called with a room's name and the pauses that were chosen for it.
    """

    def __init__(self, client: Client, on_choice: Callable[[str, PauseRule], None]) -> None:
        self._client = client
        self._on_choice = on_choice
        self._by_room: dict[str, PauseRule] = {}
        self._subscription: Subscription | None = None

    def of(self, room: str) -> PauseRule | None:
        """The choice for a room; None if its pauses were not chosen."""
        return self._by_room.get(room)

    async def open(self) -> None:
        """Read the choices and follow them.

        Raises:
            LogAway: NATS does not answer.
        """
        try:
            self._subscription = await self._client.subscribe(f"{SUBJECT}.*", cb=self._hear)
            await self._read()
        except AWAY as error:
            raise LogAway(reason(error)) from error

    async def load(self) -> None:
        """Read the choices again, if NATS answers."""
        with contextlib.suppress(*AWAY):
            await self._read()

    async def choose(self, room: str, pauses: PauseRule) -> None:
        """Store a choice, and let the other processes use it.

        Raises:
            LogAway: NATS does not answer; this process uses it.
        """
        self._by_room[room] = pauses
        content = pauses.model_dump_json().encode()
        try:
            await (await self._bucket()).put(room, content)
            await self._client.publish(f"{SUBJECT}.{room}", content)
        except AWAY as error:
            raise LogAway(reason(error)) from error

    async def close(self) -> None:
        """Stop following the choices."""
        if self._subscription is not None:
            with contextlib.suppress(nats.errors.Error):
                await self._subscription.unsubscribe()

    async def _hear(self, message: Msg) -> None:
        self._use(message.subject.removeprefix(f"{SUBJECT}."), message.data)

    async def _read(self) -> None:
        watcher = await (await self._bucket()).watchall()
        try:
            while (entry := await watcher.updates(REQUEST_S)) is not None:  # type: ignore[no-untyped-call]
                self._use(entry.key, entry.value or b"")
        finally:
            await watcher.stop()  # type: ignore[no-untyped-call]

    def _use(self, room: str, content: bytes) -> None:
        with contextlib.suppress(ValidationError):  # of another release
            pauses = PauseRule.model_validate_json(content, extra="ignore")
            self._by_room[room] = pauses
            self._on_choice(room, pauses)

    async def _bucket(self) -> KeyValue:
        js = jetstream(self._client)
        try:
            return await js.key_value(BUCKET)
        except BucketNotFoundError:
            return await js.create_key_value(
                KeyValueConfig(BUCKET, "Pauses chosen for rooms of streamsign.", history=1)
            )
