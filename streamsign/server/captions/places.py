"""Places of viewers: how many may watch, and how many of them one room."""

from __future__ import annotations

from streamsign.captions.rooms import CaptionRooms
from streamsign.state.grants import Grant, Right

OWNER_VIEWERS = 8
"""Pages of the owner that are served beyond ``max_viewers``."""


def is_owners(grant: Grant | None) -> bool:
    """Whether a grant is the owner's; None stands for a fixed token."""
    return grant is not None and Right.OWNER in grant.rights


def has_place(rooms: CaptionRooms, name: str, limit: int, grant: Grant | None) -> bool:
    """Whether one more viewer of a room has a place. A room leaves a tenth of the places to the other rooms.

    Args:
        rooms: all rooms.
        name: the room's name.
        limit: viewers at a time in all rooms.
        grant: the viewer's; None for the view token.
    """
    if is_owners(grant):
        return rooms.viewers < limit + OWNER_VIEWERS
    return rooms.viewers < limit and rooms.viewers_of(name) < limit - limit // 10
