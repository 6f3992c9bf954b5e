"""Orders the offers for one room: of two phones that come to two gateways at once, the second finds the first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import BadRequestError, KeyWrongLastSequenceError, NoStreamResponseError
from nats.js.kv import KeyValue

from streamsign.cluster.connection import AWAY, jetstream, reason
from streamsign.server.http.problems import Problem

logger = logging.getLogger(__name__)

BUCKET = "STREAMSIGN_CLAIMS"

CLAIM_S = 6.0
"""Time after which the claim of a gateway that was killed ends."""

_AGAIN_S = 0.05


class Claims:
    """Claims of rooms, in a NATS key-value bucket.

    Args:
        client: connection to NATS.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._bucket: KeyValue | None = None

    @asynccontextmanager
    async def hold(self, room: str) -> AsyncIterator[None]:
        """Hold a room's claim in the block; waits for another process that holds it.

        Raises:
            Problem: 503, NATS does not answer.
        """
        try:
            async with asyncio.timeout(CLAIM_S + 2):
                bucket, revision = await self._take(room)
        except AWAY as error:
            raise Problem(
                503, "nats_away", "NATS does not answer.", "Try again in some seconds.", {"Retry-After": "2"}
            ) from error
        try:
            yield
        finally:
            try:
                await bucket.delete(room, last=revision)
            except AWAY as error:
                logger.warning("the claim of a room ends later room=%s error=%s", room, reason(error))

    async def _take(self, room: str) -> tuple[KeyValue, int]:
        while True:
            bucket = self._bucket = self._bucket or await self._made()
            try:
                return bucket, await bucket.create(room, b"")
            except KeyWrongLastSequenceError:
                await asyncio.sleep(_AGAIN_S)
            except NoStreamResponseError:  # NATS keeps the bucket in memory, and was restarted
                self._bucket = None

    async def _made(self) -> KeyValue:
        js = jetstream(self._client)
        try:
            return await js.create_key_value(KeyValueConfig(bucket=BUCKET, ttl=CLAIM_S, storage=StorageType.MEMORY))
        except BadRequestError:  # made by a release with other settings
            return await js.key_value(BUCKET)
