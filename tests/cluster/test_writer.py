"""cluster/writer.py: changes on top of what others write, each once."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from nats.aio.client import Client
from pydantic import SecretStr

from streamsign.captions.events import KeptEvent, Letter
from streamsign.captions.log import CaptionLog
from streamsign.captions.room import LogUnavailable
from streamsign.cluster.connection import NatsAddress, close, connect, jetstream
from streamsign.cluster.log import Ack, LogAway, StoredMessage, StreamLog
from streamsign.cluster.replica import Replica
from streamsign.cluster.writer import Intent, NewestRefusedWriter
from tests.cluster.rooms import letter
from tests.nats_server import needs_nats, running_nats, until


class _Unsure(StreamLog):
    """A log whose acknowledgments are lost at first."""

    acks_lost = 0

    async def append(
        self,
        room: str,
        log_id: str,
        message_id: str,
        events: Sequence[KeptEvent],
        after: int,
    ) -> Ack:
        stored = await super().append(room, log_id, message_id, events, after)
        if self.acks_lost > 0:
            self.acks_lost -= 1
            raise LogAway("the acknowledgment is lost")
        return stored


class _Process:
    """The writer of one process."""

    def __init__(self, stream: StreamLog, room: str, name: str, max_waiting: int = 100) -> None:
        self.log = CaptionLog(room, lambda: 1.0)
        self.replica = Replica(room, stream, self.log, lambda: None, lambda: None)
        self.writer = NewestRefusedWriter(room, stream, self.replica, name, max_waiting)

    def sign(self, text: str) -> Intent:
        """Queue a letter."""
        return self.writer.write(lambda log: log.append_letter(self.writer._name, letter(text)))


@pytest.fixture
async def stream(client: Client) -> _Unsure:
    """The log on NATS."""
    log = _Unsure(client)
    await log.prepare()
    return log


async def test_changes_that_wait_go_together(stream: _Unsure, room: str) -> None:
    """In order, in few messages; each has its event."""
    process = _Process(stream, room, "p")
    intents = [process.sign("CELOV"[number % 5]) for number in range(50)]
    await process.writer.settled()
    events = [intent.done.result() for intent in intents]
    assert [event.seq for event in events if event] == list(range(1, 51))
    assert len(await stream.load(room)) < 5
    assert (process.writer.statistics().messages, process.writer.waiting) == (len(await stream.load(room)), 0)
    await process.writer.close()


async def test_long_texts_go_in_several_messages(stream: _Unsure, room: str) -> None:
    """A message stays below what NATS takes."""
    process = _Process(stream, room, "p")
    for number in range(60):
        process.writer.write(lambda log, word=f"{number}" + "A" * 9_000: log.edit("write", 1.0, word))  # type: ignore[misc]
    await process.writer.settled()
    stored = await stream.load(room)
    assert [event.seq for message in stored for event in message.events] == list(range(1, 61))
    assert len(stored) >= 2
    await process.writer.close()


async def test_the_loser_writes_on_top_of_the_winner(stream: _Unsure, room: str) -> None:
    """Two processes that do not hear of each other write one log; conflicts are counted."""
    first, second = _Process(stream, room, "first"), _Process(stream, room, "second")
    for _ in range(10):
        await asyncio.gather(first.sign("C").done, second.sign("E").done)
    stored = [event for message in await stream.load(room) for event in message.events]
    assert [event.seq for event in stored] == list(range(1, 21))
    assert sorted(stored[-1].text) == sorted("CE" * 10)
    assert first.writer.statistics().conflicts + second.writer.statistics().conflicts > 0
    for process in (first, second):
        await process.writer.close()


@pytest.mark.parametrize("lost", [1, 3])
async def test_a_lost_acknowledgment_doubles_nothing(stream: _Unsure, room: str, lost: int) -> None:
    """The message is sent again under its id; the event is the one that was stored."""
    process = _Process(stream, room, "p")
    stream.acks_lost = lost
    event = await process.sign("C").done
    assert [message.events for message in await stream.load(room)] == [(event,)]
    assert process.writer.statistics().retries == lost
    assert process.log.text == "C"
    await process.writer.close()


async def test_a_change_that_has_nothing_to_do_writes_nothing(stream: _Unsure, room: str) -> None:
    """Its event is None."""
    process = _Process(stream, room, "p")
    assert await process.writer.write(lambda _: None).done is None
    assert await stream.load(room) == []
    await process.writer.close()


async def test_a_change_that_fails_leaves_the_others(stream: _Unsure, room: str) -> None:
    """It is tried with the newest log before it fails."""
    process, other = _Process(stream, room, "p"), _Process(stream, room, "other")
    await other.sign("C").done
    seen: list[str] = []

    def fail(log: CaptionLog) -> KeptEvent:
        seen.append(log.newest_text)
        raise ValueError("no")

    failing, later = process.writer.write(fail), process.sign("E")
    with pytest.raises(ValueError, match="no"):
        await failing.done
    event = await later.done
    assert event is not None
    assert (event.text, seen[-1]) == ("CE", "C")
    for each in (process, other):
        await each.writer.close()


@needs_nats
async def test_changes_wait_while_nats_is_away(tmp_path: Path) -> None:
    """Up to a limit, then the newest is refused; one may be withdrawn; the rest is stored when NATS is back."""
    with running_nats(tmp_path) as server:
        client = await connect(NatsAddress(SecretStr(server.url)), "test")
        stream = StreamLog(client)
        await stream.prepare()
        process = _Process(stream, "main", "p", max_waiting=4)
        server.stop()
        await until(lambda: not client.is_connected)
        process.sign("C")
        await until(lambda: process.writer.statistics().retries > 0)
        _, withdrawn, _ = (process.sign(each) for each in "EVL")
        with pytest.raises(LogUnavailable, match="4 changes wait"):
            process.sign("O")
        assert process.writer.statistics().refused == 1
        assert process.writer.withdraw(withdrawn)
        server.start()
        async with asyncio.timeout(30):
            await process.writer.settled()
        assert process.log.text == "CEL"
        assert [event.text for message in await stream.load("main") for event in message.events] == ["C", "CE", "CEL"]
        await process.writer.close()
        await close(client)


async def test_what_waits_fails_when_the_room_is_closed(stream: _Unsure, room: str) -> None:
    """A caller does not wait for ever."""
    process = _Process(stream, room, "p")
    intent = process.sign("C")
    await process.writer.close()
    with pytest.raises(LogUnavailable):
        await intent.done


async def test_own_letters_that_nats_lost_are_written_again(stream: _Unsure, room: str) -> None:
    """At the end of the text, with their times; those of other processes are written again by these."""
    process = _Process(stream, room, "p")
    lost = CaptionLog(room, lambda: 1.0)
    lost.append_letter("p", letter("C", 7.0))
    lost.edit("space", 8.0, session="p")
    lost.edit("clear", 9.0)
    events = lost.after()[1]
    process.writer.lost(
        [StoredMessage(1, "log", f"p:{room}:1", tuple(events)), StoredMessage(2, "log", "other:1", tuple(events))]
    )
    await process.writer.settled()
    assert process.log.text == "C "
    first = process.log[1]
    assert isinstance(first, Letter)
    assert (first.captured_s, process.log.last_seq) == (7.0, 2)
    await process.writer.close()


async def test_a_letter_can_be_followed_into_the_stream(
    stream: _Unsure, client: Client, room: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log line of a stored letter has its session, its number, and the stream's message, and not the letter."""
    caplog.set_level(logging.DEBUG, "streamsign.cluster.writer")
    process = _Process(stream, room, "here")
    await asyncio.wait([process.sign("C").done])
    (line,) = [each.getMessage() for each in caplog.records if each.getMessage().startswith("Captions stored")]
    assert "letter" not in line
    fields = dict(re.findall(r"(\w+)=(\S+)", line))
    found = await jetstream(client).get_last_msg("STREAMSIGN_CAPTIONS", f"streamsign.log.{room}")
    assert found.headers is not None
    assert (fields["message"], fields["stream_seq"]) == (found.headers["Nats-Msg-Id"], str(found.seq))
    event = json.loads(found.data or b"")["events"][0]
    assert (fields["room"], fields["session"], fields["seq"]) == (room, event["session"], str(event["seq"]))
    await process.writer.close()
