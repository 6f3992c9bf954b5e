"""WHIP (RFC 9725): a camera offers its video, adds candidates, and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from streamsign.errors import OfferError
from streamsign.server.cameras.fragment import parse_fragment
from streamsign.server.cameras.occupancy import Former, Moving, Others, OthersQuery, claim_room
from streamsign.server.cameras.pool import CameraOffer, FoundCamera
from streamsign.server.grants.guards import grant_of, require_publisher
from streamsign.server.grants.scope import camera_of, require_own_room
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts, Server
from streamsign.server.rooms.names import RoomQuery
from streamsign.state.grants import Right
from streamsign.webrtc.ice import IceServer

router = APIRouter(prefix="/whip", tags=["cameras"], dependencies=[Depends(require_own_room)])
_PUBLISHER = [Depends(require_publisher)]

SDP, TRICKLE = "application/sdp", "application/trickle-ice-sdpfrag"
SESSION = "Streamsign-Session"
"""Header of an answer: the name by which the room's events call this camera."""


def _body(media_type: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": {"type": "string"}}}}}


_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "the session's ETag",
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The session is open",
        "content": {SDP: {"schema": {"type": "string"}}},
        "headers": {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in {
                "Location": "URL of the session, secret as a key",
                "ETag": "the session's tag for PATCH",
                "Accept-Patch": TRICKLE,
                "Link": "STUN and TURN servers",
                SESSION: "name of this camera in the room's events",
            }.items()
        },
    }
}
_DONE: dict[int | str, dict[str, Any]] = {200: {"description": "The session has ended"}}
_OPTIONS: dict[int | str, dict[str, Any]] = {200: {"description": "Methods and media types in the headers"}}


@router.post(
    "",
    status_code=201,
    response_class=Response,
    dependencies=_PUBLISHER,
    responses=_ANSWER | problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extra=_body(SDP),
)
async def publish_camera(
    request: Request,
    parts: Parts,
    room: RoomQuery = "main",
    others: OthersQuery = Others.ALLOW,
    former: Former = "",
    moving: Moving = False,
) -> Response:
    """Offer a camera's video to a room."""
    _require_media_type(request, SDP, "Accept-Post")
    body = await request.body()
    if not parts.ready:  # cameras that it has just ended connect again at once
        raise Problem(503, "stopping", "The server is stopping.", "Try again when it runs again.", {"Retry-After": "1"})
    grant = grant_of(request, parts, Right.PUBLISH)
    device = None if grant is None else grant.holder
    offer = CameraOffer(
        _text(body),
        room,
        grant,
        claim=partial(claim_room, parts, room, device, others, former),
        exclusive=others is not Others.ALLOW,
        # a phone's or a program's session may finish
        expires=device is not None and parts.issued.is_listed(device),
        former=former,
        moving=moving,
        on_end=lambda: None if device is None else parts.devices.saw(device),
    )
    try:
        camera = await parts.cameras.publish(offer)
    except OfferError as error:
        raise Problem.of(400, "bad_offer", error) from error
    if device is not None:
        parts.devices.saw(device)
    headers = {"Location": f"/whip/{camera.key}", "ETag": camera.etag, "Accept-Patch": TRICKLE}
    headers |= {SESSION: camera.session_id, **_ice_links(camera.ice_servers)}
    return Response(camera.sdp, 201, headers, SDP)


@router.options("", response_class=Response, responses=_OPTIONS)
async def get_whip_options(request: Request, parts: Parts) -> Response:
    """Get what may be posted, and the ICE servers. Those that need credentials are for token holders."""
    known = parts.access.may(request, Right.PUBLISH, request.query_params.get("room", "main"))
    servers = [server for server in parts.cameras.ice.for_session("options") if known or not server.credential]
    # 200, not 204: RFC 9725, section 4.1, asks for Accept-Post on the "200 OK" response to OPTIONS.
    return Response(headers={**_preflight("POST, OPTIONS"), "Accept-Post": SDP, **_ice_links(servers)})


@router.options("/{key}", response_class=Response, responses=_OPTIONS)
async def get_session_options(key: str) -> Response:
    """Get what a session can be sent."""
    return Response(headers={**_preflight("PATCH, DELETE, OPTIONS"), "Accept-Patch": TRICKLE})


@router.delete("/{key}", response_class=Response, dependencies=_PUBLISHER, responses=_DONE | problems(401, 403, 404))
async def end_camera(key: str, request: Request, parts: Parts) -> Response:
    """End a session."""
    await _camera(request, parts)
    await parts.cameras.end(key)
    return Response()


@router.patch(
    "/{key}",
    status_code=204,
    dependencies=_PUBLISHER,
    responses=problems(400, 401, 403, 404, 412, 413, 415, 422, 428),
    openapi_extra={**_body(TRICKLE), "parameters": [_IF_MATCH]},
)
async def add_candidates(key: str, request: Request, parts: Parts) -> None:
    """Add ICE candidates to a session (trickle ICE). ICE restarts are not supported."""
    camera = await _camera(request, parts)
    _require_media_type(request, TRICKLE, "Accept-Patch")
    _require_etag(request, camera)
    ufrag, candidates = parse_fragment(_text(await request.body()))
    if ufrag is not None and ufrag not in camera.ice_ufrags:
        raise _restart()
    try:
        await parts.cameras.add_candidates(key, candidates)
    except OfferError as error:
        raise Problem.of(400, "bad_candidate", error) from error


async def _camera(request: Request, parts: Server) -> FoundCamera:
    camera = await camera_of(request, parts)
    if camera is None:
        raise Problem(404, "no_such_session", "This session does not exist or has ended.", "Start a new session.")
    return camera


def _require_media_type(request: Request, media_type: str, header: str) -> None:
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != media_type:
        raise Problem(
            415,
            "unsupported_media_type",
            f"The body's media type is {sent[:80]!r}.",
            f"Send {media_type}.",
            {header: media_type},
        )


def _require_etag(request: Request, camera: FoundCamera) -> None:
    # RFC 9725, section 4.3.1: 428 without If-Match, 412 for a stale tag, 422 for a restart where only trickle is
    match = request.headers.get("if-match")
    if match is None:
        raise Problem(428, "no_etag", "The If-Match header is missing.", "Send the session's ETag.")
    if match.strip() == "*":
        raise _restart()
    if match.strip() != camera.etag:
        raise Problem(412, "stale_etag", "If-Match is not this session's ETag.", "Send the ETag of the 201 response.")


def _restart() -> Problem:
    return Problem(422, "ice_restart", "ICE restarts are not supported.", "Make a new session.")


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Problem(400, "not_utf8", "The body is not UTF-8 text.", "Send SDP as UTF-8.") from None


def _ice_links(servers: Sequence[IceServer]) -> dict[str, str]:
    return {"Link": ", ".join(server.link() for server in servers)} if servers else {}


def _preflight(methods: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
        "Allow": methods,
    }
