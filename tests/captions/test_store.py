"""captions/store.py: events on disk, durable before they are published."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions import store as store_module
from streamsign.captions.events import KeptEvent
from streamsign.captions.hub import Room, Rooms
from streamsign.captions.log import MAX_EVENTS, Action
from streamsign.captions.room import CaptionRoom
from streamsign.captions.store import WHOLE_TEXT_EVERY, EventStore
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import PauseRule

LETTERS = tuple("CELOV")


@contextmanager
def _store(folder: Path, retention_s: float | None = None, now: list[float] | None = None) -> Iterator[EventStore]:
    store = EventStore(folder / "captions.sqlite3", retention_s, (lambda: now[0]) if now else (lambda: 0.0))
    try:
        yield store
    finally:
        store.close()


def _room(store: EventStore, name: str = "main") -> Room:
    return Room(name, "celov", LETTERS, clock=lambda: 1.0, store=store)


async def _write(room: CaptionRoom, steps: list[str]) -> None:
    for step in steps:
        if step in LETTERS:
            room.publish_letter("a", Commit(step, 0.9, 1.0, 1.0))
        else:
            await room.edit(_action(step))
    await room.settled()


def _action(step: str) -> Action:
    actions: dict[str, Action] = {"_": "space", "<": "backspace", "u": "undo", "x": "clear"}
    return actions[step]


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
"""Where a file that is made hundreds of times is not waited for; benchmarks/crash.py tests the disk."""


@given(st.lists(st.sampled_from([*LETTERS, "_", "<", "u", "x"]), min_size=1, max_size=200))
def test_a_restart_goes_on_where_the_log_ended(steps: list[str]) -> None:
    """Text, numbers, events and what undo takes back are the same after a restart, whatever was written before."""

    async def write(folder: Path) -> None:
        with _store(folder) as store:
            room = _room(store)
            await _write(room, steps)
            before = room.log.log_id, room.log.last_seq, room.text, room.log.after()[1]
        with _store(folder) as store:
            again = _room(store)
            assert (again.log.log_id, again.log.last_seq, again.text, again.log.after()[1]) == before
            await _write(room := again, ["u", "C"])
            text = room.text
        with _store(folder) as store:
            assert _room(store).text == text

    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        asyncio.run(write(Path(name)))


async def test_nothing_is_published_before_it_is_durable(tmp_path: Path) -> None:
    """What a viewer gets can be read from the file by another connection at that moment."""
    with _store(tmp_path) as store:
        room = _room(store)
        async with room.subscribe() as viewer:
            await anext(viewer)
            for number in range(20):
                room.publish_letter("a", Commit("C", 0.9, 1.0, 1.0))
                assert room.log.last_seq == number
                assert room.waiting == 1
                event = await anext(viewer)
                with sqlite3.connect(tmp_path / "captions.sqlite3") as other:
                    (stored,) = other.execute("SELECT max(seq) FROM events").fetchone()
                other.close()
                assert stored >= getattr(event, "seq", 0) == number + 1


async def test_letters_that_wait_share_a_commit(tmp_path: Path) -> None:
    """A thousand letters at once need few commits, and come in order."""
    with _store(tmp_path) as store:
        room = _room(store)
        for _ in range(1000):
            letter = room.publish_letter("a", Commit("C", 0.9, 1.0, 1.0))
        await room.published(letter.seq)
        assert store.statistics().events == 1000
        assert store.statistics().commits < 1000
        assert [event.seq for event in room.log.after()[1]] == list(range(1, 1001))


def _holds(folder: Path, word: bytes) -> bool:
    return any(word in file.read_bytes() for file in folder.glob("captions*"))


async def test_deleted_text_is_gone_from_the_files(tmp_path: Path) -> None:
    """After the deletion no file of the log holds the word, and the room starts over as another log."""
    with _store(tmp_path) as store:
        room = _room(store)
        await _write(room, ["C"])
        await room.edit("replace", word="RECOGNIZABLE")
        assert _holds(tmp_path, b"RECOGNIZABLE")
        log_id = room.log.log_id
        async with room.subscribe() as viewer:
            assert [(await anext(viewer)).type for _ in range(3)] == ["hello", "letter", "edit"]
            await room.delete_text()
            hello = await anext(viewer)
            assert (hello.type, getattr(hello, "text", None), getattr(hello, "replay", "")) == (
                "hello",
                "",
                "other_log",
            )
            await _write(room, ["E"])
            assert getattr(await anext(viewer), "text", "") == "E"
        assert not _holds(tmp_path, b"RECOGNIZABLE")
        assert room.log.log_id != log_id
    with _store(tmp_path) as store:
        assert (_room(store).text, _room(store).log.last_seq) == ("E", 1)


async def test_what_is_older_than_the_retention_is_deleted(tmp_path: Path) -> None:
    """Old events go, what stays can be read, and a room in which all is old is no longer listed."""
    now = [0.0]
    with _store(tmp_path, retention_s=100, now=now) as store:
        old, busy = _room(store, "old"), _room(store, "busy")
        await _write(old, ["C"])
        await _write(busy, list("CELOV") * 30)
        text = busy.text
        now[0] = 90.0
        await _write(busy, ["C"])
        now[0] = 150.0
        await asyncio.wrap_future(store.prune())
        assert store.rooms() == ["busy"]
        stored = store.load("busy", MAX_EVENTS)
        assert stored is not None
        assert stored.events[-1].text == text + "C"
        assert 1 < len(stored.events) <= WHOLE_TEXT_EVERY


async def test_rooms_are_listed_after_a_restart(tmp_path: Path) -> None:
    """A room with text is listed and read again; one that was only looked at is not."""
    with _store(tmp_path) as store:
        rooms = Rooms("celov", LETTERS, store=store)
        await rooms.look("glance")
        await _write(await rooms.get("left"), ["C", "E"])
    with _store(tmp_path) as store:
        rooms = Rooms("celov", LETTERS, store=store)
        assert await rooms.names() == ["left"]
        assert (await rooms.look("left")).text == "CE"


async def test_when_rooms_were_changed_is_found_without_reading_all_events(tmp_path: Path) -> None:
    """The newest event of each room is found by its key; a room without events is left out."""
    now = [5.0]
    with _store(tmp_path, now=now) as store:
        await _write(_room(store, "first"), ["C"])
        now[0] = 7.0
        await _write(_room(store, "second"), ["C", "E"])
        statements: list[str] = []
        store._reader.set_trace_callback(statements.append)
        assert store.newest_s() == {"first": 5.0, "second": 7.0}
        store._reader.set_trace_callback(None)
        plan = [str(row[-1]) for row in store._reader.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]
        assert not any("SCAN events" in step for step in plan), plan
        with sqlite3.connect(tmp_path / "captions.sqlite3") as database:
            database.execute("DELETE FROM events WHERE room = 'first'")
        assert store.newest_s() == {"second": 7.0}


async def test_a_room_whose_text_is_stored_may_leave_memory(tmp_path: Path) -> None:
    """With more rooms than are kept in memory, every text is loaded again when its room is used."""
    with _store(tmp_path) as store:
        rooms = Rooms("celov", LETTERS, max_idle=4, store=store)
        for number in range(20):
            await _write(await rooms.get(f"room{number}"), ["C"] * (number + 1))
        assert len(rooms.all()) <= 6
        assert [(await rooms.get(f"room{number}")).log.last_seq for number in range(20)] == list(range(1, 21))


async def test_a_full_disk_stops_no_captions(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """If nothing can be stored, letters are still published, as another log, and the reason is logged."""
    with _store(tmp_path) as store:
        room = _room(store)
        await _write(room, ["C"])
        log_id = room.log.log_id
        with sqlite3.connect(tmp_path / "captions.sqlite3") as other:
            other.execute("DROP TABLE events")
        other.close()
        await _write(room, ["E", "L"])
        assert room.text == "CEL"
        assert room.log.log_id != log_id
    assert "cannot be stored" in caplog.text


async def test_captions_are_stored_again_when_the_disk_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After failures all letters of the room, those from memory included, are on the disk once, in order."""
    monkeypatch.setattr("streamsign.captions.hub.STORE_AGAIN_S", 0.01)
    full = [True]
    stored = store_module._stored

    def refusing(event: KeptEvent, *, first: bool = False) -> tuple[bool, str]:
        if full[0]:
            raise sqlite3.OperationalError("database or disk is full")
        return stored(event, first=first)

    monkeypatch.setattr(store_module, "_stored", refusing)
    with _store(tmp_path) as store:
        room = _room(store)
        await _write(room, ["C", "E"])
        async with asyncio.timeout(30):
            while caplog.text.count("cannot be stored") < 2:  # noqa: ASYNC110 - the writer is a thread
                await asyncio.sleep(0.01)
            assert [room.spare] == [False]
            full[0] = False
            while not room.spare:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await _write(room, ["L"])
        log_id = room.log.log_id
    with _store(tmp_path) as store:
        again = _room(store)
        assert (again.text, again.log.last_seq, again.log.log_id) == ("CEL", 3, log_id)


async def test_a_log_that_is_stored_again_begins_with_its_text(tmp_path: Path) -> None:
    """Of a log whose first letters have left memory, the text is there after a restart."""
    with _store(tmp_path) as store:
        room = _room(store)
        await _write(room, ["C", "E", "L"])
        kept = [room.log[seq] for seq in (2, 3)]
        await asyncio.wrap_future(store.replace("main", "other", kept))
    with _store(tmp_path) as store:
        again = _room(store)
        assert (again.text, again.log.first_seq, again.log.log_id) == ("CEL", 2, "other")


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\x00" + b"\xff" * 500])
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """A damaged file is renamed and kept, and a new log starts."""
    (tmp_path / "captions.sqlite3").write_bytes(content)
    with _store(tmp_path) as store:
        assert store.rooms() == []
    assert len(list(tmp_path.glob("captions.damaged-*"))) == 1


def test_the_files_are_the_owners_alone(tmp_path: Path) -> None:
    """The database and what SQLite puts beside it are readable by the owner only."""
    with _store(tmp_path):
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("captions*")}
    assert modes == {0o600}


def test_chosen_pauses_are_there_after_a_restart(tmp_path: Path) -> None:
    """The newest choice of each room is read from the file."""
    store = EventStore(tmp_path / "captions.sqlite3")
    for word_s in (0.5, 2.0):
        store.keep_pauses("main", PauseRule(word_s=word_s)).result(10)
    store.close()
    again = EventStore(tmp_path / "captions.sqlite3")
    assert again.pauses() == {"main": PauseRule(word_s=2.0)}
    again.close()


def test_pauses_that_are_no_longer_allowed_are_left_out(tmp_path: Path) -> None:
    """A choice of an earlier release that contradicts itself does not stop the start; the room has the server's."""
    with _store(tmp_path) as store:
        store.keep_pauses("main", PauseRule.model_construct(word_s=5.0, sentence_s=2.0)).result(10)
    with _store(tmp_path) as again:
        assert again.pauses() == {}
