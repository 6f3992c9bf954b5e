"""cluster/bucket.py: tables in a real NATS that is stopped, emptied and damaged."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from pydantic import SecretStr, TypeAdapter

from streamsign.cluster.bucket import Bucket, BucketTable
from streamsign.cluster.connection import NatsAddress, close, connect, jetstream
from streamsign.errors import StateUnavailable
from tests.nats_server import NatsServer, needs_nats, running_nats, until

pytestmark = needs_nats

NAME = "NUMBERS"


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """A NATS with JetStream."""
    with running_nats(tmp_path) as server:
        yield server


@asynccontextmanager
async def _opened(nats: NatsServer, lost: list[int] | None = None) -> AsyncIterator[tuple[Client, BucketTable[int]]]:
    client = await connect(NatsAddress(SecretStr(nats.url)), "a test")

    async def when_lost() -> None:
        if lost is not None:
            lost.append(len(table.entries()))

    bucket = Bucket(client, NAME, when_lost=when_lost)
    table = bucket.table("numbers", TypeAdapter(int))
    await bucket.open()
    try:
        yield client, table
    finally:
        await bucket.close()
        await close(client)


async def test_others_hear_of_a_change_at_once(nats: NatsServer) -> None:
    """All kinds of names, changes and deletions come within a second, without a look at the bucket."""
    async with _opened(nats) as (_, first), _opened(nats) as (_, second):
        heard: list[int | None] = []
        second.listen(lambda: heard.append(second.get("2001:db8::/64")))
        for number in (1, 2, None):
            await first.update("2001:db8::/64", lambda _, number=number: number)  # type: ignore[misc]
            assert await until(lambda number=number: second.get("2001:db8::/64") == number) < 1.0  # type: ignore[misc]
        assert heard == [1, 2, None]


async def test_while_nats_is_away_reading_goes_on_and_writing_says_so(
    nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The error comes at once with the next step; a held change is stored as soon as NATS is back, and others hear."""
    async with _opened(nats) as (client, first), _opened(nats) as (_, second):
        await first.update("a", lambda _: 1)
        await until(lambda: second.get("a") == 1)
        nats.stop()
        await until(lambda: not client.is_connected)
        for hold in ("", "two"):
            begun_s = time.monotonic()
            with pytest.raises(StateUnavailable, match="NATS does not answer") as refused:
                await first.update("a", lambda _: 2, hold=hold)
            assert time.monotonic() - begun_s < 1.0
            assert "Wait until NATS runs again" in refused.value.next_step
            assert (first.get("a"), second.get("a")) == (2 if hold else 1, 1)
        nats.start()
        await until(lambda: second.get("a") == 2)
        assert not first.lost
    assert "lost bucket" not in caplog.text


async def test_what_was_changed_while_the_connection_was_lost_is_read(nats: NatsServer) -> None:
    """A process whose subscription missed changes has them within two checks."""
    async with _opened(nats) as (_, first), _opened(nats) as (client, second):
        await first.update("gone", lambda _: 1)
        await until(lambda: second.get("gone") == 1)
        (subscription,) = (each for each in client._subs.values() if each.subject.startswith("streamsign.state."))
        await subscription.unsubscribe()
        await client.flush()
        await first.update("a", lambda _: 5)
        await first.drop(["gone"])
        await until(lambda: dict(second.entries()) == {"a": 5})


async def test_a_bucket_that_was_deleted_is_lost_and_made_again(
    nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Its entries are gone, who depends on it is called while it counts as lost, and then it works again."""
    lost: list[int] = []
    states: list[bool] = []
    async with _opened(nats, lost) as (client, table):
        await table.update("a", lambda _: 1)
        table.listen(lambda: states.append(table.lost))
        await jetstream(client).delete_stream(f"KV_{NAME}")
        await until(lambda: bool(lost) and not table.lost)
        assert (lost, dict(table.entries())) == ([0], {})
        assert states[0]
        await table.update("a", lambda _: 2)
        assert table.get("a") == 2
    assert "it was deleted" in caplog.text


async def test_a_bucket_from_an_older_copy_is_lost(nats: NatsServer) -> None:
    """What was changed after the copy was made is not there any more, and the process that knew it notices."""
    lost: list[int] = []
    async with _opened(nats, lost) as (_, table):
        await table.update("a", lambda _: 1)
        nats.stop()
        shutil.copytree(nats.folder / "jetstream", nats.folder / "copy")
        nats.start()
        await asyncio.sleep(1.0)
        await table.update("a", lambda _: 2)
        nats.stop()
        nats.lose_everything()
        (nats.folder / "copy").rename(nats.folder / "jetstream")
        nats.start()
        await until(lambda: bool(lost) and not table.lost)
        assert dict(table.entries()) == {"a": 1}


async def test_a_damaged_entry_is_named_and_can_be_written_over(
    nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are read; the log says it once."""
    async with _opened(nats) as (client, table):
        await table.update("b", lambda _: 1)
        await client.publish(f"$KV.{NAME}.numbers.a", b"{")
        await until(lambda: table.damaged == frozenset({"a"}))
        assert dict(table.entries()) == {"b": 1}
        async with _opened(nats) as (_, other):
            assert other.damaged == frozenset({"a"})
        await table.update("a", lambda value: 7 if value is None else 8)
        assert (table.get("a"), table.damaged) == (7, frozenset())
        await client.publish(f"$KV.{NAME}.unknown.a", b"{")
        await client.publish(f"streamsign.state.{NAME}.numbers.b", b"99")
        await client.flush()
        await asyncio.sleep(0.1)
        assert table.get("b") == 1
    assert caplog.text.count("cannot be read table=numbers name=a") == 2  # once a process


async def test_an_entry_that_is_too_long_is_refused(nats: NatsServer, caplog: pytest.LogCaptureFixture) -> None:
    """The bucket has a limit, and what is there stays."""
    caplog.set_level(logging.INFO)
    client = await connect(NatsAddress(SecretStr(nats.url)), "a test")
    bucket = Bucket(client, "TEXTS")
    table = bucket.table("texts", TypeAdapter(str))
    await bucket.open()
    with pytest.raises(StateUnavailable, match="maximum"):
        await table.update("a", lambda _: "x" * 100_000)
    assert table.get("a") is None
    await bucket.close()
    await close(client)


async def test_nats_that_is_away_at_the_start_is_an_error(nats: NatsServer) -> None:
    """Nothing is left open."""
    client = await connect(NatsAddress(SecretStr(nats.url)), "a test")
    nats.stop()
    await until(lambda: not client.is_connected)
    with pytest.raises(StateUnavailable):
        await Bucket(client, NAME).open()
    await close(client)
