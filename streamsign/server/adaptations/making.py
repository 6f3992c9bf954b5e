"""Adapts the model of a room, and describes the adaptation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pydantic import BaseModel, Field

from streamsign.adapting.adapt import Adapted
from streamsign.errors import AdaptationRefused, ModelError, RuntimeUnavailable, TrainingError
from streamsign.recognition.adaptation import Adaptation
from streamsign.server.adaptations.store import fits
from streamsign.server.cameras.here import cameras_here
from streamsign.server.collect.storage import in_folder
from streamsign.server.http.problems import Problem
from streamsign.server.parts import Server


class HeldOutCounts(BaseModel):
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
    held_out: HeldOutCounts


async def adapt_room(parts: Server, room: str, make: Callable[[], Adapted]) -> RoomAdaptation:
    """Make an adaptation, store it, and read the room's cameras with it from the next frame on.

    Args:
        parts: of the server.
        room: its name.
        make: called in a thread.

    Raises:
        Problem: 409, it is refused, or the model or the pictures cannot be used; 507, it cannot be stored.
    """
    async with parts.choosing_model:
        try:
            made = await in_folder(make)
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
    return described(made.adaptation, parts)


def described(adaptation: Adaptation, parts: Server) -> RoomAdaptation:
    """The description of a room's adaptation."""
    about = adaptation.about
    held_out = {name: about.get("held_out", {}).get(name, 0) for name in HeldOutCounts.model_fields}
    return RoomAdaptation(
        signer=str(about.get("signer", "")),
        model=adaptation.model,
        in_use=fits(adaptation, parts.cameras.model),
        pictures=dict(about.get("pictures", {})),
        held_out=HeldOutCounts(**held_out),
    )
