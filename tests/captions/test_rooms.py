"""captions/rooms.py: rooms whose logs take a while to load."""

from __future__ import annotations

import asyncio

import pytest

from streamsign.captions.hub import Room, Rooms
from streamsign.captions.rooms import TooManyRooms, check_name


class _SlowRooms(Rooms):
    """Rooms that are opened when the gate is."""

    def __init__(self, max_rooms: int = 8) -> None:
        super().__init__("celov", ["C"], max_rooms=max_rooms)
        self.gate = asyncio.Event()
        self.opened: list[str] = []

    async def _open(self, name: str) -> Room:
        await self.gate.wait()
        self.opened.append(name)
        return await super()._open(name)


async def test_a_room_that_several_wait_for_is_opened_once() -> None:
    """All get the same room, also when the first of them gives up."""
    rooms = _SlowRooms()
    waiting = [asyncio.ensure_future(rooms.get("main")) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    rooms.gate.set()
    _, second, third = await asyncio.gather(*waiting, return_exceptions=True)
    assert second is third is await rooms.get("main")
    assert rooms.opened == ["main"]


async def test_rooms_that_are_being_opened_count() -> None:
    """No more rooms are opened at a time than are allowed."""
    rooms = _SlowRooms(max_rooms=2)
    waiting = [asyncio.ensure_future(rooms.get(name)) for name in ("a", "b", "c")]
    await asyncio.sleep(0)
    rooms.gate.set()
    opened = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(each, TooManyRooms) for each in opened] == [False, False, True]


def test_the_names_of_rooms() -> None:
    """Letters, digits, hyphens and underscores make a name; anything else is refused with the rule."""
    check_name("Room_1-a")
    with pytest.raises(ValueError, match="1 to 64 letters"):
        check_name("a.b")
