"""Decides about a camera whose room already has another one.

The letters of two cameras mix in the room's text. The pages ask the person what to do; programs may send both.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Query

from streamsign.server.cameras.pool import LiveCamera
from streamsign.server.http.problems import Problem
from streamsign.server.parts import Server
from streamsign.state.grants import HOST_CAMERA


class Others(StrEnum):
    """What a new camera wants if cameras of other devices send into its room."""

    ALLOW = "allow"
    REFUSE = "refuse"
    REPLACE = "replace"


OthersQuery = Annotated[
    Others,
    Query(
        description="if another device's camera sends into the room: allow both, refuse this one (409), "
        "or replace the other one"
    ),
]
Former = Annotated[
    str, Query(max_length=64, description="name of this camera's former session in the room, which is closed")
]

Moving = Annotated[
    bool,
    Query(description="whether the former session still sends, and is to end when the new one reads"),
]

OCCUPIED = "Another camera sends into this room: {}."
OCCUPIED_BY_PROGRAM = "Another camera sends into this room."
NEXT_STEP = "Take over, use a room of your own, or send beside it."


def claim_room(parts: Server, room: str, device: str | None, others: Others, former: str) -> list[LiveCamera]:
    """The cameras that a new one replaces.

    Args:
        parts: the server.
        room: name of the room.
        device: the device that sends, None for the publish token. Its own cameras do not occupy the room.
        others: what the new camera wants.
        former: name of its former session, empty for none.

    Raises:
        Problem: 409, ``occupied``, or ``occupied_by_source`` where the other one cannot be replaced.
    """
    replaced = parts.cameras.named(former, room)
    if others is Others.ALLOW:
        return replaced
    if parts.cameras.has_source(room):
        raise Problem(
            409,
            "occupied_by_source",
            "This computer fetches a network camera into this room.",
            "Use a room of your own, or send beside it.",
        )
    present = parts.cameras.in_room(room, but=device, former=former)
    holders = [*(camera.device for camera in present), *parts.readers.in_room(room, but=device)]
    if holders and others is Others.REFUSE:
        raise Problem(409, "occupied", _whose(parts, holders[-1]), NEXT_STEP)
    parts.readers.close_room(room, but=device)
    return [*replaced, *present]


def _whose(parts: Server, holder: str | None) -> str:
    if (holder or "").startswith(HOST_CAMERA):
        return OCCUPIED.format("This computer's camera")
    device = parts.devices.get(holder)
    return OCCUPIED_BY_PROGRAM if device is None else OCCUPIED.format(device.name or device.kind)
