"""cluster/handover.py: what two sessions that read the same camera publish together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from streamsign.captions.events import Partial
from streamsign.captions.hub import Room
from streamsign.cluster import handover
from streamsign.cluster.camera_messages import HandedOver
from streamsign.cluster.handover import SessionWriter
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "WARM_S", 0.0)


def _partial(at_s: float) -> Partial:
    return Partial(session="new", letter=None, confidence=0.0, alternatives=[], sharpness=1.0, captured_s=at_s)


def _commit(letter: str, started_s: float, captured_s: float, replaces: int = 0) -> Commit:
    return Commit(letter, 0.9, started_s, captured_s, (), replaces)


def _pair(room: Room, answer: Callable[[SessionWriter], HandedOver | None]) -> tuple[SessionWriter, SessionWriter]:
    former = SessionWriter(room, "old")

    async def end() -> HandedOver | None:
        return answer(former)

    ending: Callable[[], Awaitable[HandedOver | None]] = end
    return former, SessionWriter(room, "new", "old", ending)


def _room() -> Room:
    return Room("main", "celov", list("CELOV"))


async def _taken_over() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_both_read_and_each_letter_is_published_once() -> None:
    """Letters that both read come from the former session, those after its last frame from the new one."""
    room = _room()
    former, new = _pair(room, lambda old: old.last)
    for each in (former, new):
        each.publish_letter("x", _commit("C", 1.0, 1.2))
    former.publish_letter("old", _commit("E", 2.0, 2.2))
    former.publish_partial(_partial(2.3))
    new.publish_letter("new", _commit("E", 2.01, 2.24))  # a frame later than the former session
    new.publish_letter("new", _commit("L", 2.6, 2.8))  # after its last frame
    assert room.text == "CE"
    new.publish_partial(_partial(2.9))
    await _taken_over()
    assert room.text == "CEL"
    new.publish_letter("new", _commit("L", 3.3, 3.5))
    assert room.text == "CELL"


async def test_a_letter_held_at_the_end_is_published_once_whoever_was_first() -> None:
    """The former session committed the letter in its last frame; the new one commits the same hold after it."""
    room = _room()
    former, new = _pair(room, lambda old: old.last)
    former.publish_letter("old", _commit("O", 5.0, 5.3))
    former.publish_partial(_partial(5.3))
    new.publish_partial(_partial(5.3))
    await _taken_over()
    new.publish_letter("new", _commit("O", 5.02, 5.34))
    assert room.text == "O"
    new.publish_letter("new", _commit("O", 6.0, 6.3))
    assert room.text == "OO"


@pytest.mark.parametrize("answer", [None, HandedOver(found=False)])
async def test_a_former_session_that_is_gone_is_read_from_the_log(answer: HandedOver | None) -> None:
    """What the log has of a killed worker's session is not published again, and what it has not is."""
    room = _room()
    former, new = _pair(room, lambda _: answer)
    former.publish_letter("old", _commit("V", 1.0, 1.3))
    new.publish_letter("new", _commit("V", 1.0, 1.31))
    new.publish_letter("new", _commit("E", 1.8, 2.0))
    new.publish_partial(_partial(2.1))
    await _taken_over()
    assert room.text == "VE"


async def test_a_drawn_letter_takes_back_what_the_former_session_wrote() -> None:
    """A letter that replaces an earlier one removes it, though another session published that one."""
    room = Room("main", "alphabet", list("IJ"))
    former, new = _pair(room, lambda old: old.last)
    former.publish_letter("old", _commit("I", 1.0, 1.3))
    former.publish_partial(_partial(1.3))
    new.publish_partial(_partial(1.3))
    await _taken_over()
    new.publish_letter("new", _commit("J", 1.6, 1.9, replaces=1))
    assert room.text == "J"


async def test_a_pause_ends_the_word_once() -> None:
    """A pause that the former session has published is dropped, and a later one is published."""
    room = _room()
    former, new = _pair(room, lambda old: old.last)
    former.publish_letter("old", _commit("C", 1.0, 1.2))
    former.publish_pause("old", Pause("word", 1.2, 2.2))
    former.publish_partial(_partial(2.5))
    new.publish_pause("new", Pause("word", 1.2, 2.2))
    new.publish_partial(_partial(2.5))
    await _taken_over()
    assert room.text == "C "
    new.publish_pause("new", Pause("sentence", 1.2, 5.2))
    assert room.text == "C\n"


async def test_readings_of_the_new_session_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Viewers get the readings of one session at a time, and a session that ends first takes nothing over."""
    monkeypatch.setattr(handover, "WARM_S", 60.0)
    room = _room()
    former, new = _pair(room, lambda old: old.last)
    new.publish_partial(_partial(1.0))
    assert room.statistics().partials == 0
    former.publish_partial(_partial(1.0))
    assert room.statistics().partials == 1
    new.publish_letter("new", _commit("C", 1.0, 1.2))
    new.close()
    await _taken_over()
    assert room.text == ""
