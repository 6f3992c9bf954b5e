"""Keeps a grant in its room on the WHIP routes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request

from streamsign.server.cameras.registry import Cameras
from streamsign.server.grants.access import Access
from streamsign.state.grants import EVERY_ROOM, Right


class OtherRoom(Exception):
    """A grant was shown for a room, or a camera in a room, that is not its own."""


def own_room(cameras: Cameras, access: Access) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency of the WHIP routes: raises :class:`OtherRoom` for a grant that is another room's."""

    async def check(request: Request) -> None:
        token = access.caller(request)
        grant = access.grants.read(token) if token else None
        if grant is None or grant.room == EVERY_ROOM:  # another kind of token, or none: the route decides
            return
        room = request.query_params.get("room", "main")
        if key := request.path_params.get("key"):
            camera = cameras.find(key)
            room = camera.session.room.name if camera else grant.room
        if not any(grant.allows(right, room) for right in Right):
            raise OtherRoom

    return check
