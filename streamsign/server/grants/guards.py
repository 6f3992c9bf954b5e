"""Guards: dependencies of routes that reject a request without the permission that the route needs."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPBase

from streamsign.captions.hub import Room
from streamsign.server.grants.access import bearer, is_this_computer
from streamsign.server.parts import Parts
from streamsign.server.problems import Problem
from streamsign.server.rooms import RoomName, room_named

_TOKEN = Security(
    HTTPBearer(
        scheme_name="token",
        description="The publish token (owner, cameras), the view token (viewers), or a paired phone's session token "
        "(its own room). Requests from the computer that runs streamsign need none, except to publish.",
        auto_error=False,
    )
)
_PASSWORD = Security(
    HTTPBase(
        scheme="basic",
        scheme_name="password",
        description="The token as password, with any user name, for players that take credentials from a URL.",
        auto_error=False,
    )
)


def is_local(request: Request) -> bool:
    """Whether a request comes from this computer."""
    return is_this_computer(request.client.host if request.client else None, request.headers)


async def require_local(request: Request) -> None:
    """Admit requests from this computer.

    Raises:
        Problem: 403.
    """
    if not is_local(request):
        raise Problem(
            403,
            "not_this_computer",
            "Only the computer that runs streamsign may read this.",
            "Open http://localhost:8080 on that computer.",
        )


async def require_owner(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> None:
    """Admit requests from this computer, or with the publish token.

    Raises:
        Problem: 403.
    """
    if not (is_local(request) or parts.access.is_owner(bearer(request.headers))):
        raise Problem(
            403,
            "not_owner",
            "Only the owner of this server may do this.",
            "Use the computer that runs streamsign, or send the publish token as a bearer token.",
        )


async def require_publisher(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> None:
    """Admit cameras with the publish token or a paired phone's session token.

    Raises:
        Problem: 401.
    """
    if not parts.access.within_any_room().may_publish(bearer(request.headers)):
        raise Problem(
            401,
            "unauthorized",
            "The publish token is missing or wrong.",
            "Scan the QR code again, or send the publish token as a bearer token.",
            {"WWW-Authenticate": "Bearer"},
        )


async def require_viewer(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> None:
    """Admit requests from this computer, or with the view token.

    Raises:
        Problem: 401.
    """
    if not (is_local(request) or parts.access.may_view(bearer(request.headers))):
        raise _not_viewer({"WWW-Authenticate": "Bearer"})


async def require_room_viewer(request: Request, room: RoomName, parts: Parts, _: Annotated[object, _TOKEN]) -> Room:
    """Admit viewers of one room.

    Raises:
        Problem: 401, or 404 for a name that no room can have.
    """
    if not (is_local(request) or parts.access.within(room).may_view(bearer(request.headers))):
        raise _not_viewer({"WWW-Authenticate": "Bearer"})
    return room_named(parts.rooms, room)


async def require_room_player(
    request: Request, room: RoomName, parts: Parts, _: Annotated[object, _TOKEN], __: Annotated[object, _PASSWORD]
) -> Room:
    """Admit viewers of one room, also media players, which send the token as a password (RFC 7617).

    Raises:
        Problem: 401, or 404 for a name that no room can have.
    """
    if not (is_local(request) or parts.access.within(room).may_view(_shown(request))):
        raise _not_viewer({"WWW-Authenticate": 'Basic realm="captions"'})
    return room_named(parts.rooms, room)


Watched = Annotated[Room, Depends(require_room_viewer)]
"""Annotation of a route's parameter that receives the room in the path, which the requester may watch."""

Played = Annotated[Room, Depends(require_room_player)]
"""The same as :data:`Watched`, and the token may be a password."""


def _not_viewer(headers: dict[str, str]) -> Problem:
    return Problem(
        401,
        "unauthorized",
        "The view token is missing or wrong.",
        "Open the viewer link again, or send the view token as a bearer token.",
        headers,
    )


def _shown(request: Request) -> str | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return bearer(request.headers)
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None
