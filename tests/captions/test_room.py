"""captions/room.py: what every room does, on the embedded one."""

from __future__ import annotations

import asyncio

import pytest

from streamsign.captions.events import Edit
from tests.captions.rooms import make_room, sign


async def test_an_edit_may_depend_on_the_newest_text() -> None:
    """The word of an edit can be computed from the text that it changes."""
    room = make_room()
    sign(room, "CE")
    event = await room.edit("write", word=lambda text: text + "L")
    assert event == Edit(seq=3, action="write", text="CEL", at_s=1.0)


async def test_an_edit_that_is_refused_writes_nothing() -> None:
    """The error of the word's function is raised, and the text stays."""
    room = make_room()
    sign(room, "C")

    def refuse(text: str) -> str:
        raise ValueError(text)

    with pytest.raises(ValueError, match=r"^C$"):
        await room.edit("write", word=refuse)
    assert (room.text, room.log.last_seq) == ("C", 1)


async def test_who_waits_for_an_event_is_woken_by_it() -> None:
    """published() returns once the event of that number can be read, and at once if it can be already."""
    room = make_room()
    waiting = asyncio.ensure_future(room.published(2))
    sign(room, "C")
    await asyncio.sleep(0)
    assert not waiting.done()
    sign(room, "E")
    await asyncio.wait_for(waiting, 1)
    await room.published(1)
    await room.settled()
