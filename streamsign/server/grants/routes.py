"""Signing in: the key of the host page's link is exchanged for a cookie that no script can read."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts
from streamsign.state.grants import EVERY_ROOM, OWNER_LIFE_S, Right

router = APIRouter(tags=["host"])


class SignIn(BaseModel):
    """The key of the host page's link."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=1, max_length=256, description="what follows #key= in the link")


@router.post("/api/login", status_code=204, responses=problems(400, 401, 403, 413, 422))
async def sign_in(body: SignIn, request: Request, response: Response, parts: Parts) -> None:
    """Exchange the key of the host page's link for the owner's cookie."""
    access = parts.access
    if "origin" in request.headers and not access.is_own_page(request):
        raise Problem(403, "other_origin", "Another page cannot sign in here.", "Open the host page's link.")
    parts.guesses.require_no_wait(request)
    grant = access.grant(body.key)
    if grant is None or not grant.allows(Right.OWNER, EVERY_ROOM):
        problem = Problem(
            401,
            "wrong_key",
            "This link has expired, was revoked, or belongs to another server.",
            "Open the link that the terminal shows, or the one that `streamsign link` prints.",
        )
        raise await parts.guesses.answer(request, problem)
    # The cookie has the name and the end of the link, so that both end together.
    life_s = min(OWNER_LIFE_S, grant.expires_s - int(time.time()))
    response.set_cookie(
        access.cookie,
        access.owner_token(life_s, grant.link),
        max_age=life_s,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https",
    )


@router.delete("/api/login", status_code=204)
async def sign_out(response: Response, parts: Parts) -> None:
    """Delete the owner's cookie in this browser."""
    response.delete_cookie(parts.access.cookie, httponly=True, samesite="strict")
