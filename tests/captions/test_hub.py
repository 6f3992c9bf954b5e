"""captions/hub.py: every viewer ends with the same text, and no viewer harms another."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsign.captions.events import Edit, Event, Hello, Letter, ModelChange, Partial, Status
from streamsign.captions.hub import Room, Rooms, Subscription
from streamsign.captions.ledger import Ledger
from streamsign.captions.log import CaptionLog
from streamsign.recognition.events import Commit


def _make_room(max_behind: int = 256, max_events: int = 2000) -> Room:
    log = CaptionLog("main", lambda: 1.0, max_events=max_events)
    return Room("main", "celov", ["C", "E", "L"], clock=lambda: 1.0, log=log, max_behind=max_behind)


def _sign(room: Room, letters: str) -> None:
    for letter in letters:
        room.publish_letter("a", Commit(letter, 0.9, 1.0, 1.5), Ledger(decoded_s=0.997))


def _partial(session: str = "a", letter: str = "C", at_s: float = 1.0) -> Partial:
    return Partial(session=session, letter=letter, confidence=0.5, alternatives=[], sharpness=1, captured_s=at_s)


def _status(state: Literal["connecting", "live", "stalled", "closed"], session: str = "a") -> Status:
    return Status(session=session, state=state, at_s=1.0)


async def _drain(viewer: Subscription, most: int = 10_000) -> list[Event]:
    """What a viewer can have without waiting."""
    events: list[Event] = []
    while len(events) < most:
        next_event = asyncio.ensure_future(anext(viewer, None))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if not next_event.done():
            next_event.cancel()
            break
        event = next_event.result()
        if event is None:
            break
        events.append(event)
    return events


async def test_a_viewer_is_greeted_then_gets_the_log_then_the_moment() -> None:
    """Hello comes first, what was said before follows, and new letters after that."""
    room = _make_room()
    _sign(room, "CE")
    viewer = room.subscribe()
    _sign(room, "L")
    hello, *letters = await _drain(viewer)
    assert isinstance(hello, Hello)
    assert (hello.text, hello.last_seq, hello.replay, hello.letters) == ("CE", 2, "start", ["C", "E", "L"])
    assert [event.letter for event in letters if isinstance(event, Letter)] == ["C", "E", "L"]


async def test_a_viewer_waiting_is_woken() -> None:
    """A letter reaches a viewer who already waits for it."""
    room = _make_room()
    viewer = room.subscribe()
    await _drain(viewer)
    waiting = asyncio.ensure_future(anext(viewer))
    await asyncio.sleep(0)
    _sign(room, "C")
    event = await waiting
    assert isinstance(event, Letter)
    assert event.stages_ms == {"total": 3.0}


async def test_a_letter_is_stamped_as_it_enters_the_text() -> None:
    """The room adds its own time to the stamps a camera brought; a letter without stamps has that one."""
    room, commit = _make_room(), Commit("C", 0.9, 0.5, 0.7)
    letter = room.publish_letter("a", commit, Ledger(decoded_s=0.8))
    assert letter.ledger == Ledger(decoded_s=0.8, published_s=1.0)
    assert room.publish_letter("a", commit).ledger == Ledger(published_s=1.0)


async def test_partials_coalesce_to_the_newest_of_each_camera() -> None:
    """A viewer who was away sees one partial a camera, the newest, after the letters."""
    room = _make_room()
    viewer = room.subscribe()
    await _drain(viewer)
    for at_s in (1.0, 2.0, 3.0):
        room.publish_partial(_partial("a", at_s=at_s))
    room.publish_partial(_partial("b", at_s=2.5))
    _sign(room, "C")
    events = await _drain(viewer)
    assert isinstance(events[0], Letter)
    assert [(event.session, event.captured_s) for event in events if isinstance(event, Partial)] == [
        ("a", 3.0),
        ("b", 2.5),
    ]
    assert viewer.statistics().partials_coalesced == room.statistics().partials_coalesced == 2
    assert room.statistics().partials == 4


async def test_a_late_viewer_learns_which_cameras_are_here() -> None:
    """The newest status of every camera that has not gone follows the log."""
    room = _make_room()
    room.publish_status(_status("connecting"))
    room.publish_status(_status("live"))
    room.publish_status(_status("live", "b"))
    room.publish_status(_status("closed", "b"))
    events = await _drain(room.subscribe())
    assert [(event.session, event.state) for event in events if isinstance(event, Status)] == [("a", "live")]


async def test_a_camera_that_has_gone_takes_its_partial_along() -> None:
    """No partial comes after the status that says its camera is closed."""
    room = _make_room()
    viewer = room.subscribe()
    await _drain(viewer)
    room.publish_partial(_partial())
    room.publish_status(_status("closed"))
    assert [type(event) for event in await _drain(viewer)] == [Status]


async def test_a_slow_viewer_is_closed_and_may_resume_without_harm_to_others() -> None:
    """Too far behind means closed with a reason; the others and the resumed viewer have every letter."""
    room = _make_room(max_behind=3)
    slow, quick = room.subscribe(), room.subscribe()
    quick_letters = await _drain(quick)
    await _drain(slow)
    for _ in range(4):
        _sign(room, "C")
        quick_letters += await _drain(quick)
    assert slow.closed_reason is not None
    assert "4 letters behind" in slow.closed_reason
    assert await _drain(slow) == []
    assert sum(isinstance(event, Letter) for event in quick_letters) == 4
    hello, *missed = await _drain(room.subscribe(0, slow.hello.log_id))
    assert isinstance(hello, Hello)
    assert hello.replay == "resume"
    assert len(missed) == 4
    assert room.statistics().viewers_closed_behind == 1


async def test_a_new_viewer_of_a_full_log_is_not_behind() -> None:
    """What falls off before a fresh viewer reads its first letter does not close it."""
    room = _make_room(max_events=3)
    _sign(room, "CELO")
    viewer = room.subscribe()
    assert isinstance(await anext(viewer), Hello)
    _sign(room, "V")
    events = await _drain(viewer)
    assert viewer.closed_reason is None
    assert [event.letter for event in events if isinstance(event, Letter)] == ["L", "O", "V"]


async def test_a_cancelled_wait_loses_nothing() -> None:
    """Cancelling a viewer's wait just as a letter comes leaves the letter for the next one."""
    room = _make_room()
    viewer = room.subscribe()
    await _drain(viewer)
    waiting = asyncio.ensure_future(anext(viewer))
    await asyncio.sleep(0)
    _sign(room, "C")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len(await _drain(viewer)) == 1


async def test_closing_ends_a_waiting_viewer() -> None:
    """A viewer who waits is let go when the room closes, and the room forgets it."""
    room = _make_room()
    viewer = room.subscribe()
    await _drain(viewer)
    waiting = asyncio.ensure_future(anext(viewer, None))
    await asyncio.sleep(0)
    room.close("Enough.")
    assert await waiting is None
    assert viewer.closed_reason == "Enough."
    assert not room.busy


async def test_leaving_the_block_unsubscribes() -> None:
    """``async with`` gives the place back, and closing again changes nothing."""
    room = _make_room()
    async with room.subscribe() as viewer:
        assert room.statistics().viewers == 1
    viewer.close("again")
    assert room.statistics().viewers == 0
    assert viewer.closed_reason == "The viewer left."


async def test_edits_reach_viewers_in_order() -> None:
    """An edit stands between the letters before and after it."""
    room = _make_room()
    viewer = room.subscribe()
    _sign(room, "C")
    assert room.edit("space") == Edit(seq=2, action="space", text="C ", at_s=1.0)
    _sign(room, "E")
    assert [event.text for event in (await _drain(viewer))[1:] if isinstance(event, Letter | Edit)] == [
        "C",
        "C ",
        "C E",
    ]
    assert room.text == "C E"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("letter"), st.sampled_from("CELOV")),
        st.tuples(st.just("edit"), st.sampled_from(["clear", "backspace", "space"])),
        st.tuples(st.just("partial"), st.just("")),
        st.tuples(st.sampled_from(["read", "leave", "return"]), st.sampled_from("012")),
    ),
    max_size=50,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 8), st.integers(1, 8))
def test_every_viewer_ends_with_the_same_text(steps: list[tuple[str, str]], max_behind: int, max_events: int) -> None:
    """However viewers read, leave, fall behind and come back, all hold the room's text, gapless within a resume."""
    asyncio.run(_live_through(steps, max_behind, max_events))


class _Viewer:
    def __init__(self, room: Room) -> None:
        self.room = room
        self.subscription = room.subscribe()
        self.text = ""
        self.seq: int | None = None
        self.log_id: str | None = None

    def come_back(self) -> None:
        self.subscription.close()
        self.subscription = self.room.subscribe(self.seq, self.log_id)

    async def read(self, most: int = 10_000) -> None:
        for event in await _drain(self.subscription, most):
            if isinstance(event, Hello):
                self.log_id = event.log_id
                if event.replay != "resume":
                    self.seq = None
            elif isinstance(event, Letter | Edit):
                assert self.seq is None or event.seq == self.seq + 1
                self.seq, self.text = event.seq, event.text


async def _live_through(steps: list[tuple[str, str]], max_behind: int, max_events: int) -> None:
    room = _make_room(max_behind, max_events)
    viewers = [_Viewer(room) for _ in range(3)]
    for step, detail in steps:
        match step:
            case "letter":
                _sign(room, detail)
            case "edit":
                room.edit(detail)  # type: ignore[arg-type]
            case "partial":
                room.publish_partial(_partial())
            case "read":
                await viewers[int(detail)].read(2)
            case "leave":
                viewers[int(detail)].subscription.close()
            case "return":
                viewers[int(detail)].come_back()
    for viewer in viewers:
        if viewer.subscription.closed_reason is not None:
            viewer.come_back()
        await viewer.read()
        assert viewer.text == room.text
        assert viewer.seq == (room.log.last_seq or None)
        assert viewer.subscription.statistics().behind == 0


def test_a_room_is_made_once() -> None:
    """The same name is the same room."""
    rooms = Rooms("celov", ["C"])
    assert rooms.get("main") is rooms.get("main")
    assert [room.name for room in rooms.all()] == ["main"]


@pytest.mark.parametrize("name", ["", "a b", "../x", "ä", "x" * 65])
def test_a_bad_room_name_is_refused(name: str) -> None:
    """Names that would need escaping in a link do not become rooms."""
    with pytest.raises(ValueError, match="room's name"):
        Rooms("celov", ["C"]).get(name)


async def test_idle_rooms_are_bounded_and_busy_ones_stay() -> None:
    """The idle room unused longest goes; a room with a viewer or a camera does not."""
    rooms = Rooms("celov", ["C"], max_idle=2)
    viewer = rooms.get("watched").subscribe()
    rooms.get("filmed").publish_status(_status("live"))
    for number in range(5):
        rooms.get(f"idle{number}")
    assert [room.name for room in rooms.all()] == ["watched", "filmed", "idle3", "idle4"]
    rooms.close()
    assert viewer.closed_reason == "The server is stopping."


async def test_viewers_hear_which_model_reads_now() -> None:
    """Who was greeted hears of the newest change once; who was not, and who comes later, hears it in the greeting."""
    rooms = Rooms("celov", ["C", "E"], clock=lambda: 1.0)
    room = rooms.get("main")
    greeted, waiting = room.subscribe(), room.subscribe()
    await _drain(greeted)
    rooms.read_by("first", ["A"])
    rooms.read_by("second", ["A", "B"])
    assert await _drain(greeted) == [ModelChange(model="second", letters=["A", "B"])]
    for viewer in (waiting, room.subscribe(), rooms.get("later").subscribe()):
        (hello,) = await _drain(viewer)
        assert isinstance(hello, Hello)
        assert (hello.model, hello.letters) == ("second", ["A", "B"])
