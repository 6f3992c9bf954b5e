"""GET /api/host: links and tokens for the page of the computer that runs streamsign."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from streamsign import __version__
from streamsign.server.grants.guards import require_local
from streamsign.server.parts import Parts
from streamsign.server.problems import problems
from streamsign.server.rooms import RoomQuery, room_named

router = APIRouter(tags=["host"])


class Host(BaseModel):
    """A room as its host page shows it."""

    room: str
    phones: bool = Field(description="whether phones can reach this server")
    view_url: str | None = Field(description="link of the caption page for other devices; null if none can reach it")
    publish_token: str = Field(description="token for a camera in this browser")
    model: str = Field(description="name of the model that reads the letters")
    letters: list[str] = Field(description="the letters that this model knows")
    version: str = Field(description="version of streamsign")


@router.get("/api/host", dependencies=[Depends(require_local)], responses=problems(403, 404))
async def get_host(parts: Parts, room: RoomQuery = "main") -> Host:
    """Get the links, the publish token and the model of a room. Only for the computer that runs streamsign."""
    found = room_named(parts.rooms, room)
    return Host(
        room=room,
        phones=parts.links.base is not None,
        view_url=parts.links.view_url(room, parts.access.view_token),
        publish_token=parts.access.publish_token,
        model=found.model_name,
        letters=list(found.letters),
        version=__version__,
    )
