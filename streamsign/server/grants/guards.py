"""Guards: dependencies of routes that reject a request without the permission that the route needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPBase

from streamsign.captions.room import CaptionRoom
from streamsign.server.devices.registry import Device
from streamsign.server.grants.access import shown_token
from streamsign.server.grants.scope import camera_of
from streamsign.server.http.problems import Problem
from streamsign.server.parts import Parts, Server
from streamsign.server.rooms.names import RoomName, room_named
from streamsign.state.grants import EVERY_ROOM, PHONE, Grant, Right

DISCONNECTED = "The computer disconnected this phone."
"""Text for a phone that the owner disconnected."""

ENDED = ("This link has expired, or was revoked.", "Open a new link, or scan the QR code again.")
"""Text and next step for a token that was valid."""

_TOKEN = Security(
    HTTPBearer(
        scheme_name="token",
        description="A signed grant (a paired phone's, a link's, or the owner's), the publish token (cameras of every "
        "room) or the view token (viewers of every room). The owner's browser sends a cookie instead. "
        "docs/how-to/reverse-proxy.md lists what each opens.",
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


async def refused(request: Request, parts: Server, problem: Problem) -> Problem:
    """The answer to a request without permission: ``problem``, or 429 where the address has shown many wrong tokens.

    A valid token is never delayed: it has 192 bits, and many people may share an address.
    """
    token = shown_token(request.headers)
    if token is None:
        return problem
    if parts.access.has_ended(token):
        return Problem(problem.status_code, problem.reason, *ENDED, problem.headers)
    if not parts.access.is_guess(token):
        return problem
    return await parts.guesses.answer(request, problem)


async def require_owner(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> None:
    """Admit the person who runs the server.

    Raises:
        Problem: 403, or 429 after many wrong tokens.
    """
    if not parts.access.is_owner(request):
        raise await refused(
            request,
            parts,
            Problem(
                403,
                "not_owner",
                "Only the person who runs streamsign may do this.",
                "Open the link that the terminal shows, or the one that `streamsign link` prints.",
            ),
        )


async def require_signer(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> None:
    """Admit the owner and paired phones, whose signers choose the model that reads them.

    Raises:
        Problem: 403, or 429 after many wrong tokens.
    """
    token = parts.access.caller(request)
    if not _is_signers(parts.access.grant(token)):
        raise await refused(
            request, parts, _not_signer("Only the owner of streamsign or a paired phone may do this.", "the host page")
        )


async def require_publisher(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> None:
    """Admit cameras that may send to the room of the query, or to that of the session in the path.

    Raises:
        Problem: 401, or 429 after many wrong tokens.
    """
    camera = await camera_of(request, parts)
    room = request.query_params.get("room", "main") if camera is None else camera.room
    if not parts.access.may(request, Right.PUBLISH, room):
        if _was_disconnected(request, parts):
            raise Problem(
                401,
                "disconnected",
                DISCONNECTED,
                "Scan the QR code on the computer's screen again.",
                {"WWW-Authenticate": "Bearer"},
            )
        raise await refused(
            request,
            parts,
            Problem(
                401,
                "unauthorized",
                "The publish token is missing or wrong.",
                "Scan the QR code again, or send the publish token as a bearer token.",
                {"WWW-Authenticate": "Bearer"},
            ),
        )


async def require_collector(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> Grant:
    """Admit the owner, and phones and links that may send a camera's picture; return the grant.

    Raises:
        Problem: 401, or 429 after many wrong tokens.
    """
    grant = parts.access.grant(parts.access.caller(request))
    if grant is not None and (Right.OWNER in grant.rights or (Right.PUBLISH in grant.rights and grant.holder)):
        return grant
    raise await refused(
        request,
        parts,
        Problem(
            401,
            "unauthorized",
            "Only a paired phone or the owner of streamsign may see collected hands.",
            "Scan the QR code of the host page, or open the link that the terminal shows.",
            {"WWW-Authenticate": "Bearer"},
        ),
    )


async def require_viewer(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> None:
    """Admit who may view every room.

    Raises:
        Problem: 401, or 429 after many wrong tokens.
    """
    if not parts.access.may(request, Right.VIEW, EVERY_ROOM):
        raise await refused(request, parts, _not_viewer({"WWW-Authenticate": "Bearer"}))


async def require_room_viewer(
    request: Request, room: RoomName, parts: Parts, _: Annotated[object, _TOKEN]
) -> CaptionRoom:
    """Admit viewers of one room.

    Raises:
        Problem: 401, 429 after many wrong tokens, or 404 for a name that no room can have.
    """
    return await _viewed(request, room, parts, "Bearer")


async def require_room_player(
    request: Request, room: RoomName, parts: Parts, _: Annotated[object, _TOKEN], __: Annotated[object, _PASSWORD]
) -> CaptionRoom:
    """Admit viewers of one room, also media players, which send the token as a password (RFC 7617).

    Raises:
        Problem: 401, 429 after many wrong tokens, or 404 for a name that no room can have.
    """
    return await _viewed(request, room, parts, 'Basic realm="captions"')


async def require_room_signer(request: Request, room: RoomName, parts: Parts, _: Annotated[object, _TOKEN]) -> Grant:
    """Admit the owner, and phones that are paired with a room; return the grant.

    Raises:
        Problem: 403, or 429 after many wrong tokens.
    """
    grant = parts.access.grant(parts.access.caller(request))
    if grant is not None and all(grant.allows(right, room) for right in PHONE):
        return grant
    detail = "Only the owner of streamsign or a phone that is paired with this room may do this."
    raise await refused(request, parts, _not_signer(detail, "the room's host page"))


async def require_room_editor(
    request: Request, room: RoomName, parts: Parts, _: Annotated[object, _TOKEN]
) -> CaptionRoom:
    """Admit who may change a room's text.

    Raises:
        Problem: 401, 429 after many wrong tokens, or 404 for a name that no room can have.
    """
    await require_edit_right(request, room, parts)
    return await room_named(parts.rooms, room)


async def require_edit_right(request: Request, room: str, parts: Server) -> None:
    """Reject a request that may not change a room's text.

    Raises:
        Problem: 401, or 429 after many wrong tokens.
    """
    if not parts.access.may(request, Right.EDIT, room):
        raise await refused(
            request,
            parts,
            Problem(
                401,
                "unauthorized",
                "A token that may edit this room is missing or wrong.",
                "Use the host page, or a link that `streamsign link edit` prints.",
                {"WWW-Authenticate": "Bearer"},
            ),
        )


async def require_paired_phone(request: Request, parts: Parts, _: Annotated[object, _TOKEN]) -> Device:
    """Admit a paired phone.

    Raises:
        Problem: 403, another token; 429 after many wrong tokens.
    """
    grant = parts.access.grant(parts.access.caller(request))
    device = None if grant is None else parts.devices.get(grant.holder)
    if device is None or not _is_signers(grant):  # a phone's token for practice only sends
        raise await refused(
            request,
            parts,
            Problem(403, "not_paired", "Only a paired phone may do this.", "Scan the QR code of the host page."),
        )
    return device


def _not_signer(detail: str, page: str) -> Problem:
    next_step = f"Scan the QR code of {page}, or open the link that the terminal shows."
    return Problem(403, "not_signer", detail, next_step)


def _is_signers(grant: Grant | None) -> bool:
    """Whether a grant has all rights of a paired phone in its room."""
    return grant is not None and all(grant.allows(right, grant.room) for right in PHONE)


def _was_disconnected(request: Request, parts: Server) -> bool:
    token = parts.access.caller(request)
    grant = None if token is None else parts.access.grants.read_ended(token)
    return grant is not None and parts.devices.is_barred(grant.holder)


def grant_of(request: Request, parts: Server, right: Right) -> Grant | None:
    """The grant of a request that a guard has admitted; None for the fixed token that allows ``right``.

    Raises:
        Problem: 401, the grant has ended since.
    """
    token = parts.access.caller(request)
    grant = parts.access.grant(token)
    if grant is None and not (token is not None and parts.access.is_fixed(token, right)):
        raise Problem(
            401,
            "unauthorized",
            *ENDED,
            {"WWW-Authenticate": "Bearer"},
        )
    return grant


Watched = Annotated[CaptionRoom, Depends(require_room_viewer)]
"""Annotation of a route's parameter that receives the room in the path, which the requester may watch."""

Played = Annotated[CaptionRoom, Depends(require_room_player)]
"""The same as :data:`Watched`, and the token may be a password."""

PairedPhone = Annotated[Device, Depends(require_paired_phone)]
"""Annotation of a route's parameter that receives the paired phone that sends the request."""

Edited = Annotated[CaptionRoom, Depends(require_room_editor)]
"""Annotation of a route's parameter that receives the room in the path, whose text the requester may change."""


async def _viewed(request: Request, room: str, parts: Server, challenge: str) -> CaptionRoom:
    """The room of a request that may view it; rejected with this ``WWW-Authenticate`` otherwise."""
    if not parts.access.may(request, Right.VIEW, room):
        raise await refused(request, parts, _not_viewer({"WWW-Authenticate": challenge}))
    return await room_named(parts.rooms, room, make=False)


def _not_viewer(headers: dict[str, str]) -> Problem:
    return Problem(
        401,
        "unauthorized",
        "The view token is missing or wrong.",
        "Open the viewer link again, or send the view token as a bearer token.",
        headers,
    )
