"""Pairing over HTTP: the code to show, and its exchange for a session token."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streamsign.captions.hub import Rooms
from streamsign.server.grants.access import Access
from streamsign.server.pairing.codes import CodeRefused, PairingCodes, Refusal
from streamsign.server.pairing.devices import Devices
from streamsign.server.pairing.links import Links, qr_svg
from streamsign.server.problems import not_owner, problem
from streamsign.state.grants import PHONE, PHONE_LIFE_S

MAX_BODY = 1024
LONGEST_POLL_S = 25.0
"""Shorter than the half minute after which many proxies cut a silent request."""


class PairRequest(BaseModel):
    """Body of POST /pair."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(min_length=1, max_length=128)


def pair_router(
    codes: PairingCodes,
    rooms: Rooms,
    access: Access,
    devices: Devices,
    links: Callable[[], Links],
    is_owner: Callable[[Request], bool],
) -> APIRouter:
    """The routes /pair and /api/pairing.

    Args:
        codes: the codes of all rooms.
        rooms: names a room may have are its business.
        access: makes the session tokens.
        devices: hears of a device that was paired.
        links: the links as they are now; they change with the address.
        is_owner: whether a request comes from whoever runs the server.
    """
    router = APIRouter()

    @router.post("/pair")
    async def pair(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                return problem(413, "too_large", "That is too long for a code.", "Scan the QR code again.")
        try:
            code = PairRequest.model_validate_json(bytes(body)).code
        except ValidationError:
            return problem(400, "malformed", 'The body must be JSON such as {"code": "…"}.', "Scan the QR code again.")
        try:
            room = codes.redeem(code)
        except CodeRefused as refused:
            status = 404 if refused.reason is Refusal.UNKNOWN else 410
            return problem(status, refused.reason, refused.problem, refused.next_step)
        device = devices.add(room, request.headers.get("user-agent", ""))
        token = access.grants.make(PHONE, room, PHONE_LIFE_S, device.id)
        return JSONResponse({"token": token, "room": room, "expires_s": PHONE_LIFE_S})

    @router.get("/api/pairing")
    async def pairing(request: Request, room: str = "main", after: str | None = None) -> Response:
        if not is_owner(request):
            return not_owner("show pairing codes")
        if links().base is None:
            return problem(
                409,
                "this_computer_only",
                "Phones cannot reach this server: it was started for this computer only.",
                "Start it without --no-lan, or with --public-url.",
            )
        try:
            rooms.get(room)
        except ValueError as error:
            return problem(404, "no_such_room", str(error), "Use 1 to 64 letters, digits, - or _.")
        offered = await codes.wait(room, after, LONGEST_POLL_S)
        url = links().phone_url(room, offered.code)
        return JSONResponse(
            {
                "url": url,
                "qr_svg": qr_svg(str(url)),
                "expires_s": round(offered.expires_s, 1),
                "version": offered.version,
            }
        )

    return router
