"""server/captions/places.py: places of viewers."""

from __future__ import annotations

import pytest

from streamsign.captions.hub import Rooms
from streamsign.server.captions.places import OWNER_VIEWERS, has_place, is_owners
from streamsign.state.grants import EVERY_ROOM, Grant, Right

OWNER = Grant(frozenset({Right.OWNER}), EVERY_ROOM, "owner", 10)
VIEWER = Grant(frozenset({Right.VIEW}), "hall", "viewer", 10)


async def test_a_full_room_leaves_places_to_others() -> None:
    """One room takes nine tenths of the places; then another room still has some, up to all."""
    rooms = Rooms("celov", ["C"])
    held = [(await rooms.get("hall")).subscribe() for _ in range(18)]
    assert not has_place(rooms, "hall", 20, VIEWER)
    assert has_place(rooms, "left", 20, None)
    held += [(await rooms.get("left")).subscribe() for _ in range(2)]
    assert not has_place(rooms, "left", 20, None)
    assert has_place(rooms, "hall", 20, OWNER)
    held += [(await rooms.get("main")).subscribe() for _ in range(OWNER_VIEWERS)]
    assert not has_place(rooms, "hall", 20, OWNER)


@pytest.mark.parametrize(("grant", "owners"), [(OWNER, True), (VIEWER, False), (None, False)])
def test_only_the_owners_grant_is_the_owners(grant: Grant | None, owners: bool) -> None:
    """A fixed token, which has no grant, is not the owner's."""
    assert is_owners(grant) is owners
