"""server/rooms/names.py: rooms by the names in paths and queries."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.hub import Rooms
from streamsign.room_names import ROOM_PATTERN
from streamsign.server.http.problems import Problem
from streamsign.server.rooms.names import room_named
from tests.captions.rooms import sign


def rooms(max_rooms: int = 2) -> Rooms:
    """Rooms of a server."""
    return Rooms("celov", list("CELOV"), max_rooms=max_rooms)


async def test_reading_a_room_does_not_make_it() -> None:
    """A room that is looked at is empty and is not kept; one that is made is the same from then on."""
    found = rooms()
    assert await room_named(found, "main", make=False) is not await room_named(found, "main", make=False)
    assert await room_named(found, "main") is await room_named(found, "main")
    assert await room_named(found, "main", make=False) is await room_named(found, "main")


async def test_one_room_too_many_is_refused() -> None:
    """Beyond the limit a new room is answered with 503 and the next step; rooms with text stay."""
    found = rooms(max_rooms=1)
    kept = await room_named(found, "main")
    sign(kept, "C")
    with pytest.raises(Problem) as refused:
        await room_named(found, "left")
    assert (refused.value.status_code, refused.value.reason) == (503, "too_many_rooms")
    assert await room_named(found, "main") is kept


@given(st.text().filter(lambda name: not ROOM_PATTERN.fullmatch(name)))
def test_a_name_that_no_room_can_have_is_not_found(name: str) -> None:
    """Any other text is answered with 404, and with no more than its first 80 characters."""
    for make in (True, False):
        with pytest.raises(Problem) as refused:
            asyncio.run(room_named(rooms(), name, make=make))
        assert (refused.value.status_code, refused.value.reason) == (404, "no_such_room")
        assert len(refused.value.detail) < 1000
