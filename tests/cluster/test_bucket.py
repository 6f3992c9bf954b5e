"""cluster/bucket.py: tables in a real NATS that is stopped, emptied and damaged."""

from __future__ import annotations

import asyncio
import logging

import pytest
from pydantic import SecretStr

from streamsign.cluster import bucket as bucket_module
from streamsign.cluster.bucket import Bucket
from streamsign.cluster.connection import NatsAddress, close, connect, jetstream
from streamsign.errors import StateUnavailable
from tests.cluster.buckets import NAME, numbers
from tests.nats_server import NatsServer, needs_nats, restart, restore, save, until

pytestmark = needs_nats


async def test_others_hear_of_a_change_at_once(fresh_nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """All kinds of names, changes and deletions come by themselves, without a check of the bucket."""
    monkeypatch.setattr(bucket_module, "CHECK_EVERY_S", 3600.0)
    async with numbers(fresh_nats.url) as (_, first), numbers(fresh_nats.url) as (_, second):
        heard: list[int | None] = []
        second.listen(lambda: heard.append(second.get("2001:db8::/64")))
        for number in (1, 2, None):
            await first.update("2001:db8::/64", lambda _, number=number: number)  # type: ignore[misc]
            await until(lambda number=number: second.get("2001:db8::/64") == number)  # type: ignore[misc]
        assert heard == [1, 2, None]


async def test_while_nats_is_away_reading_goes_on_and_writing_says_so(
    fresh_nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The error comes at once with the next step; a held change is stored as soon as NATS is back, and others hear."""
    async with numbers(fresh_nats.url) as (client, first), numbers(fresh_nats.url) as (_, second):
        await first.update("a", lambda _: 1)
        await until(lambda: second.get("a") == 1)
        fresh_nats.stop()
        await until(lambda: not client.is_connected)
        for hold in ("", "two"):
            updating = asyncio.ensure_future(first.update("a", lambda _: 2, hold=hold))
            await asyncio.sleep(0)
            assert updating.done()  # it waits for nothing
            with pytest.raises(StateUnavailable, match="NATS does not answer") as refused:
                await updating
            assert "Wait until NATS runs again" in refused.value.next_step
            assert (first.get("a"), second.get("a")) == (2 if hold else 1, 1)
        fresh_nats.start()
        await until(lambda: second.get("a") == 2)
        assert not first.lost
    assert "lost bucket" not in caplog.text


async def test_what_was_changed_while_the_connection_was_lost_is_read(fresh_nats: NatsServer) -> None:
    """A process whose subscription missed changes has them within two checks."""
    async with numbers(fresh_nats.url) as (_, first), numbers(fresh_nats.url) as (client, second):
        await first.update("gone", lambda _: 1)
        await until(lambda: second.get("gone") == 1)
        (subscription,) = (each for each in client._subs.values() if each.subject.startswith("streamsign.state."))
        await subscription.unsubscribe()
        await client.flush()
        await first.update("a", lambda _: 5)
        await first.drop(["gone"])
        await until(lambda: dict(second.entries()) == {"a": 5})


async def test_a_bucket_that_was_deleted_is_lost_and_made_again(
    fresh_nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Its entries are gone, who depends on it is called while it counts as lost, and then it works again."""
    lost: list[int] = []
    states: list[bool] = []
    async with numbers(fresh_nats.url, lost) as (client, table):
        await table.update("a", lambda _: 1)
        table.listen(lambda: states.append(table.lost))
        await jetstream(client).delete_stream(f"KV_{NAME}")
        await until(lambda: bool(lost) and not table.lost)
        assert (lost, dict(table.entries())) == ([0], {})
        assert states[0]
        await table.update("a", lambda _: 2)
        assert table.get("a") == 2
    assert "it was deleted" in caplog.text


async def test_a_bucket_in_memory_is_empty_after_a_restart(
    fresh_nats: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """This is not logged as a loss of the cluster's state."""
    client = await connect(NatsAddress(SecretStr(fresh_nats.url)), "a test")
    bucket = Bucket(client, NAME, in_memory=True)
    caplog.set_level(logging.INFO)
    await bucket.open()
    await restart(fresh_nats, client)
    await until(lambda: f"is empty again bucket={NAME}" in caplog.text)
    assert "state is lost" not in caplog.text
    await bucket.close()
    await close(client)


async def test_a_bucket_from_an_older_copy_is_lost(fresh_nats: NatsServer) -> None:
    """What was changed after the copy was made is missing, and the process that knew it notices."""
    lost: list[int] = []
    async with numbers(fresh_nats.url, lost) as (client, table):
        await table.update("a", lambda _: 1)
        await restart(fresh_nats, client, save)
        await table.update("a", lambda _: 2)
        await restart(fresh_nats, client, restore)
        await until(lambda: bool(lost) and not table.lost)
        assert dict(table.entries()) == {"a": 1}


async def test_nats_that_is_away_at_the_start_is_an_error(fresh_nats: NatsServer) -> None:
    """Nothing is left open."""
    client = await connect(NatsAddress(SecretStr(fresh_nats.url)), "a test")
    fresh_nats.stop()
    await until(lambda: not client.is_connected)
    with pytest.raises(StateUnavailable):
        await Bucket(client, NAME).open()
    await close(client)
