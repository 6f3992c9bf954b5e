"""GET /api/host: links and tokens for the host page."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from streamsign import __version__
from streamsign.server.grants.guards import grant_of, require_owner
from streamsign.server.http.problems import problems
from streamsign.server.parts import Parts
from streamsign.server.rooms.names import RoomQuery, require_room_name
from streamsign.state.grants import HOST_CAMERA, LINK_LIFE_S, PHONE_LIFE_S, Right

router = APIRouter(tags=["host"])


class Host(BaseModel):
    """A room as its host page shows it."""

    room: str
    title: str = Field(description="the owner's name for the room; the room's name if it has none")
    phones: bool = Field(description="whether phones can reach this server")
    view_url: str | None = Field(description="link of the caption page for other devices; null if none can reach it")
    view_token: str = Field(description="token for viewers of this room")
    publish_token: str = Field(description="token for a camera in this browser, for this room")
    kept_days: float | None = Field(description="days for which captions are on disk; 0 for ever, null in memory only")
    model: str = Field(description="name of the model that reads the letters")
    letters: list[str] = Field(description="the letters that this model knows")
    version: str = Field(description="version of streamsign")


@router.get("/api/host", dependencies=[Depends(require_owner)], responses=problems(401, 403, 404))
async def get_host(request: Request, parts: Parts, room: RoomQuery = "main") -> Host:
    """Get the links, tokens and the model of a room. Only for the person who runs streamsign."""
    require_room_name(room)
    owner = grant_of(request, parts, Right.OWNER)
    assert owner is not None  # noqa: S101 - no fixed token is the owner's
    view_token = parts.access.grants.make((Right.VIEW,), room, LINK_LIFE_S, parts.issued.page_link(room).id)
    return Host(
        room=room,
        title=parts.titles.of(room),
        phones=parts.links.base is not None,
        view_url=parts.links.view_url(room, view_token),
        view_token=view_token,
        publish_token=parts.access.grants.make((Right.PUBLISH,), room, PHONE_LIFE_S, HOST_CAMERA + owner.link),
        kept_days=parts.settings.retention if parts.store is not None else None,
        model=parts.rooms.model_name,
        letters=list(parts.rooms.letters),
        version=__version__,
    )
