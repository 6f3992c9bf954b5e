"""Rooms in paths and queries."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from streamsign.captions.room import CaptionRoom
from streamsign.captions.rooms import CaptionRooms, TooManyRooms, check_name
from streamsign.room_names import ROOM_PATTERN
from streamsign.server.http.problems import Problem

_DESCRIPTION = "name of the room: 1 to 64 letters, digits, - or _"
# Documented, not validated: a name that no room can have is answered with 404, like any other resource that is missing.
_SCHEMA = {"pattern": f"^{ROOM_PATTERN.pattern}$"}

RoomName = Annotated[str, Path(description=_DESCRIPTION, json_schema_extra=_SCHEMA)]
"""Annotation of the path parameter ``room``."""

RoomQuery = Annotated[str, Query(description=_DESCRIPTION, json_schema_extra=_SCHEMA)]
"""Annotation of the query parameter ``room``."""


async def room_named(rooms: CaptionRooms, name: str, *, make: bool = True, to_watch: bool = False) -> CaptionRoom:
    """The room of a name.

    Args:
        rooms: the rooms of the server.
        name: the name.
        make: whether it is made when it is new; else an empty one that is not kept stands for it.
        to_watch: see :meth:`CaptionRooms.get`.

    Raises:
        Problem: 404, no room can have that name; 503, a new one would be one too many.
        LogUnavailable: its log cannot be loaded now.
    """
    require_room_name(name)
    try:
        return await (rooms.get(name, to_watch=to_watch) if make else rooms.look(name))
    except TooManyRooms as error:
        raise Problem(
            503, "too_many_rooms", f"The room cannot be made: {error}.", "Delete the text of a room that is not needed."
        ) from None


def require_room_name(name: str) -> None:
    """Check the name of a room.

    Raises:
        Problem: 404, no room can have that name.
    """
    try:
        check_name(name)
    except ValueError:
        raise Problem(
            404,
            "no_such_room",
            f"No room is named {name[:80]!r}.",
            "A room's name is 1 to 64 letters, digits, - or _.",
        ) from None
