"""WHIP, RFC 9725: how a camera offers its video, adds candidates, and leaves."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from streamsign.captions.hub import Rooms
from streamsign.errors import OfferError
from streamsign.server.cameras.registry import Cameras
from streamsign.server.grants.access import Access
from streamsign.state.grants import Right
from streamsign.webrtc.ice import IceServer

MAX_BODY = 256 * 1024
SDP, TRICKLE = "application/sdp", "application/trickle-ice-sdpfrag"
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After, Accept-Patch, Streamsign-Session",
}
SESSION = "Streamsign-Session"
"""Header of an answer: the name that the room's events call this camera by."""


def whip_router(cameras: Cameras, rooms: Rooms, access: Access) -> APIRouter:
    """The routes under /whip."""
    router = APIRouter()

    def may_publish(request: Request) -> bool:
        camera = cameras.find(request.path_params.get("key", ""))
        room = request.query_params.get("room", "main") if camera is None else camera.session.room.name
        return access.may(request, Right.PUBLISH, room)

    @router.post("/whip")
    async def offer(request: Request) -> Response:
        if not may_publish(request):
            return _unauthorized()
        if _media_type(request) != SDP:
            return refusal(415, f"The offer must come as {SDP}.", {"Accept-Post": SDP})
        body = await _body(request)
        if body is None:
            return refusal(413, "The offer is larger than 256 KiB.")
        if cameras.full:
            return refusal(503, "As many cameras as allowed are connected; stop one.", {"Retry-After": "5"})
        try:
            room = rooms.get(request.query_params.get("room", "main"))
            camera, answer = await cameras.open(body.decode(), room, access.device(access.caller(request)))
        except OfferError as error:
            return refusal(400, f"{error.problem} {error.next_step}")
        except ValueError as error:  # a body that is no UTF-8, or a room name
            return refusal(400, f"The request cannot be used: {error}.")
        links = _ice_links(camera.ice_servers)
        headers = {"Location": f"/whip/{camera.key}", "ETag": camera.etag, "Accept-Patch": TRICKLE, **links, **CORS}
        return Response(answer, 201, {**headers, SESSION: camera.session.session_id}, SDP)

    @router.options("/whip")
    async def endpoint_options(request: Request) -> Response:
        # A relay's credentials are for those who may send; plain addresses are no secret.
        known = may_publish(request)
        links = _ice_links([server for server in cameras.ice.for_session("options") if known or not server.credential])
        # 200, not 204: RFC 9725, section 4.1, asks for Accept-Post on the "200 OK" response to OPTIONS.
        return Response(status_code=200, headers={**_preflight("POST, OPTIONS"), "Accept-Post": SDP, **links})

    @router.options("/whip/{key}")
    async def session_options(key: str) -> Response:
        return Response(status_code=200, headers={**_preflight("PATCH, DELETE, OPTIONS"), "Accept-Patch": TRICKLE})

    @router.delete("/whip/{key}")
    async def leave(key: str, request: Request) -> Response:
        if not may_publish(request):
            return _unauthorized()
        camera = cameras.find(key)
        if camera is None:
            return refusal(404, "There is no such session; it may have ended.")
        await camera.session.close()
        return Response(status_code=200, headers=CORS)

    @router.patch("/whip/{key}")
    async def trickle(key: str, request: Request) -> Response:
        if not may_publish(request):
            return _unauthorized()
        camera = cameras.find(key)
        if camera is None:
            return refusal(404, "There is no such session; it may have ended.")
        if _media_type(request) != TRICKLE:
            return refusal(415, f"Candidates must come as {TRICKLE}.", {"Accept-Patch": TRICKLE})
        # RFC 9725, section 4.3.1: 428 without If-Match, 412 for a stale tag, 422 for a restart where only trickle is
        match = request.headers.get("if-match")
        if match is None:
            return refusal(428, "If-Match with the session's ETag is missing.")
        if match.strip() == "*":
            return refusal(422, "ICE restarts are not supported; make a new session.")
        if match.strip() != camera.etag:
            return refusal(412, "The ETag is not this session's.")
        body = await _body(request)
        if body is None:
            return refusal(413, "The fragment is larger than 256 KiB.")
        try:
            ufrag, candidates = parse_fragment(body.decode())
            if ufrag is not None and ufrag != camera.ice_ufrag:
                return refusal(422, "Other ICE credentials mean a restart, which is not supported; make a new session.")
            await camera.session.add_candidates(candidates)
        except OfferError as error:
            return refusal(400, f"{error.problem} {error.next_step}")
        except ValueError:
            return refusal(400, "The fragment is no UTF-8 text.")
        return Response(status_code=204, headers=CORS)

    return router


def parse_fragment(text: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The ICE user fragment and the (mid, candidate) pairs of a trickle fragment (RFC 8840)."""
    ufrag: str | None = None
    mid = "0"
    candidates = []
    for line in text.splitlines():
        if line.startswith("a=ice-ufrag:"):
            ufrag = line.removeprefix("a=ice-ufrag:").strip()
        elif line.startswith("a=mid:"):
            mid = line.removeprefix("a=mid:").strip()
        elif line.startswith("a=candidate:"):
            candidates.append((mid, line.removeprefix("a=").strip()))
    return ufrag, candidates


def refusal(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """An answer that says in plain words what is wrong."""
    return Response(words.strip() + "\n", status, {**CORS, **(headers or {})}, "text/plain")


def _unauthorized() -> Response:
    return refusal(
        401, "The publish token is missing or wrong; scan the QR code again.", {"WWW-Authenticate": "Bearer"}
    )


def _ice_links(servers: Sequence[IceServer]) -> dict[str, str]:
    return {"Link": ", ".join(server.link() for server in servers)} if servers else {}


def _preflight(methods: str) -> dict[str, str]:
    allowed = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    }
    return {**CORS, **allowed, "Allow": methods}


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    return bytes(body)
