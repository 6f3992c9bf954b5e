"""A table of numbers in a bucket of a real NATS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from pydantic import SecretStr, TypeAdapter

from streamsign.cluster.bucket import Bucket
from streamsign.cluster.bucket_table import BucketTable
from streamsign.cluster.connection import NatsAddress, close, connect

NAME = "NUMBERS"


@asynccontextmanager
async def numbers(url: str, lost: list[int] | None = None) -> AsyncIterator[tuple[Client, BucketTable[int]]]:
    """The table on a connection of its own.

    Args:
        url: of NATS.
        lost: gets the number of entries each time the bucket was lost.
    """
    client = await connect(NatsAddress(SecretStr(url)), "a test")

    async def when_lost() -> None:
        if lost is not None:
            lost.append(len(table.entries()))

    bucket = Bucket(client, NAME, when_lost=when_lost)
    table = BucketTable(bucket, "numbers", TypeAdapter(int))
    await bucket.open()
    try:
        yield client, table
    finally:
        await bucket.close()
        await close(client)
