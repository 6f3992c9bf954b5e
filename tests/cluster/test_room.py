"""cluster/room.py: one room that several processes have open, on a real NATS."""

from __future__ import annotations

import asyncio
import secrets
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nats.aio.msg import Msg

from streamsign.captions.events import Status
from streamsign.captions.log import Action
from streamsign.captions.room import LogUnavailable
from streamsign.captions.subscription import Subscription
from streamsign.cluster import room as room_module
from streamsign.cluster.log import StoredMessage, published_subject
from streamsign.cluster.room import LOST, SILENT_S, STOPPED, WAITING, ClusterRoom
from tests.captions.rooms import drain, status
from tests.cluster.rooms import LETTERS, cluster_room, cluster_rooms, letter, written
from tests.nats_server import NatsServer, needs_nats, running_nats, until

EDITS: list[Action] = ["space", "line", "backspace", "undo", "clear"]
PROCESSES = 3

_step = st.tuples(
    st.integers(0, PROCESSES - 1),
    st.sampled_from([*LETTERS, *EDITS, "wait", "delete"]),
)


@pytest.fixture
def name() -> str:
    """A room that no other test uses."""
    return f"room-{secrets.token_hex(6)}"


async def _follow(viewer: Subscription) -> list[str]:
    """The text of a viewer, after each greeting and event."""
    return [getattr(event, "text", "") async for event in viewer if event.type in ("hello", "letter", "edit")]


def _hear_nothing(message: StoredMessage) -> bool:
    return message.sequence > 0


async def _live_through(url: str, name: str, steps: list[tuple[int, str]]) -> None:
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(cluster_rooms(url)) for _ in range(PROCESSES)]
        rooms = [await cluster_room(rooms, name) for rooms in processes]
        viewers = [room.subscribe() for room in rooms]
        following = [asyncio.ensure_future(_follow(viewer)) for viewer in viewers]
        edits: list[asyncio.Future[object]] = []
        for number, (place, step) in enumerate(steps):
            room = rooms[place]
            if step in LETTERS:
                room.publish_letter(f"camera-{place}", letter(step, float(number)))
            elif step == "wait":
                await asyncio.sleep(0.002)
            elif step == "delete":
                await room.delete_text()
            else:
                edits.append(asyncio.ensure_future(room.edit(step)))  # type: ignore[arg-type]
                await asyncio.sleep(0)
        await asyncio.gather(*edits, *(room.settled() for room in rooms))
        async with cluster_rooms(url) as later:
            log = (await later.look(name)).log
        for room in rooms:
            await until(lambda room=room: written(room) == log.after()[1])  # type: ignore[misc]
            assert room.text == log.text
            assert log.last_seq == 0 or room.log.log_id == log.log_id
        assert [event.seq for event in log.after()[1]] == list(range(1, log.last_seq + 1))
        if all(step in (*LETTERS, "wait") for _, step in steps):
            assert sorted(log.text) == sorted(step for _, step in steps if step in LETTERS)
        for viewer in viewers:
            await drain_all(viewer)
            viewer.close()
        for texts in await asyncio.gather(*following):
            assert texts[-1] == log.text


async def drain_all(viewer: Subscription) -> None:
    """Wait until a viewer's reader has taken all there is."""
    await until(lambda: viewer.statistics().behind == 0)
    await asyncio.sleep(0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_step, max_size=40))
def test_every_process_has_the_same_text(nats: NatsServer, steps: list[tuple[int, str]]) -> None:
    """Whatever several processes write at the same time, all have the same events, numbered without gaps."""
    asyncio.run(_live_through(nats.url, f"room-{secrets.token_hex(6)}", steps))


async def test_a_letter_stored_right_after_a_deletion_stays(
    nats: NatsServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that deletes keeps a letter that another one stores before NATS's answer to the deletion arrives."""
    async with cluster_rooms(nats.url) as one, cluster_rooms(nats.url) as other:
        deleting, writing = await cluster_room(one, name), await cluster_room(other, name)
        delete = deleting._stream.delete

        async def answered_late(room: str) -> None:
            await delete(room)
            writing.publish_letter("camera", letter("C", 0.0))
            await writing.settled()
            await until(lambda: deleting.text == "C")

        monkeypatch.setattr(deleting._stream, "delete", answered_late)
        await deleting.delete_text()
        assert deleting.text == writing.text == "C"
        assert deleting.log.log_id == writing.log.log_id


async def test_a_deleted_letter_that_comes_late_is_not_shown(nats: NatsServer, name: str) -> None:
    """News of a deletion may overtake the letter that was deleted; then the letter is not added."""
    async with cluster_rooms(nats.url) as one, cluster_rooms(nats.url) as other:
        deleting, late = await cluster_room(one, name), await cluster_room(other, name)
        (stored,) = [each for each in late._subscriptions if each.subject == published_subject(name)]
        heard: list[Msg] = []

        async def keep(message: Msg) -> None:
            heard.append(message)

        await stored.unsubscribe()
        await late._client.subscribe(published_subject(name), cb=keep)
        deleting.publish_letter("camera", letter("C", 0.0))
        await deleting.settled()
        await deleting.delete_text()
        await until(lambda: bool(heard) and late.log.log_id == deleting.log.log_id)
        await late._hear_stored(heard[0])
        assert late.text == ""


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(letters=st.lists(st.tuples(st.integers(0, PROCESSES - 1), st.sampled_from(LETTERS)), min_size=1, max_size=60))
def test_letters_of_several_processes_are_all_there(nats: NatsServer, letters: list[tuple[int, str]]) -> None:
    """Each once; none takes the place of another."""
    asyncio.run(_live_through(nats.url, f"room-{secrets.token_hex(6)}", letters))


async def test_what_was_not_heard_is_read(nats: NatsServer, name: str) -> None:
    """A gap is filled by the next event, and by the numbers that a process repeats with its statuses."""
    async with cluster_rooms(nats.url) as first, cluster_rooms(nats.url) as second:
        here, there = await cluster_room(first, name), await cluster_room(second, name)
        here.publish_letter("a", letter("C"))
        await until(lambda: there.text == "C")
        there._replica.take = _hear_nothing  # type: ignore[method-assign]  # nothing that is published is heard
        here.publish_letter("a", letter("E"))
        here.publish_letter("a", letter("L"))
        await here.settled()
        del there._replica.take
        assert there.text == "C"
        here.publish_status(status("live"))
        await until(lambda: there.text == "CEL")
        here.publish_status(status("closed"))


async def test_a_camera_whose_process_stops_is_closed(
    nats: NatsServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Its status is repeated while the process runs; without it the camera counts as closed after some seconds."""
    monkeypatch.setattr("streamsign.cluster.rooms.REPEAT_S", 3600.0)  # the test repeats
    async with cluster_rooms(nats.url) as first, cluster_rooms(nats.url) as second:
        here, there = await cluster_room(first, name), await cluster_room(second, name)
        here.publish_status(status("live"))
        await until(lambda: bool(there.statuses))
        now_s = asyncio.get_running_loop().time()
        viewer = there.subscribe()
        await drain(viewer)
        there.repeat(now_s + SILENT_S - 1)
        assert there.statuses
        here.repeat(now_s)
        there.repeat(now_s + SILENT_S + 1)
        (event,) = await drain(viewer)
        assert isinstance(event, Status)
        assert (event.state, event.detail, there.busy) == ("closed", STOPPED, True)
        here.repeat(now_s)
        await until(lambda: bool(there.statuses))
        here.publish_status(status("closed"))


@needs_nats
async def test_letters_wait_while_nats_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An edit and a deletion, for which a person waits, are refused after some seconds and not made later."""
    monkeypatch.setattr(room_module, "EDIT_S", 0.3)
    with running_nats(tmp_path) as server:
        async with cluster_rooms(server.url) as first, cluster_rooms(server.url) as second:
            here, there = await cluster_room(first, name), await cluster_room(second, name)
            here.publish_letter("a", letter("C"))
            await until(lambda: there.text == "C")
            server.stop()
            await until(lambda: not here._client.is_connected and not there._client.is_connected)
            here.publish_letter("a", letter("E"))
            await asyncio.sleep(0)
            with pytest.raises(LogUnavailable, match="NATS does not answer"):
                await here.edit("clear")
            with pytest.raises(LogUnavailable):
                await there.delete_text()
            with pytest.raises(LogUnavailable):
                await first.get("another")
            assert (here.waiting, here.spare) == (1, False)
            server.start()
            await until(lambda: there.text == "CE")
            assert [event.text for event in written(here)] == ["C", "CE"]


@needs_nats
@pytest.mark.parametrize("room_name", ["practice-1", "main"])
async def test_processes_restore_what_nats_has_lost(tmp_path: Path, room_name: str) -> None:
    """Practice, which is in the memory of NATS only, survives a restart; a short text survives the loss of the disk."""
    with running_nats(tmp_path) as server:
        async with cluster_rooms(server.url) as first:
            room = await cluster_room(first, room_name)
            room.publish_letter("a", letter("C"))
            await room.settled()
            server.stop()
            server.lose_everything()
            server.start()
            room.publish_letter("a", letter("E"))
            async with asyncio.timeout(20):
                await room.settled()
            assert room.text == "CE"
            async with cluster_rooms(server.url) as later:
                assert (await later.look(room_name)).text == "CE"


async def test_letters_beyond_the_limit_are_logged_once(
    nats: NatsServer, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that can hold no more letters logs it once, not for each letter."""
    async with cluster_rooms(nats.url) as first:
        room: ClusterRoom = await cluster_room(first, name)
        room._writer._max_waiting = 0
        for _ in range(3):
            room.publish_letter("a", letter("C"))
        assert caplog.text.count("letters are lost") == 1
        assert room.writer_statistics().refused == 3


@needs_nats
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_viewers_receive_that_captions_are_interrupted(tmp_path: Path, name: str, number: signal.Signals) -> None:
    """At the worker and at the gateway the camera is shown as interrupted while NATS has ended or hangs, then live."""
    with running_nats(tmp_path) as server:
        async with cluster_rooms(server.url) as first, cluster_rooms(server.url) as second:
            here, there = await cluster_room(first, name), await cluster_room(second, name)
            here.publish_status(status("live"))
            await until(lambda: bool(there.statuses))
            if number == signal.SIGKILL:
                server.stop(number)
            else:
                server.hang()
            assert await until(lambda: {seen(here), seen(there)} == {("stalled", WAITING)}) < 10
            here.publish_letter("a", letter("C"))
            now_s = asyncio.get_running_loop().time()
            there.repeat(now_s + SILENT_S + 1)
            assert seen(there) == ("stalled", WAITING)
            viewer = there.subscribe()
            assert any(isinstance(each, Status) and each.detail == WAITING for each in await drain(viewer))
            if number == signal.SIGKILL:
                server.start()
            else:
                server.resume()
            await until(lambda: there.text == "C")
            await until(lambda: {seen(here), seen(there)} == {("live", "")})
            here.publish_status(status("closed"))


@needs_nats
async def test_viewers_receive_that_letters_are_lost(tmp_path: Path, name: str) -> None:
    """Beyond the number of letters that may wait, the status says so until letters are taken again."""
    with running_nats(tmp_path) as server:
        async with cluster_rooms(server.url) as rooms:
            room = await cluster_room(rooms, name)
            room.publish_status(status("live"))
            room._writer._max_waiting = 1
            server.stop()
            await until(lambda: seen(room) == ("stalled", WAITING))
            for each in "CE":
                room.publish_letter("a", letter(each))
            await until(lambda: seen(room) == ("stalled", LOST))
            server.start()
            await until(lambda: seen(room) == ("live", ""))
            assert room.text in ("", "C")
            room.publish_status(status("closed"))


def seen(room: ClusterRoom) -> tuple[str, str]:
    """State and detail of the one camera, as a viewer receives them."""
    (shown,) = room.statuses.values()
    return shown.state, shown.detail
