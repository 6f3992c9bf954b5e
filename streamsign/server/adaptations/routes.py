"""The adaptation of a room to its signer: make it from collected hands, get it, and delete it."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from streamsign.adapting.adapt import Adapted, adapt
from streamsign.collection.folder import SIGNER
from streamsign.errors import AdaptationRefused, ModelError, RuntimeUnavailable, TrainingError
from streamsign.recognition.adaptation import Adaptation
from streamsign.server.adaptations.store import fits
from streamsign.server.cameras.here import cameras_here, require_cameras_here
from streamsign.server.collect.storage import in_folder
from streamsign.server.grants.guards import require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts, Server
from streamsign.server.rooms.names import RoomName, require_room_name

router = APIRouter(
    prefix="/api/rooms/{room}/adaptation",
    tags=["models"],
    dependencies=[Depends(require_owner), Depends(require_cameras_here)],
)


class AdaptationRequest(BaseModel):
    """Whose hand the room shows."""

    model_config = ConfigDict(extra="forbid")
    signer: str = Field(
        pattern=f"^{SIGNER.pattern}$",
        max_length=40,
        description="a signer of the collected hands",
        examples=["s-1f0c22aa"],
    )


class HeldOut(BaseModel):
    """Held-out pictures of the signer, and how many of them are read wrong."""

    pictures: int
    wrong_before: int = Field(description="by the model")
    wrong_after: int = Field(description="with an adaptation to the signer's other pictures")


class RoomAdaptation(BaseModel):
    """The adaptation of a room."""

    signer: str
    model: str = Field(description="the model that it was made for")
    in_use: bool = Field(description="false while the server reads with another model")
    pictures: dict[str, int] = Field(description="number of pictures of each letter")
    held_out: HeldOut


@router.get("", responses=problems(403, 404))
async def get_adaptation(room: RoomName, parts: Parts) -> RoomAdaptation:
    """Get the adaptation of a room."""
    require_room_name(room)
    adaptation = await asyncio.to_thread(cameras_here(parts).adaptations.of, room)
    if adaptation is None:
        raise _none(room)
    return _described(adaptation, parts)


@router.put("", responses=problems(400, 403, 404, 409, 413, 422, 507))
async def adapt_room(room: RoomName, body: AdaptationRequest, parts: Parts) -> RoomAdaptation:
    """Adapt the model to a signer, and read the room's cameras with it from the next frame on.

    The signer's collected hands of this room are used. Nothing changes if held-out pictures of the signer would be
    read worse.
    """
    require_room_name(room)
    async with parts.choosing_model:
        try:
            made = await in_folder(lambda: _adapt(parts, room, body.signer))
        except AdaptationRefused as error:
            raise Problem.of(409, "adaptation_refused", error) from error
        except (ModelError, RuntimeUnavailable) as error:
            raise Problem.of(409, "model_unusable", error) from error
        except TrainingError as error:
            raise Problem.of(409, "collection_unusable", error) from error
        try:
            await asyncio.to_thread(cameras_here(parts).adaptations.put, room, made.adaptation)
        except OSError as error:
            raise Problem.not_stored(
                error, "The adaptation was not stored", "Free some space and adapt again."
            ) from error
        await cameras_here(parts).read_room_again(room)
    return _described(made.adaptation, parts)


@router.delete("", status_code=204, responses=problems(403, 404, 507))
async def revert_adaptation(room: RoomName, parts: Parts) -> None:
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


def _adapt(parts: Server, room: str, signer: str) -> Adapted:
    return adapt(parts.cameras.model, parts.hands.pictures(room=room, signer=signer), signer=signer)


def _none(room: str) -> Problem:
    return Problem(404, "no_adaptation", f"The room {room} has no adaptation.", "Make one with PUT.")


def _described(adaptation: Adaptation, parts: Server) -> RoomAdaptation:
    about = adaptation.about
    held_out = {name: about.get("held_out", {}).get(name, 0) for name in HeldOut.model_fields}
    return RoomAdaptation(
        signer=str(about.get("signer", "")),
        model=adaptation.model,
        in_use=fits(adaptation, parts.cameras.model),
        pictures=dict(about.get("pictures", {})),
        held_out=HeldOut(**held_out),
    )
