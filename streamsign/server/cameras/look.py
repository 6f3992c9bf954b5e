"""The picture of a camera for the owner's page: the server passes on an offer and its answer, never a frame."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from streamsign.captions.events import MAX_LOOK_SDP
from streamsign.server.grants.guards import require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts

router = APIRouter(prefix="/api/cameras", tags=["cameras"], dependencies=[Depends(require_owner)])


class Description(BaseModel):
    """An SDP offer, or its answer, with all its ICE candidates."""

    model_config = ConfigDict(extra="forbid")
    sdp: str = Field(max_length=MAX_LOOK_SDP)


@router.post("/{session}/look", responses=problems(400, 403, 404, 413, 422, 504))
async def look(session: str, body: Description, parts: Parts) -> Description:
    """Ask a camera's page for its picture. The answer connects both browsers; the picture does not pass the server."""
    try:
        answer = await parts.cameras.look(session, body.sdp)
    except TimeoutError:
        raise Problem(
            504,
            "no_picture",
            "This camera does not show its picture here.",
            "Reload the page of the phone and try again.",
        ) from None
    if answer is None:
        raise Problem(404, "no_such_session", "This camera is not connected.", "Reload the list of cameras.")
    return Description(sdp=answer)
