"""captions/subscription.py: every viewer ends with the same text, and no viewer harms another."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from streamsign.captions.events import Edit, Hello, KeptEvent, Letter, Moment, Partial, Status
from streamsign.captions.hub import Room
from tests.captions.rooms import drain, make_room, partial, sign, status

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("letter"), st.sampled_from("CELOV")),
        st.tuples(st.just("edit"), st.sampled_from(["clear", "backspace", "space"])),
        st.tuples(st.just("partial"), st.just("")),
        st.tuples(st.sampled_from(["read", "leave", "return"]), st.sampled_from("012")),
    ),
    max_size=50,
)


async def test_a_viewer_is_greeted_then_gets_the_log_then_the_moment() -> None:
    """Hello comes first, then earlier events, then new letters."""
    room = make_room()
    sign(room, "CE")
    viewer = room.subscribe()
    sign(room, "L")
    hello, *letters = await drain(viewer)
    assert isinstance(hello, Hello)
    assert (hello.text, hello.last_seq, hello.replay, hello.letters) == ("CE", 2, "start", ["C", "E", "L"])
    assert [event.letter for event in letters if isinstance(event, Letter)] == ["C", "E", "L"]


async def test_a_viewer_waiting_is_woken() -> None:
    """A letter reaches a viewer who already waits for it."""
    room = make_room()
    viewer = room.subscribe()
    await drain(viewer)
    waiting = asyncio.ensure_future(anext(viewer))
    await asyncio.sleep(0)
    sign(room, "C")
    event = await waiting
    assert isinstance(event, Letter)
    assert event.stages_ms == {"total": 3.0}


async def test_a_partial_replaces_the_older_one_of_its_camera() -> None:
    """A viewer who was away sees one partial a camera, the newest, after the letters."""
    room = make_room()
    viewer = room.subscribe()
    await drain(viewer)
    for at_s in (1.0, 2.0, 3.0):
        room.publish_partial(partial("a", at_s=at_s))
    room.publish_partial(partial("b", at_s=2.5))
    sign(room, "C")
    events = await drain(viewer)
    assert isinstance(events[0], Letter)
    assert [(event.session, event.captured_s) for event in events if isinstance(event, Partial)] == [
        ("a", 3.0),
        ("b", 2.5),
    ]
    assert viewer.statistics().partials_replaced == room.statistics().partials_replaced == 2
    assert room.statistics().partials == 4


async def test_a_camera_that_has_gone_takes_its_partial_along() -> None:
    """No partial comes after the status that says its camera is closed."""
    room = make_room()
    viewer = room.subscribe()
    await drain(viewer)
    room.publish_partial(partial())
    room.publish_status(status("closed"))
    assert [type(event) for event in await drain(viewer)] == [Status]


async def test_a_slow_viewer_is_closed_and_may_resume_without_harm_to_others() -> None:
    """Too far behind means closed with a reason; the others and the resumed viewer have every letter."""
    room = make_room(max_behind=3)
    slow, quick = room.subscribe(), room.subscribe()
    quick_letters = await drain(quick)
    await drain(slow)
    for _ in range(4):
        sign(room, "C")
        quick_letters += await drain(quick)
    assert slow.closed_reason is not None
    assert "4 letters behind" in slow.closed_reason
    assert await drain(slow) == []
    assert sum(isinstance(event, Letter) for event in quick_letters) == 4
    hello, *missed = await drain(room.subscribe(0, slow.hello.log_id))
    assert isinstance(hello, Hello)
    assert hello.replay == "resume"
    assert len(missed) == 4
    assert room.statistics().viewers_closed_behind == 1


async def test_a_new_viewer_of_a_full_log_is_not_behind() -> None:
    """What falls off before a fresh viewer reads its first letter does not close it."""
    room = make_room(max_events=3)
    sign(room, "CELO")
    viewer = room.subscribe()
    assert isinstance(await anext(viewer), Hello)
    sign(room, "V")
    events = await drain(viewer)
    assert viewer.closed_reason is None
    assert [event.letter for event in events if isinstance(event, Letter)] == ["L", "O", "V"]


async def test_a_canceled_wait_loses_nothing() -> None:
    """Canceling a viewer's wait just as a letter comes leaves the letter for the next one."""
    room = make_room()
    viewer = room.subscribe()
    await drain(viewer)
    waiting = asyncio.ensure_future(anext(viewer))
    await asyncio.sleep(0)
    sign(room, "C")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len(await drain(viewer)) == 1


async def test_closing_ends_a_waiting_viewer() -> None:
    """A waiting viewer ends when the room closes, and the room removes it."""
    room = make_room()
    viewer = room.subscribe()
    await drain(viewer)
    waiting = asyncio.ensure_future(anext(viewer, None))
    await asyncio.sleep(0)
    room.close("Enough.")
    assert await waiting is None
    assert viewer.closed_reason == "Enough."
    assert not room.busy


async def test_leaving_the_block_unsubscribes() -> None:
    """``async with`` gives the place back, and closing again changes nothing."""
    room = make_room()
    async with room.subscribe() as viewer:
        assert room.statistics().viewers == 1
    viewer.close("again")
    assert room.statistics().viewers == 0
    assert viewer.closed_reason == "The viewer left."


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
        for event in await drain(self.subscription, most):
            if isinstance(event, Hello):
                self.log_id = event.log_id
                if event.replay != "resume":
                    self.seq = None
            elif isinstance(event, Letter | Edit):
                assert self.seq is None or event.seq == self.seq + 1
                self.seq, self.text = event.seq, event.text


async def _live_through(steps: list[tuple[str, str]], max_behind: int, max_events: int) -> None:
    room = make_room(max_behind, max_events)
    viewers = [_Viewer(room) for _ in range(3)]
    for step, detail in steps:
        match step:
            case "letter":
                sign(room, detail)
            case "edit":
                await room.edit(detail)  # type: ignore[arg-type]
            case "partial":
                room.publish_partial(partial())
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


async def test_an_event_is_taken_at_once_only_in_its_turn() -> None:
    """While the viewer waits it takes events as they come; while it is busy, or refuses, they come in order later."""
    room = make_room()
    seen: list[tuple[str, int]] = []
    takes = True

    def at_once(event: KeptEvent | Moment) -> bool:
        if takes and isinstance(event, Letter):
            seen.append(("at once", event.seq))
        return takes and isinstance(event, Letter)

    async def read() -> None:
        async for event in viewer:
            seen.extend([("in turn", event.seq)] if isinstance(event, Letter) else [])

    viewer = room.subscribe()
    viewer.at_once = at_once
    sign(room, "C")  # before the Hello is read: it waits behind it
    reading = asyncio.ensure_future(read())
    await asyncio.sleep(0)
    sign(room, "E")
    takes = False
    sign(room, "L")
    takes = True
    sign(room, "O")  # the one before waits: this one, too
    for _ in range(5):
        await asyncio.sleep(0)
    sign(room, "V")
    assert seen == [("in turn", 1), ("at once", 2), ("in turn", 3), ("in turn", 4), ("at once", 5)]
    assert viewer.statistics().sent == 6
    assert viewer.statistics().behind == 0
    room.close()
    await reading


async def test_a_closed_viewer_takes_nothing_at_once() -> None:
    """After the close of a waiting viewer nothing more is given to it."""
    room = make_room()
    taken: list[object] = []
    viewer = room.subscribe()

    def at_once(event: KeptEvent | Moment) -> bool:
        taken.append(event)
        return True

    viewer.at_once = at_once
    assert isinstance(await anext(viewer), Hello)
    waiting = asyncio.ensure_future(anext(viewer, None))
    await asyncio.sleep(0)
    viewer.close()
    sign(room, "C")
    assert await waiting is None
    assert not taken
