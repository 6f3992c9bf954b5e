"""The issued links: make one, list them, and revoke one."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from streamsign.server.grants.guards import require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts, Server
from streamsign.server.rooms.names import require_room_name
from streamsign.state.grants import DAY_S, LINK_LIFE_S
from streamsign.state.issued import IssuedLink, LinkKind, link_url

router = APIRouter(prefix="/api/links", tags=["links"], dependencies=[Depends(require_owner)])


class LinkRequest(BaseModel):
    """A link to make."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal[LinkKind.VIEW, LinkKind.EDIT, LinkKind.PUBLISH]
    room: str = Field(default="main", max_length=64)
    days: float = Field(
        default=LINK_LIFE_S / DAY_S, gt=0, le=365, strict=True, description="days for which it is valid"
    )


class NewLink(IssuedLink):
    """A link with the secret that opens it. The secret is not shown again."""

    token: str = Field(description="bearer token for its room")
    url: str | None = Field(description="the page that it opens, or the WHIP address of a publish link")


@router.get("", responses=problems(403, 503))
async def list_links(parts: Parts) -> list[IssuedLink]:
    """List the links that are neither revoked nor expired, the newest first; the pages' and the terminal's are last."""
    rooms = dict.fromkeys(["main", *await parts.rooms.names()])
    return [*parts.issued.valid(), *map(parts.issued.page_link, rooms), parts.issued.terminal_link()]


@router.post("", status_code=201, responses=problems(400, 403, 404, 413, 422, 503, 507))
async def make_link(body: LinkRequest, parts: Parts) -> NewLink:
    """Make a link to view, edit or publish in one room."""
    require_room_name(body.room)
    try:
        link, token = await parts.issued.make(parts.access.grants, body.kind, body.room, int(body.days * DAY_S))
    except OSError as error:
        raise Problem.not_stored(error, "No link was made", "Free some space and try again.") from error
    base = parts.links.base or parts.links.host_url.rstrip("/")
    return NewLink(**link.model_dump(), token=token, url=link_url(base, link, token))


@router.delete("/{link}", status_code=204, responses=problems(403, 404, 503, 507))
async def revoke_link(link: str, parts: Parts) -> None:
    """Revoke a link. Viewers and cameras that use it are closed before the response is sent."""
    try:
        found = await parts.issued.revoke(link)
    except OSError as error:
        await end_revoked(parts)
        raise Problem.not_stored(
            error,
            "The link was revoked, but this is not stored",
            "Free some space and revoke it again, or it is valid after a restart.",
        ) from error
    if not found:
        raise Problem(404, "no_such_link", "No valid link has this name.", "Reload the list of links.")
    await end_revoked(parts)


async def end_revoked(parts: Server) -> None:
    """Close the viewers and cameras whose grants were revoked."""
    parts.holds.check()
    await parts.cameras.ended()
