"""cluster/replica.py: a copy that stays equal to the log, whatever it missed."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from pydantic import SecretStr

from streamsign.captions.events import KeptEvent
from streamsign.captions.log import CaptionLog
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.log import StoredMessage, StreamLog
from streamsign.cluster.replica import Replica
from tests.cluster.rooms import letter
from tests.nats_server import needs_nats, restart, restore, running_nats, save


class _Copy:
    """A replica, and what it called."""

    def __init__(self, stream: StreamLog, room: str) -> None:
        self.calls: list[str] = []
        self.log = CaptionLog(room, lambda: 1.0)
        self.replica = Replica(
            room, stream, self.log, lambda: self.calls.append("events"), lambda: self.calls.append("other log")
        )


def _events(letters: str, after: int = 0) -> list[KeptEvent]:
    log = CaptionLog("x", lambda: 1.0)
    for each in letters:
        log.append_letter("a", letter(each))
    return log.after(after, log.log_id)[1]


async def _store(
    stream: StreamLog, room: str, letters: str, first: int = 1, log_id: str = "log"
) -> list[StoredMessage]:
    stored = []
    newest = await stream.newest(room)
    for event in _events(letters)[first - 1 :]:
        message_id = secrets.token_hex(4)
        newest, before = await stream.append(room, log_id, message_id, [event], newest)
        assert not before
        stored.append(StoredMessage(newest, log_id, message_id, (event,)))
    return stored


async def test_messages_are_added_once_and_in_order(stream: StreamLog, room: str) -> None:
    """One that was added counts as added, and one that does not follow is not."""
    copy = _Copy(stream, room)
    copy.log.start_over("log")
    first, second, third = await _store(stream, room, "CEL")
    assert copy.replica.take(first)
    assert copy.replica.take(first)
    assert not copy.replica.take(third)
    assert (copy.log.text, copy.replica.sequence) == ("C", first.sequence)
    await copy.replica.catch_up()
    assert (copy.log.text, copy.replica.sequence) == ("CEL", third.sequence)
    assert copy.replica.take(second)
    assert copy.log.last_seq == 3


async def test_an_empty_copy_becomes_one_of_the_log(stream: StreamLog, room: str) -> None:
    """It takes the log's identity, and viewers start over."""
    copy = _Copy(stream, room)
    await _store(stream, room, "CE")
    await copy.replica.catch_up()
    assert (copy.log.log_id, copy.log.text, copy.calls[-1]) == ("log", "CE", "other log")


async def test_a_deleted_log_is_left(stream: StreamLog, room: str) -> None:
    """The copy is empty then, and has the identity that was chosen, or the one of what was written since."""
    copy = _Copy(stream, room)
    await _store(stream, room, "CE")
    await copy.replica.catch_up()
    await stream.delete(room)
    copy.replica.next_log_id = "next"
    await copy.replica.catch_up()
    assert (copy.log.log_id, copy.log.last_seq) == ("next", 0)
    await _store(stream, room, "O", log_id="third")
    await copy.replica.catch_up()
    assert (copy.log.log_id, copy.log.text) == ("third", "O")


async def test_the_awaited_message_is_recognized(stream: StreamLog, room: str) -> None:
    """Also where it is read from the stream because its acknowledgment was lost."""
    copy = _Copy(stream, room)
    (stored,) = await _store(stream, room, "C")
    copy.replica.await_message(stored.message_id)
    assert copy.replica.arrived is None
    await copy.replica.catch_up()
    assert copy.replica.arrived == stored


async def test_who_waits_learns_that_another_message_came(stream: StreamLog, room: str) -> None:
    """And does not wait for ever for one that does not come."""
    copy = _Copy(stream, room)
    assert not await copy.replica.advanced(0.01)


@needs_nats
@pytest.mark.parametrize("copies", [1, 2])
async def test_what_nats_lost_is_stored_again(tmp_path: Path, copies: int) -> None:
    """If NATS comes back without the newest messages, the copies that have them store them, once."""
    with running_nats(tmp_path) as server:
        client = await connect(NatsAddress(SecretStr(server.url)), "test")
        stream = StreamLog(client)
        await stream.prepare()
        await _store(stream, "main", "CE")
        await restart(server, client, save)
        await _store(stream, "main", "CELO", first=3)
        held = [_Copy(stream, "main") for _ in range(copies)]
        for copy in held:
            await copy.replica.catch_up()
        await restart(server, client, restore)
        assert len(await stream.load("main")) == 2
        for copy in held:
            copy.calls.clear()
            await copy.replica.catch_up()
            assert (copy.log.text, "other log" in copy.calls) == ("CELO", False)
        stored = await stream.load("main")
        assert [message.events[0].text for message in stored] == ["C", "CE", "CEL", "CELO"]
        assert [copy.replica.sequence for copy in held] == [stored[-1].sequence] * copies
        await close(client)
