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


def _partial(at_s: float, letter: str | None = None) -> Partial:
    return Partial(session="new", letter=letter, confidence=0.0, alternatives=[], sharpness=1.0, captured_s=at_s)


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


async def test_a_hold_that_the_new_session_begins_in_is_published_once() -> None:
    """The new session commits a letter that the former one committed long before, and the next one is published."""
    room = _room()
    former, new = _pair(room, lambda old: old.last)
    former.publish_letter("old", _commit("L", 1.0, 1.3))
    for at_s in (1.3, 2.0, 3.0, 4.0):
        former.publish_partial(_partial(at_s, "L"))
    new.publish_partial(_partial(3.0))
    new.publish_letter("new", _commit("L", 3.4, 3.9))  # few frames were read: the machine is busy
    await _taken_over()
    assert room.text == "L"
    new.publish_letter("new", _commit("L", 4.6, 4.9))
    assert room.text == "LL"


async def test_a_letter_signed_again_before_the_end_of_the_former_session_is_not_lost() -> None:
    """A letter that was released and is signed again is another one, though both read its first frames."""
    room = _room()
    former, new = _pair(room, lambda old: old.last)
    former.publish_letter("old", _commit("L", 1.0, 1.3))
    for at_s, letter in ((1.5, "L"), (1.6, None), (1.65, "L"), (1.8, None), (2.4, "L"), (2.5, "L")):
        former.publish_partial(_partial(at_s, letter))
    assert former.last.letters[0].held_s == 1.65  # the short change does not end the hold
    new.publish_partial(_partial(1.4))
    new.publish_letter("new", _commit("L", 1.5, 1.7))
    new.publish_letter("new", _commit("L", 2.3, 2.6))
    await _taken_over()
    assert room.text == "LL"


async def test_a_double_without_release_is_not_lost() -> None:
    """A letter of the former session stands for one commit: a slide in the same hold adds the second one."""
    room = _room()
    former, new = _pair(room, lambda old: old.last)
    former.publish_letter("old", _commit("L", 1.0, 1.3))
    for at_s in (1.3, 2.4):
        former.publish_partial(_partial(at_s, "L"))
    new.publish_partial(_partial(1.4))
    new.publish_letter("new", _commit("L", 1.5, 1.8))
    new.publish_letter("new", _commit("L", 2.3, 2.5))
    await _taken_over()
    assert room.text == "LL"


async def test_a_hold_through_two_moves_is_published_once() -> None:
    """A session hands over the letter that it dropped for its former one."""
    room = _room()
    former, second = _pair(room, lambda old: old.last)
    former.publish_letter("old", _commit("L", 1.0, 1.3))
    former.publish_partial(_partial(3.0, "L"))
    second.publish_partial(_partial(2.0))
    second.publish_letter("new", _commit("L", 2.2, 2.7))
    await _taken_over()

    async def end_second() -> HandedOver:
        return second.last

    second.publish_partial(_partial(5.0, "L"))
    third = SessionWriter(room, "third", "new", end_second)
    third.publish_partial(_partial(4.0))
    third.publish_letter("third", _commit("L", 4.2, 4.8))
    await _taken_over()
    assert room.text == "L"


async def test_a_hold_is_published_once_where_the_former_session_is_gone() -> None:
    """A letter that the new session reads from its first frames on is the last one of the former session."""
    room = _room()
    former, new = _pair(room, lambda _: None)
    former.publish_letter("old", _commit("L", 1.0, 1.3))
    new.publish_partial(_partial(3.0))
    new.publish_letter("new", _commit("L", 3.1, 3.6))
    await _taken_over()
    assert room.text == "L"
    new.publish_letter("new", _commit("L", 4.1, 4.4))
    assert room.text == "LL"


async def test_a_letter_after_a_pause_is_published_where_the_former_session_is_gone() -> None:
    """A pause after the last letter of the former session shows that it was released."""
    room = _room()
    former, new = _pair(room, lambda _: None)
    former.publish_letter("old", _commit("L", 1.0, 1.3))
    former.publish_pause("old", Pause("word", 1.3, 2.3))
    new.publish_partial(_partial(3.0))
    new.publish_letter("new", _commit("L", 3.1, 3.6))
    await _taken_over()
    assert room.text == "L L"


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
