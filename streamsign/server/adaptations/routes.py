"""The adaptation of a room to its signer: make it from collected hands, get it, and delete it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from streamsign.adapting.adapt import Adapted, adapt
from streamsign.adapting.pictures import by_letter
from streamsign.collection.manifest import Picture
from streamsign.collection.names import SIGNER
from streamsign.server.adaptations.making import RoomAdaptation, described
from streamsign.server.adaptations.making import adapt_room as make_and_store
from streamsign.server.cameras.here import cameras_here, require_cameras_here
from streamsign.server.grants.guards import require_room_signer
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts, Server
from streamsign.server.rooms.names import RoomName, require_room_name
from streamsign.state.grants import Grant, Right

router = APIRouter(prefix="/api/rooms/{room}/adaptation", tags=["models"], dependencies=[Depends(require_cameras_here)])

SignersGrant = Annotated[Grant, Depends(require_room_signer)]


class AdaptationRequest(BaseModel):
    """Whose hand the room shows."""

    model_config = ConfigDict(extra="forbid")
    signer: str = Field(
        pattern=f"^{SIGNER.pattern}$",
        max_length=40,
        description="a signer of the collected hands",
        examples=["s-1f0c22aa"],
    )


@router.get("", responses=problems(403, 404))
async def get_adaptation(room: RoomName, parts: Parts, _: SignersGrant) -> RoomAdaptation | None:
    """Get the adaptation of a room; null without one. For the owner and the room's paired phones."""
    require_room_name(room)
    adaptation = await asyncio.to_thread(cameras_here(parts).adaptations.of, room)
    return None if adaptation is None else described(adaptation, parts)


@router.put("", responses=problems(400, 403, 404, 409, 413, 422, 507))
async def adapt_room(room: RoomName, body: AdaptationRequest, parts: Parts, grant: SignersGrant) -> RoomAdaptation:
    """Adapt the model to a signer, and read the room's cameras with it from the next frame on.

    The signer's collected hands of this room are used; for a paired phone those that it recorded. Nothing changes if
    held-out pictures of the signer would be read worse.
    """
    require_room_name(room)
    device = None if Right.OWNER in grant.rights else grant.holder
    return await make_and_store(parts, room, lambda: _adapt(parts, room, body.signer, device))


@router.delete("", status_code=204, responses=problems(403, 404, 507))
async def revert_adaptation(room: RoomName, parts: Parts, _: SignersGrant) -> None:
    """Delete the adaptation of a room, and read its cameras with the model as it is."""
    require_room_name(room)
    async with parts.choosing_model:
        try:
            there = await asyncio.to_thread(cameras_here(parts).adaptations.delete, room)
        except OSError as error:
            raise Problem.not_stored(
                error, "The adaptation was not deleted", "Check the permissions of the folder and delete it again."
            ) from error
        if not there:
            raise _none(room)
        await cameras_here(parts).read_room_again(room)


def _adapt(parts: Server, room: str, signer: str, device: str | None) -> Adapted:
    def is_own(picture: Picture) -> bool:
        return device is None or (picture.taken is not None and picture.taken.device_id == device)

    pictures = [each for each in parts.hands.pictures(room=room, signer=signer) if is_own(each)]
    return adapt(parts.cameras.model, by_letter(pictures), signer=signer)


def _none(room: str) -> Problem:
    return Problem(404, "no_adaptation", f"The room {room} has no adaptation.", "Make one with PUT.")
