"""cluster/log.py: the stream of a real NATS."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import SecretStr

from streamsign.captions.events import KeptEvent
from streamsign.captions.log import MAX_EVENTS, CaptionLog
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.log import (
    Ack,
    LogAway,
    StreamLog,
    WrongLastSequence,
    published_subject,
    stored_message,
)
from tests.cluster.rooms import letter
from tests.nats_server import needs_nats, running_nats


def _events(letters: str) -> list[KeptEvent]:
    log = CaptionLog("x", lambda: 1.0)
    for each in letters:
        log.append_letter("a", letter(each))
    return log.after()[1]


async def test_a_message_is_stored_on_top_of_the_one_that_is_known(stream: StreamLog, room: str) -> None:
    """On top of another one it is refused; several events of a message stay together."""
    first, second, third = _events("CEL")
    newest, _ = await stream.append(room, "log", "m1", [first], 0)
    with pytest.raises(WrongLastSequence):
        await stream.append(room, "log", "m2", [second], 0)
    await stream.append(room, "log", "m2", [second, third], newest)
    assert [(each.message_id, each.events) for each in await stream.load(room)] == [
        ("m1", (first,)),
        ("m2", (second, third)),
    ]
    assert [each.message_id for each in await stream.load(room, newest)] == ["m2"]
    assert await stream.newest(room) == (await stream.load(room))[-1].sequence


async def test_a_message_that_is_sent_again_is_stored_once(stream: StreamLog, room: str) -> None:
    """The answer says where it is, also when others wrote on top of it."""
    first, second = _events("CE")
    stored = await stream.append(room, "log", f"{room}:1", [first], 0)
    await stream.append(room, "log", f"{room}:2", [second], stored.sequence)
    assert await stream.append(room, "log", f"{room}:1", [first], 0) == Ack(stored.sequence, before=True)
    assert len(await stream.load(room)) == 2


async def test_what_is_stored_is_published(client: Client, stream: StreamLog, room: str) -> None:
    """With its number, its id and the identity of the log."""
    heard: asyncio.Queue[Msg] = asyncio.Queue()
    await client.subscribe(published_subject(room), cb=heard.put)
    (event,) = _events("C")
    stored = await stream.append(room, "log", f"{room}:1", [event], 0)
    message = stored_message(await asyncio.wait_for(heard.get(), 10))
    assert message == (await stream.load(room))[0]
    assert message is not None
    assert (message.sequence, message.log_id, message.message_id) == (stored.sequence, "log", f"{room}:1")


@pytest.mark.parametrize("payload", [b"", b"{}", b'{"events": []}', b"\xff", b'{"events": [{"type": "picture"}]}'])
async def test_what_is_no_message_of_the_log_is_passed_over(client: Client, payload: bytes) -> None:
    """Whatever anybody publishes."""
    assert stored_message(Msg(client, "streamsign.published.x", "", payload, {"Nats-Sequence": "1"})) is None
    headers = {"Nats-Sequence": "x", "Streamsign-Log": "log"}
    assert stored_message(Msg(client, "streamsign.published.x", "", payload, headers)) is None


async def test_deleted_rooms_are_gone(stream: StreamLog, room: str) -> None:
    """From the log and from the list, which has the time of each room's newest message."""
    (event,) = _events("C")
    await stream.append(room, "log", f"{room}:1", [event], 0)
    assert room in await stream.rooms()
    assert abs((await stream.newest_s())[room] - time.time()) < 60
    await stream.delete(room)
    assert (await stream.load(room), await stream.newest(room)) == ([], 0)
    assert room not in await stream.rooms()
    assert room not in await stream.newest_s()


async def test_practice_is_in_memory(client: Client, stream: StreamLog, room: str) -> None:
    """In a stream of its own that no list names."""
    (event,) = _events("C")
    await stream.append(f"practice-{room}", "log", f"{room}:1", [event], 0)
    assert len(await stream.load(f"practice-{room}")) == 1
    assert f"practice-{room}" not in await stream.rooms()
    practice = (await client.jetstream().stream_info("STREAMSIGN_PRACTICE")).config
    assert (practice.storage, practice.max_age) == ("memory", 3600.0)


@needs_nats
async def test_the_limits_follow_the_settings(tmp_path: Path) -> None:
    """Another retention changes a stream that is there; what is older is deleted."""
    with running_nats(tmp_path) as server:
        client = await connect(NatsAddress(SecretStr(server.url)), "test")
        await StreamLog(client).prepare()
        config = (await client.jetstream().stream_info("STREAMSIGN_CAPTIONS")).config
        assert (config.max_age, config.max_msgs_per_subject, config.storage) == (0, MAX_EVENTS, "file")
        stream = StreamLog(client, retention_s=1.0)
        await stream.prepare()
        assert (await client.jetstream().stream_info("STREAMSIGN_CAPTIONS")).config.max_age == 1
        (event,) = _events("C")
        await stream.append("main", "log", "m1", [event], 0)
        async with asyncio.timeout(20):
            while await stream.rooms():  # noqa: ASYNC110 - NATS has no event for it
                await asyncio.sleep(0.1)
        await close(client)


@needs_nats
async def test_a_nats_that_is_away_is_reported(tmp_path: Path) -> None:
    """Every operation says that NATS does not answer."""
    with running_nats(tmp_path) as server:
        client = await connect(NatsAddress(SecretStr(server.url)), "test")
        stream = StreamLog(client)
        server.stop()
        found = await asyncio.gather(
            stream.prepare(),
            stream.append("main", "log", "m1", _events("C"), 0),
            stream.newest("main"),
            stream.last_of_all("main"),
            stream.load("main"),
            stream.delete("main"),
            stream.rooms(),
            return_exceptions=True,
        )
        assert [type(each) for each in found] == [LogAway] * 7
        await close(client)
