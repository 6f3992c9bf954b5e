"""One contract for rooms, wherever their log is: in this process and on its disk, or on NATS for many processes.

Each test has two places from which the same rooms are used: of the embedded log they are one server, of the log on NATS
they are two processes with connections of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from streamsign.captions.events import Edit, Hello, KeptEvent, Letter, Status
from streamsign.captions.hub import Rooms
from streamsign.captions.room import CaptionRoom
from streamsign.captions.rooms import CaptionRooms
from streamsign.captions.store import EventStore
from streamsign.captions.subscription import Subscription
from streamsign.recognition.pauses import Pause, PauseRule
from tests.captions.rooms import partial, status
from tests.cluster.rooms import GENEROUS_S, LETTERS, cluster_rooms, letter, written
from tests.nats_server import NatsServer, until

Places = tuple[CaptionRooms, CaptionRooms]


@pytest.fixture(params=["embedded", "nats"])
def kind(request: pytest.FixtureRequest) -> str:
    """Where the log is."""
    return str(request.param)


@pytest.fixture
async def places(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Places]:
    """Two places from which the rooms are used."""
    if kind == "embedded":
        store = EventStore(tmp_path / "captions.sqlite3")
        rooms = Rooms("celov", LETTERS, clock=lambda: 1.0, store=store)
        yield rooms, rooms
        await rooms.close()
        store.close()
        return
    server: NatsServer = request.getfixturevalue("nats")
    monkeypatch.setattr("streamsign.cluster.room.ASK_S", GENEROUS_S)  # the other process answers, however slow it is
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(cluster_rooms(server.url)),
            await stack.enter_async_context(cluster_rooms(server.url)),
        )


@pytest.fixture
def name() -> str:
    """A room that no other test uses."""
    return f"room-{secrets.token_hex(6)}"


async def _open(places: Places, name: str) -> tuple[CaptionRoom, CaptionRoom]:
    return await places[0].get(name), await places[1].get(name)


async def _sign(room: CaptionRoom, letters: str, session: str = "a") -> None:
    for each in letters:
        room.publish_letter(session, letter(each))
    await room.settled()


async def _kept(viewer: Subscription, count: int) -> list[KeptEvent]:
    """The next letters and edits of a viewer."""
    found: list[KeptEvent] = []
    async for event in viewer:
        if isinstance(event, Letter | Edit):
            found.append(event)
        if len(found) == count:
            break
    return found


async def test_both_places_have_the_same_log(places: Places, name: str) -> None:
    """Letters and edits of both are numbered without gaps, and both have the same events under one log's identity."""
    here, there = await _open(places, name)
    await _sign(here, "CE")
    await until(lambda: there.text == "CE")
    assert (await there.edit("space")).seq == 3
    await _sign(there, "L", "b")
    await until(lambda: here.text == "CE L")
    assert written(here) == written(there)
    assert [event.seq for event in written(here)] == [1, 2, 3, 4]
    assert here.log.log_id == there.log.log_id


async def test_a_viewer_receives_a_greeting_and_each_event_once(places: Places, name: str) -> None:
    """Events of the other place come in order, after a greeting that names the model and the text so far."""
    here, there = await _open(places, name)
    await _sign(here, "C")
    await until(lambda: there.text == "C")
    viewer = there.subscribe()
    hello = await anext(viewer)
    assert isinstance(hello, Hello)
    assert (hello.model, hello.letters, hello.text, hello.last_seq, hello.replay) == (
        "celov",
        list(LETTERS),
        "C",
        1,
        "start",
    )
    await _sign(here, "EL")
    assert [event.text for event in await _kept(viewer, 3)] == ["C", "CE", "CEL"]


@pytest.mark.parametrize(
    ("after", "known", "replay", "first"),
    [(2, True, "resume", 3), (2, False, "resume", 3), (None, False, "start", 1), (99, True, "other_log", 1)],
)
async def test_a_viewer_resumes_at_any_place(
    places: Places, name: str, after: int | None, known: bool, replay: str, first: int
) -> None:
    """With the number it received last it gets what follows; a number of another log, or none, starts over."""
    here, there = await _open(places, name)
    await _sign(here, "CELO")
    await until(lambda: there.text == "CELO")
    viewer = there.subscribe(after, here.log.log_id if known else None)
    assert viewer.hello.replay == replay
    assert [event.seq for event in await _kept(viewer, 5 - first)] == list(range(first, 5))
    assert there.subscribe(2, "another-log").hello.replay == "other_log"


async def test_a_place_that_opens_later_has_everything(places: Places, name: str) -> None:
    """The log, its identity, and what undo takes back are loaded."""
    here = await places[0].get(name)
    await _sign(here, "CE")
    await here.edit("clear")
    there = await places[1].get(name)
    assert (there.log.log_id, written(there)) == (here.log.log_id, written(here))
    assert (await there.edit("undo")).text == "CE"
    assert (await places[1].look(name)).log.newest_text == "CE"


async def test_deleted_text_is_gone_everywhere(places: Places, name: str) -> None:
    """Viewers start over with an empty text and another log, whose numbers begin at 1."""
    here, there = await _open(places, name)
    await _sign(here, "CEL")
    await until(lambda: there.text == "CEL")
    old = here.log.log_id
    viewer = there.subscribe()
    await _kept(viewer, 3)
    await here.delete_text()
    await until(lambda: there.log.last_seq == 0)
    hello = await anext(viewer)
    assert isinstance(hello, Hello)
    assert (hello.replay, hello.text, hello.last_seq) == ("other_log", "", 0)
    assert hello.log_id == here.log.log_id == there.log.log_id != old
    await _sign(there, "O")
    await until(lambda: here.text == "O")
    assert [(event.seq, event.text) for event in await _kept(viewer, 1)] == [(1, "O")]
    assert here.subscribe(1, old).hello.replay == "other_log"


async def test_an_edit_depends_on_the_newest_text(places: Places, name: str) -> None:
    """A condition is checked where the edit is written: what another place wrote before is in the text it gets."""
    here, there = await _open(places, name)
    await _sign(here, "C")
    seen: list[str] = []

    def refuse(text: str) -> str:
        seen.append(text)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await there.edit("write", word=refuse)
    assert seen[-1] == "C"
    assert (await there.edit("write", word=lambda text: text + "V")).text == "CV"
    await until(lambda: here.text == "CV")
    assert len(written(here)) == 2


async def test_pauses_end_words(places: Places, name: str) -> None:
    """A pause ends the word once, and a camera that comes after a pause begins one."""
    here, there = await _open(places, name)
    await places[0].choose_pauses(here, PauseRule(word_s=1.0, sentence_s=5.0))
    await until(lambda: there.pauses.sentence_s == 5.0)
    await _sign(here, "C")
    here.publish_pause("a", Pause("word", 1.0, 2.0))
    here.publish_pause("a", Pause("word", 1.0, 2.0))
    await here.settled()
    await until(lambda: there.text == "C ")
    there.publish_letter("b", letter("E", 3.0))
    there.publish_letter("c", letter("L", 9.0))
    await there.settled()
    await until(lambda: here.text == "C E\nL")
    other = await places[1].get(f"{name}-other")
    assert other.pauses != there.pauses


async def test_an_interruption_is_not_a_pause(places: Places, name: str) -> None:
    """A camera that connects again continues its word, unless its signer rested while it was read."""
    here, there = await _open(places, name)
    await places[0].choose_pauses(here, PauseRule(word_s=1.0, sentence_s=5.0))
    await until(lambda: there.pauses.sentence_s == 5.0)
    here.publish_partial(partial("a", at_s=10.0))
    here.publish_letter("a", letter("C", 10.0))
    here.publish_partial(partial("a", at_s=10.4))
    await until(lambda: there.text == "C")
    there.continuity.follow("b", "a", 10.4)
    there.publish_partial(partial("b", at_s=13.4))
    there.publish_letter("b", letter("E", 13.9))
    await there.settled()
    await until(lambda: here.text == "CE")
    here.continuity.follow("c", "b", 14.8)
    here.publish_partial(partial("c", at_s=17.8))
    here.publish_letter("c", letter("L", 18.0))
    await here.settled()
    await until(lambda: there.text == "CE L")


async def test_a_letter_replaces_those_it_was_drawn_through(places: Places, name: str) -> None:
    """The letters of the camera go, then the new one comes; nothing is replaced where another place wrote meanwhile."""
    here, there = await _open(places, name)
    await _sign(here, "CE")
    here.publish_letter("a", replace(letter("L"), replaces=2))
    await here.settled()
    assert [event.text for event in written(here)] == ["C", "CE", "C", "", "L"]
    await until(lambda: there.text == "L")
    await there.edit("space")
    await until(lambda: here.text == "L ")
    here.publish_letter("a", replace(letter("O"), replaces=1))
    await here.settled()
    assert here.text == "L O"


async def test_rooms_with_text_are_listed(places: Places, name: str) -> None:
    """With the time of their last change, once they have text; practice rooms never are."""
    here = await places[0].get(name)
    practice = await places[0].get(f"practice-{name}")
    assert name not in await places[1].names()
    await _sign(here, "C")
    await _sign(practice, "C")
    assert practice.text == "C"
    assert name in await places[1].names()
    assert (await places[1].changed_s())[name] > 0
    assert practice.name not in await places[1].names()
    await here.delete_text()
    assert name not in await places[1].changed_s()


async def test_practice_reaches_both_places(places: Places, name: str) -> None:
    """A practice room has text and can be cleared from either."""
    here, there = await _open(places, f"practice-{name}")
    await _sign(here, "C")
    await until(lambda: there.text == "C")
    await there.edit("clear")
    await until(lambda: here.text == "" and here.log.last_seq == 2)


async def test_cameras_are_known_everywhere(places: Places, name: str) -> None:
    """Their newest status reaches viewers that are there and that come, at any place, until they are closed."""
    here, there = await _open(places, name)
    viewer = there.subscribe()
    assert isinstance(await anext(viewer), Hello)
    here.publish_status(status("live"))
    event = await anext(viewer)
    assert (event, there.busy) == (status("live"), True)
    late = there.subscribe()
    assert [await anext(late) for _ in range(2)][1] == status("live")
    here.publish_partial(partial())
    assert await anext(viewer) == partial()
    here.publish_status(status("closed"))
    closed = await anext(viewer)
    assert isinstance(closed, Status)
    assert (closed.state, there.statuses) == ("closed", {})


async def test_a_place_that_opens_later_knows_the_cameras(places: Places, name: str) -> None:
    """It need not wait until a status changes."""
    here = await places[0].get(name)
    here.publish_status(status("live"))
    there = await places[1].get(name)
    assert list(there.statuses.values()) == [status("live")]
    here.publish_status(status("closed"))


async def test_the_end_closes_the_viewers(places: Places, name: str) -> None:
    """Their streams end with the reason."""
    there = await places[1].get(name)
    viewer = there.subscribe()
    await places[1].close("The test ends.")
    assert viewer.closed_reason == "The test ends."
