"""Pairing: the code to show, and its exchange for a session token."""

from __future__ import annotations

import itertools
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi import Query as QueryParameter
from pydantic import BaseModel, ConfigDict, Field

from streamsign.server.devices.registry import Device
from streamsign.server.grants.guards import PairedPhone, Watched, require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.pairing.codes import CodeRefused, Refusal
from streamsign.server.pairing.links import qr_svg
from streamsign.server.parts import Parts, Server
from streamsign.server.rooms.names import RoomQuery, require_room_name
from streamsign.state.grants import LINK_LIFE_S, PHONE, Right
from streamsign.state.issued import view_url

router = APIRouter(tags=["pairing"])

LONGEST_POLL_S = 25.0
"""Shorter than the 30 s after which many proxies close a silent request."""


LONGEST_STEM = 56
"""Characters of a room's name that are kept in the name of a phone's own room, of at most 64."""


class PairRequest(BaseModel):
    """The code that a phone has scanned."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(min_length=1, max_length=128)
    former: str = Field(
        default="", max_length=512, description="the token that the browser was given before, also one that has ended"
    )


class PhoneSession(BaseModel):
    """What a paired phone stores."""

    token: str = Field(description="bearer token for its room")
    room: str
    expires_s: float = Field(description="seconds for which the token is valid")
    can_edit: bool = Field(description="whether the token may edit the room's text")


class ViewLink(BaseModel):
    """The link of a room's caption page."""

    url: str
    qr_svg: str = Field(description="the link as a QR code, an SVG element")


class PairingCode(BaseModel):
    """A one-time code as it is shown now."""

    url: str = Field(description="link with the code, for the phone")
    qr_svg: str = Field(description="the link as a QR code, an SVG element")
    expires_s: float = Field(description="seconds for which the code is valid")
    version: str = Field(description="identifies this code; pass it as `after` to wait for the next one")


@router.post("/pair", responses=problems(400, 404, 410, 413, 422, 429, 503))
async def pair(
    body: PairRequest, request: Request, parts: Parts, user_agent: Annotated[str, Header()] = ""
) -> PhoneSession:
    """Exchange a one-time code for a session token."""
    parts.guesses.require_no_wait(request)
    try:
        room = await parts.codes.redeem(body.code)
    except CodeRefused as error:
        if error.reason is Refusal.UNKNOWN:
            raise await parts.guesses.answer(request, Problem.of(404, error.reason, error)) from error
        raise Problem.of(410, error.reason, error) from error
    former = parts.access.grants.read_ended(body.former)
    device = await parts.devices.add(room, user_agent, former.holder if former is not None else None)
    return _session(parts, device)


@router.post("/pair/room", responses=problems(403, 503))
async def move_to_own_room(parts: Parts, device: PairedPhone) -> PhoneSession:
    """Move the requesting phone to an unused room; its session for the former room ends."""
    taken = {*await parts.rooms.names(), *(each.room for each in parts.devices.listed())}
    stem = device.room[:LONGEST_STEM]
    free = next(name for number in itertools.count(2) if (name := f"{stem}-{number}") not in taken)
    return _session(parts, await parts.devices.move(device.id, free))


def _session(parts: Server, device: Device) -> PhoneSession:
    life_s = parts.devices.life_s(device)
    return PhoneSession(
        token=parts.access.grants.make(PHONE, device.room, life_s, device.id),
        room=device.room,
        expires_s=life_s,
        can_edit=Right.EDIT in PHONE,
    )


@router.get("/rooms/{room}/view-link", responses=problems(401, 403, 404))
async def get_view_link(request: Request, room: Watched, parts: Parts) -> ViewLink:
    """Get the link of the caption page, with the viewer's own token; for the owner with one that only views."""
    token = parts.access.caller(request)
    assert token is not None  # noqa: S101 - the guard requires one
    grant = parts.access.grants.read(token)
    if grant is not None and grant.rights != {Right.VIEW}:
        if Right.OWNER not in grant.rights:
            raise Problem(
                403,
                "not_shareable",
                "This token allows more than viewing and cannot be shared.",
                "Ask the owner for a link that views only.",
            )
        token = parts.access.grants.make((Right.VIEW,), room.name, LINK_LIFE_S, parts.issued.page_link(room.name).id)
    base = parts.links.base or str(request.base_url).rstrip("/")
    url = view_url(base, room.name, token)
    return ViewLink(url=url, qr_svg=qr_svg(url))


@router.get("/api/pairing", dependencies=[Depends(require_owner)], responses=problems(403, 404, 409, 503))
async def get_pairing_code(
    parts: Parts,
    room: RoomQuery = "main",
    after: Annotated[str | None, QueryParameter(description="version of the code that is shown already")] = None,
) -> PairingCode:
    """Get the code to show for a room. With `after`, wait up to 25 s until there is another one."""
    if parts.links.base is None:
        raise Problem(
            409,
            "this_computer_only",
            "Phones cannot reach this server because it was started with --no-lan.",
            "Restart it without --no-lan, or with --public-url.",
        )
    require_room_name(room)
    offered = await parts.codes.wait(room, after, LONGEST_POLL_S)
    url = str(parts.links.phone_url(room, offered.code))
    return PairingCode(url=url, qr_svg=qr_svg(url), expires_s=round(offered.expires_s, 1), version=offered.version)
