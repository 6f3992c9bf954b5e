"""Keeps a paired phone in its room on the WHIP routes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request

from streamsign.server.cameras.registry import Cameras
from streamsign.server.grants.access import Access, bearer


class OtherRoom(Exception):
    """A session token was shown for a room, or a camera in a room, that is not its own."""


def own_room(cameras: Cameras, access: Access) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency of the WHIP routes: raises :class:`OtherRoom` for a session token that is another room's."""

    async def check(request: Request) -> None:
        token = bearer(request.headers)
        session = access.sessions.read(token) if token else None
        if session is None:  # another kind of token, or none: the route says what it thinks of it
            return
        room = request.query_params.get("room", "main")
        if key := request.path_params.get("key"):
            camera = cameras.find(key)
            room = camera.session.room.name if camera else session.room
        if room != session.room:
            raise OtherRoom

    return check
