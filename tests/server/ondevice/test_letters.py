"""server/ondevice/letters.py: letters of phones are checked, limited, and taken once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from streamsign.captions.events import Edit, Letter, Partial, Status
from streamsign.captions.hub import Room
from streamsign.captions.store import EventStore
from streamsign.captions.subscription import Subscription
from streamsign.server.ondevice.letters import (
    LETTERS_AT_ONCE,
    LETTERS_PER_S,
    MAX_AGE_S,
    MAX_AHEAD_S,
    MAX_EVENTS,
    MAX_READERS,
    READERS_OF_HOLDER,
    REQUESTS_AT_ONCE,
    REQUESTS_PER_S,
    LettersRequest,
    LettersTaken,
    PhoneReaders,
    TooFast,
    TooManyReaders,
)

LETTERS = ("L", "O", "V", "E")
SESSION = "0123456789abcdef"


class Clock:
    """A clock that stands still."""

    now_s = 1e6

    def __call__(self) -> float:
        """Seconds."""
        return self.now_s


def letter(name: str, captured_s: float, **more: Any) -> dict[str, Any]:
    """A letter as a phone sends it."""
    sent = {"type": "letter", "letter": name, "confidence": 0.9}
    sent |= {"started_s": captured_s - 0.1, "captured_s": captured_s}
    return sent | more


def take(
    readers: PhoneReaders, room: Room, *events: dict[str, Any], session: str = SESSION, **more: Any
) -> LettersTaken:
    """Send events to a room."""
    request = LettersRequest.model_validate({"session": session, "events": events, **more})
    return readers.take(room, request, LETTERS, holder=None, silent_s=60)


@pytest.fixture
def clock() -> Clock:
    """The room's clock."""
    return Clock()


@pytest.fixture
async def room(clock: Clock) -> Room:
    """An empty room, in the test's event loop."""
    return Room("main", "test", LETTERS, clock=clock)


async def test_events_sent_again_are_taken_once(room: Room, clock: Clock) -> None:
    """A request whose answer was lost is sent again with more events: only those are added, in order."""
    readers = PhoneReaders()
    first, second = letter("L", clock.now_s - 2), letter("O", clock.now_s - 1)
    assert take(readers, room, first).taken == 1
    assert take(readers, room, first, second).model_dump() == {
        "taken": 1,
        "refused": 0,
        "text": "LO",
        "model": "test",
        "adapted": "",
        "now_s": clock.now_s,
    }
    assert take(readers, room, first, second).taken == 0
    assert room.text == "LO"


async def test_events_sent_again_after_a_restart_are_taken_once(tmp_path: Path, clock: Clock) -> None:
    """The room's log on disk knows the newest event of a session, exactly."""
    sent = letter("L", clock.now_s - 1 / 3)
    store = EventStore(tmp_path / "captions.sqlite3")
    before = Room("main", "test", LETTERS, clock=clock, store=store)
    take(PhoneReaders(), before, sent)
    await before.published(1)
    after = Room("main", "test", LETTERS, clock=clock, store=store)
    assert take(PhoneReaders(), after, sent, letter("O", clock.now_s)).taken == 1
    assert after.log.newest_text == "LO"
    store.close()


async def test_pauses_and_replacements_change_the_text(room: Room, clock: Clock) -> None:
    """A pause ends the word, and a letter takes the place of those it replaces."""
    at_s = clock.now_s
    pause = {"type": "pause", "ends": "word", "started_s": at_s - 6, "captured_s": at_s - 5}
    sent = [
        letter("L", at_s - 9),
        letter("O", at_s - 8),
        pause,
        letter("V", at_s - 3),
        letter("E", at_s - 2, replaces=1),
    ]
    assert take(PhoneReaders(), room, *sent).taken == 5
    assert room.text == "LO E"
    assert [type(event) for event in room.log.after()[1]] == [Letter, Letter, Edit, Letter, Edit, Letter]


@pytest.mark.parametrize(
    "wrong",
    [
        {"letter": "Q"},
        {"alternatives": [{"letter": "Q", "confidence": 0.5}]},
        {"captured_s": 1e6 + MAX_AHEAD_S + 1},
        {"captured_s": 1e6 - MAX_AGE_S - 1, "started_s": 1e6 - MAX_AGE_S - 2},
        {"started_s": 1e6},
        {"started_s": 1e6 - 300},
    ],
    ids=["unknown letter", "unknown alternative", "future", "too old", "begins after its end", "led too long"],
)
async def test_what_cannot_be_right_is_refused(room: Room, wrong: dict[str, Any]) -> None:
    """The event is counted and left out, and those around it are taken."""
    sent = letter("L", 1e6 - 1) | wrong
    answer = take(PhoneReaders(), room, sent, letter("O", 1e6))
    assert (answer.taken, answer.refused, room.text) == (1, 1, "O")


async def test_letters_too_close_and_too_many_are_refused(room: Room, clock: Clock) -> None:
    """Of two letters within 20 ms the second is left out; thousands at once are an error, and none is taken."""
    assert take(PhoneReaders(), room, letter("L", clock.now_s), letter("O", clock.now_s + 0.01)).refused == 1
    readers = PhoneReaders()

    def batch(number: int) -> None:
        at_s = clock.now_s - 3600 + number * MAX_EVENTS
        take(readers, room, *(letter("L", at_s + each) for each in range(MAX_EVENTS)), session="f" * 16)

    for number in range(LETTERS_AT_ONCE // MAX_EVENTS):
        batch(number)
    kept = room.log.last_seq
    with pytest.raises(TooFast):
        batch(number + 1)
    assert room.log.last_seq == kept


async def test_a_refused_request_is_taken_when_it_is_sent_again(room: Room, clock: Clock) -> None:
    """Refusals do not count: a phone that sends too many letters every second again is heard after some seconds."""
    seconds = Clock()
    readers = PhoneReaders(seconds)
    sent = [letter("L", clock.now_s - 5000 + number) for number in range(LETTERS_AT_ONCE + MAX_EVENTS)]
    refused = 0
    while sent:
        try:
            assert take(readers, room, *sent[:MAX_EVENTS]).refused == 0
        except TooFast:
            refused += 1
            seconds.now_s += 1
            assert refused <= MAX_EVENTS / LETTERS_PER_S + 1
        else:
            del sent[:MAX_EVENTS]
    assert refused > 1
    assert room.text == "L" * (LETTERS_AT_ONCE + MAX_EVENTS)


async def test_viewers_see_that_the_phone_reads(room: Room, clock: Clock) -> None:
    """The first request makes the status live and shows the present reading, the last one closes it."""
    readers = PhoneReaders()
    reading = {"letter": "L", "confidence": 0.5, "sharpness": 1, "captured_s": clock.now_s}
    async with room.subscribe() as events:
        take(readers, room, reading=reading)
        assert [status.state for status in room.statuses.values()] == ["live"]
        assert readers.in_room("main") == [None]
        assert readers.is_reading("main", SESSION)
        partial = await _first(events, Partial)
        take(readers, room, ended=True)
        assert readers.in_room("main") == []
        closed = await _first(events, Status)
    assert isinstance(partial, Partial)
    assert isinstance(closed, Status)
    assert (partial.letter, closed.state) == ("L", "closed")


async def _first(events: Subscription, kind: type[BaseModel]) -> BaseModel:
    """The first event of a kind that a viewer receives from now on."""
    async for event in events:
        if isinstance(event, kind):
            return event
    raise AssertionError("the room was closed")


async def test_a_silent_phone_is_closed(room: Room) -> None:
    """Without a request for the time given, the phone counts as gone, and with the next one as back."""
    readers = PhoneReaders()
    request = LettersRequest(session=SESSION, events=[])
    async with room.subscribe() as events:
        readers.take(room, request, LETTERS, holder=None, silent_s=0)
        await asyncio.sleep(0.05)
        closed = await _first(events, Status)
    assert isinstance(closed, Status)
    assert closed.state == "closed"
    assert not room.statuses
    take(readers, room)
    assert [status.state for status in room.statuses.values()] == ["live"]
    readers.close()
    assert not room.statuses


async def test_a_phone_reads_in_few_sessions(room: Room) -> None:
    """A phone that begins session after session ends its own oldest ones, and no other phone's."""
    readers = PhoneReaders()

    def read(number: int, holder: str) -> None:
        request = LettersRequest(session=f"{number:016x}", events=[])
        readers.take(room, request, LETTERS, holder=holder, silent_s=60)

    read(0, "other")
    for number in range(1, 20):
        read(number, "phone")
    assert sorted(holder or "" for holder, _ in readers.by_holder()) == ["other", *["phone"] * READERS_OF_HOLDER]
    assert [name for _, name in readers.by_holder()][-1] == f"{19:016x}"
    readers.close()


async def test_sessions_of_the_publish_token_are_limited(room: Room) -> None:
    """With :data:`MAX_READERS` sessions the next one is refused, until one of them ends. Those that read continue."""
    readers = PhoneReaders()
    for number in range(MAX_READERS):
        take(readers, room, session=f"{number:016x}")
    with pytest.raises(TooManyReaders):
        take(readers, room, session="f" * 16)
    take(readers, room, session="0" * 16)
    take(readers, room, session="0" * 16, ended=True)
    take(readers, room, session="f" * 16)
    readers.close()


async def test_a_flood_of_requests_is_refused(room: Room, clock: Clock) -> None:
    """Beyond its rate a phone gets nothing done, in however many sessions; a moment later its requests are taken."""
    readers = PhoneReaders(clock)

    def flood(count: int) -> None:
        for number in range(count):
            request = LettersRequest(session=f"{number % 2:016x}", events=[])
            readers.take(room, request, LETTERS, holder="phone", silent_s=60)

    flood(REQUESTS_AT_ONCE - 1)
    with pytest.raises(TooFast):
        flood(2)
    clock.now_s += 1
    flood(int(REQUESTS_PER_S) - 1)
    readers.close()
