"""Keeps a grant in its room on the WHIP routes."""

from __future__ import annotations

from fastapi import Request

from streamsign.server.cameras.pool import FoundCamera
from streamsign.server.http.problems import Problem
from streamsign.server.parts import Parts, Server
from streamsign.state.grants import Right


async def camera_of(request: Request, parts: Server) -> FoundCamera | None:
    """The camera of the key in a request's path, looked up once a request; None without one."""
    if not hasattr(request.state, "camera"):
        key = request.path_params.get("key", "")
        request.state.camera = await parts.cameras.lookup(key) if key else None
    found: FoundCamera | None = request.state.camera
    return found


async def require_own_room(request: Request, parts: Parts) -> None:
    """Reject a grant that is used for another room than its own, or for a camera in another room.

    Raises:
        Problem: 403.
    """
    token = parts.access.caller(request)
    grant = parts.access.grants.read(token) if token else None
    if grant is None:  # another kind of token, or none: the route's guard decides
        return
    room = request.query_params.get("room", "main")
    if "key" in request.path_params:
        camera = await camera_of(request, parts)
        room = camera.room if camera else grant.room
    if not any(grant.allows(right, room) for right in Right):
        raise Problem(403, "other_room", "This phone is paired with another room.", "Scan that room's QR code.")
