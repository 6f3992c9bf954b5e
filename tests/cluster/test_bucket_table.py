"""cluster/bucket_table.py: what a table makes of a bucket's keys; the contract of all tables is in test_tables.py."""

from __future__ import annotations

import asyncio
import logging

import pytest
from pydantic import SecretStr, TypeAdapter

from streamsign.cluster.bucket import Bucket
from streamsign.cluster.bucket_table import BucketTable
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.errors import StateUnavailable
from tests.cluster.buckets import NAME, numbers
from tests.nats_server import NatsServer, needs_nats, until

pytestmark = needs_nats


async def test_a_damaged_entry_is_named_and_can_be_written_over(
    nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are read; the log says it once."""
    async with numbers(nats.url) as (client, table):
        await table.update("b", lambda _: 1)
        await client.publish(f"$KV.{NAME}.numbers.a", b"{")
        await until(lambda: table.damaged == frozenset({"a"}))
        assert dict(table.entries()) == {"b": 1}
        async with numbers(nats.url) as (_, other):
            assert other.damaged == frozenset({"a"})
        await table.update("a", lambda value: 7 if value is None else 8)
        assert (table.get("a"), table.damaged) == (7, frozenset())
        await client.publish(f"$KV.{NAME}.unknown.a", b"{")
        await client.publish(f"$KV.{NAME}.numbers.=not-base64", b"1")
        await client.publish(f"streamsign.state.{NAME}.numbers.b", b"99")
        await client.flush()
        await asyncio.sleep(0.1)
        assert dict(table.entries()) == {"b": 1, "a": 7}
        async with numbers(nats.url) as (_, later):
            assert dict(later.entries()) == {"b": 1, "a": 7}
    assert caplog.text.count("cannot be read table=numbers name=a") == 2  # once a process


async def test_an_entry_that_is_too_long_is_refused(nats: NatsServer, caplog: pytest.LogCaptureFixture) -> None:
    """The bucket has a limit, and what is there stays."""
    caplog.set_level(logging.INFO)
    client = await connect(NatsAddress(SecretStr(nats.url)), "a test")
    bucket = Bucket(client, "TEXTS")
    table = BucketTable(bucket, "texts", TypeAdapter(str))
    await bucket.open()
    with pytest.raises(StateUnavailable, match="maximum"):
        await table.update("a", lambda _: "x" * 100_000)
    assert table.get("a") is None
    await bucket.close()
    await close(client)
