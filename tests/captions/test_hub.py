"""captions/hub.py: rooms, and what viewers receive of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.captions.events import Edit, Hello, Letter, ModelChange, Status
from streamsign.captions.hub import Rooms
from streamsign.captions.ledger import Ledger
from streamsign.captions.rooms import TooManyRooms
from streamsign.captions.store import EventStore
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause, PauseRule
from tests.captions.rooms import drain, make_room, sign, status


async def test_a_letter_is_stamped_as_it_enters_the_text() -> None:
    """The room adds its own time to the stamps a camera brought; a letter without stamps has that one."""
    room, commit = make_room(), Commit("C", 0.9, 0.5, 0.7)
    letter = room.publish_letter("a", commit, Ledger(decoded_s=0.8))
    assert letter.ledger == Ledger(decoded_s=0.8, published_s=1.0)
    assert room.publish_letter("a", commit).ledger == Ledger(published_s=1.0)


async def test_a_late_viewer_learns_which_cameras_are_here() -> None:
    """The newest status of every camera that has not gone follows the log."""
    room = make_room()
    room.publish_status(status("connecting"))
    room.publish_status(status("live"))
    room.publish_status(status("live", "b"))
    room.publish_status(status("closed", "b"))
    events = await drain(room.subscribe())
    assert [(event.session, event.state) for event in events if isinstance(event, Status)] == [("a", "live")]


async def test_rooms_that_viewers_left_make_place() -> None:
    """Rooms that were only watched are refused at three quarters of the limit, and make place once they are empty."""
    rooms = Rooms("celov", ["C"], max_rooms=8)
    watched = [(await rooms.get(f"watched{number}", to_watch=True)).subscribe() for number in range(6)]
    with pytest.raises(TooManyRooms):
        await rooms.get("one-more", to_watch=True)
    for name in ("camera1", "camera2"):
        sign(await rooms.get(name), "C")
    with pytest.raises(TooManyRooms):
        await rooms.get("camera3")
    for viewer in watched:
        viewer.close()
    for number in range(6):
        sign(await rooms.get(f"next{number}"), "C")
    assert len(rooms.all()) == 8


async def test_edits_reach_viewers_in_order() -> None:
    """An edit stands between the letters before and after it."""
    room = make_room()
    viewer = room.subscribe()
    sign(room, "C")
    assert await room.edit("space") == Edit(seq=2, action="space", text="C ", at_s=1.0)
    sign(room, "E")
    assert [event.text for event in (await drain(viewer))[1:] if isinstance(event, Letter | Edit)] == [
        "C",
        "C ",
        "C E",
    ]
    assert room.text == "C E"


async def test_a_room_is_made_once() -> None:
    """The same name is the same room."""
    rooms = Rooms("celov", ["C"])
    assert (await rooms.get("main")) is (await rooms.get("main"))
    assert [room.name for room in rooms.all()] == ["main"]


@pytest.mark.parametrize("name", ["", "a b", "../x", "ä", "x" * 65])
async def test_a_bad_room_name_is_refused(name: str) -> None:
    """Names that would need escaping in a link do not become rooms."""
    with pytest.raises(ValueError, match="room's name"):
        await Rooms("celov", ["C"]).get(name)


async def test_idle_rooms_are_bounded_and_busy_ones_stay() -> None:
    """The idle room unused longest goes; a room with a viewer or a camera does not."""
    rooms = Rooms("celov", ["C"], max_idle=2)
    viewer = (await rooms.get("watched")).subscribe()
    (await rooms.get("filmed")).publish_status(status("live"))
    for number in range(5):
        await rooms.get(f"idle{number}")
    assert [room.name for room in rooms.all()] == ["watched", "filmed", "idle3", "idle4"]
    await rooms.close()
    assert viewer.closed_reason == "The server is stopping."


async def test_viewers_hear_which_model_reads_now() -> None:
    """Who was greeted hears of the newest change once; who was not, and who comes later, hears it in the greeting."""
    rooms = Rooms("celov", ["C", "E"], clock=lambda: 1.0)
    room = await rooms.get("main")
    greeted, waiting = room.subscribe(), room.subscribe()
    await drain(greeted)
    rooms.read_by("first", ["A"])
    rooms.read_by("second", ["A", "B"])
    assert await drain(greeted) == [ModelChange(model="second", letters=["A", "B"])]
    for viewer in (waiting, room.subscribe(), (await rooms.get("later")).subscribe()):
        (hello,) = await drain(viewer)
        assert isinstance(hello, Hello)
        assert (hello.model, hello.letters) == ("second", ["A", "B"])


def test_a_camera_that_comes_back_begins_a_word() -> None:
    """A letter of a new session stands apart from those before it if the time between was a pause."""
    room = make_room()
    room.pauses = PauseRule(word_s=1.0, sentence_s=5.0)
    room.publish_letter("a", Commit("C", 0.9, 0.5, 0.7))
    room.publish_letter("b", Commit("E", 0.9, 1.0, 1.1))
    assert room.text == "CE"
    room.publish_letter("c", Commit("L", 0.9, 2.5, 2.6))
    assert room.text == "CE L"
    room.publish_letter("d", Commit("O", 0.9, 9.0, 9.1))
    assert room.text == "CE L\nO"


async def test_chosen_pauses_are_the_rooms() -> None:
    """Other rooms keep the server's, and a room that was removed and made again has the chosen ones."""
    rooms = Rooms("celov", ["C"], max_idle=1, pauses=PauseRule())
    await rooms.choose_pauses(await rooms.get("calm"), PauseRule(word_s=2.0))
    await rooms.get("other")
    await rooms.get("third")
    assert [(await rooms.get(name)).pauses.word_s for name in ("other", "calm")] == [1.0, 2.0]


async def test_a_pause_reaches_viewers() -> None:
    """The end of a word is an event like a person's space."""
    room = make_room()
    viewer = room.subscribe()
    sign(room, "C")
    room.publish_pause("a", Pause("word", 1.0, 2.0))
    room.publish_pause("a", Pause("word", 1.0, 2.0))
    edits = [event for event in await drain(viewer) if isinstance(event, Edit)]
    assert edits == [Edit(seq=2, action="space", text="C ", at_s=2.0, session="a")]


async def test_practice_is_neither_stored_nor_listed(tmp_path: Path) -> None:
    """A practice room has text like any other, but not on disk nor in the list, and makes way once it is left."""
    store = EventStore(tmp_path / "captions.db")
    rooms = Rooms("celov", ["C"], store=store, max_idle=2)
    for name in ("practice-1", "main"):
        viewer = (await rooms.get(name)).subscribe()
        sign(await rooms.get(name), "C")
        assert [(await anext(viewer)).type for _ in range(2)] == ["hello", "letter"]
        viewer.close()
    assert await rooms.names() == ["main"]
    await rooms.get("other")
    assert "practice-1" not in [room.name for room in rooms.all()]
    store.close()
    assert EventStore(tmp_path / "captions.db").rooms() == ["main"]
