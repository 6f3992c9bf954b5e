"""cluster/rooms.py: the rooms of one process."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import pytest
from pydantic import SecretStr

from streamsign.captions.room import LogUnavailable
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.rooms import ClusterRooms
from streamsign.errors import ConnectionFailed
from streamsign.recognition.pauses import PauseRule
from tests.captions.rooms import status
from tests.cluster.rooms import LETTERS, cluster_room, cluster_rooms, letter
from tests.nats_server import NatsServer, needs_nats, running_nats, until


async def test_rooms_that_are_not_used_leave_memory(nats: NatsServer) -> None:
    """Their text is loaded again when they are used; they are followed no longer meanwhile."""
    prefix = secrets.token_hex(6)
    async with cluster_rooms(nats.url, max_idle=2) as rooms:
        for number in range(6):
            room = await rooms.get(f"{prefix}-{number}")
            room.publish_letter("a", letter("C"))
            await room.settled()
        assert len(rooms.all()) == 2
        assert (await rooms.get(f"{prefix}-0")).text == "C"
        await until(lambda: not rooms._leaving)
        assert len(rooms._client._subs) < 15


async def test_the_end_waits_until_letters_are_stored(nats: NatsServer) -> None:
    """What was published just before is in the log."""
    name = f"room-{secrets.token_hex(6)}"
    async with cluster_rooms(nats.url) as rooms:
        room = await rooms.get(name)
        for each in "CELOV":
            room.publish_letter("a", letter(each))
    async with cluster_rooms(nats.url) as rooms:
        assert (await rooms.look(name)).text == "CELOV"


async def test_statuses_are_repeated(nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has missed one hears it at the next repetition."""
    monkeypatch.setattr("streamsign.cluster.rooms.REPEAT_S", 0.05)
    name = f"room-{secrets.token_hex(6)}"
    async with cluster_rooms(nats.url) as first, cluster_rooms(nats.url) as second:
        here, there = await cluster_room(first, name), await cluster_room(second, name)
        here._own["a"] = status("live")
        await until(lambda: list(there.statuses.values()) == [status("live")])
        here.publish_status(status("closed"))


@needs_nats
async def test_a_restart_of_nats_is_caught_up_with(tmp_path: Path) -> None:
    """A process that only reads has what was written before it was connected again, and the chosen pauses."""
    with running_nats(tmp_path) as server:
        async with cluster_rooms(server.url) as first, cluster_rooms(server.url) as second:
            here, there = await first.get("main"), await second.get("main")
            await first.choose_pauses(here, PauseRule(word_s=0.5))
            await until(lambda: there.pauses.word_s == 0.5)
            server.stop()
            here.publish_letter("a", letter("C"))
            server.start()
            await until(lambda: there.text == "C")
            assert (await second.get("other")).pauses.word_s != 0.5


@needs_nats
async def test_nats_that_is_away_is_named(tmp_path: Path) -> None:
    """At the start with the next step; later by the errors of the interface."""
    with running_nats(tmp_path) as server:
        client = await connect(NatsAddress(SecretStr(server.url)), "test")
        rooms = ClusterRooms(client, "celov", LETTERS)
        await rooms.open()
        room = await rooms.get("main")
        server.stop()
        found = await asyncio.gather(
            rooms.names(), rooms.changed_s(), rooms.choose_pauses(room, PauseRule()), return_exceptions=True
        )
        assert [type(each) for each in found] == [LogUnavailable, LogUnavailable, LogUnavailable]
        with pytest.raises(ConnectionFailed) as failed:
            await ClusterRooms(client, "celov", LETTERS).open()
        assert "nats-server" in failed.value.next_step
        await rooms.close()
        await close(client)
