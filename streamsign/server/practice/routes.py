"""The practice page: what to practice, a room to practice in, and pictures of hands to copy."""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from streamsign.captions.protocol import PRACTICE_PREFIX
from streamsign.demo.poses import LETTERS
from streamsign.server.grants.guards import grant_of, require_signer
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts
from streamsign.server.practice.hand import PICTURE_PX, drawn_hand
from streamsign.server.practice.plan import hard_pairs, words
from streamsign.state.grants import HOST_CAMERA, PHONE_LIFE_S, Right

router = APIRouter(prefix="/practice", tags=["practice"], dependencies=[Depends(require_signer)])

_WEBP: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
        "description": f"WebP of {PICTURE_PX} × {PICTURE_PX} pixels with a transparent background",
    }
}


class PracticePlan(BaseModel):
    """What the page offers to practice."""

    letters: list[str] = Field(description="the letters that the current model knows")
    drawn: list[str] = Field(description="the letters that there is a picture of")
    hard_pairs: list[list[str]] = Field(description="pairs of letters that the model confuses, most often first")
    words: list[str] = Field(description="words of these letters")
    starts: dict[str, list[str]] = Field(
        description="letters that are drawn, with the letters that their first shape is read as until they are"
    )


class PracticeRoom(BaseModel):
    """A room for one page that practices."""

    room: str = Field(description="name of the room; its text is neither stored nor listed")
    publish_token: str = Field(description="token for a camera in this room")


@router.get("/plan", responses=problems(403))
async def get_practice_plan(
    parts: Parts, lang: Annotated[str, Query(description="language of the words: en or id")] = "en"
) -> PracticePlan:
    """Get the letters, pairs and words to practice with the current model. Other languages get English words."""
    info = parts.cameras.model.info
    letters = list(info.alphabet)
    return PracticePlan(
        letters=letters,
        drawn=[letter for letter in letters if letter in LETTERS],
        hard_pairs=hard_pairs(info),
        words=words(lang, letters),
        starts={letter: list(moving.starts_from) for letter, moving in info.moving.items()},
    )


@router.post("/room", responses=problems(401, 403))
async def make_practice_room(request: Request, parts: Parts) -> PracticeRoom:
    """Get a room to practice in, which changes the text of no other room, and a token for its camera."""
    grant = grant_of(request, parts, Right.OWNER)
    assert grant is not None  # noqa: S101 - no fixed token is the owner's
    # The token ends with what admitted the page: the owner's link, or the phone's pairing.
    if Right.OWNER in grant.rights:
        holder, life_s = HOST_CAMERA + grant.link, PHONE_LIFE_S
    else:
        holder, life_s = grant.holder, grant.expires_s - int(time.time())
    room = PRACTICE_PREFIX + secrets.token_hex(6)
    return PracticeRoom(room=room, publish_token=parts.access.grants.make((Right.PUBLISH,), room, life_s, holder))


@router.get("/hand/{letter}.webp", response_class=Response, responses=_WEBP | problems(403, 404))
def get_practice_hand(letter: str) -> Response:
    """Get a picture of a right hand that holds a letter, as a camera that faces its signer sees it."""
    if letter not in LETTERS:
        raise Problem(
            404, "not_drawn", f"The letter {letter[:20]!r} has no picture.", f"Ask for one of {', '.join(LETTERS)}."
        )
    return Response(drawn_hand(letter), media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})
