"""Signing in: the secret of the host page's link is exchanged for a cookie that no script can read."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from streamsign.server.grants.access import Access
from streamsign.server.problems import problem
from streamsign.state.grants import OWNER_LIFE_S, Right


class LoginRequest(BaseModel):
    """Body of POST /api/login."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=1, max_length=256, description="what follows #key= in the host page's link")


def login_router(access: Access) -> APIRouter:
    """The route /api/login."""
    router = APIRouter()

    @router.post("/api/login", status_code=204)
    async def sign_in(body: LoginRequest, request: Request) -> Response:
        """Exchange the key of the host page's link for the owner's cookie."""
        if not (access.is_own_page(request) or request.headers.get("origin") is None):
            return problem(403, "other_origin", "Another page cannot sign in here.", "Open the host page's link.")
        if not access.allows(body.key, Right.OWNER):
            return problem(
                401,
                "wrong_key",
                "This link has ended, or is another server's.",
                "Open the link that the terminal shows, or the one that `streamsign link` prints.",
            )
        answer = Response(status_code=204)
        answer.set_cookie(
            access.cookie,
            access.owner_token(),
            max_age=OWNER_LIFE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https",
        )
        return answer

    @router.delete("/api/login", status_code=204)
    async def sign_out() -> Response:
        """Forget the owner's cookie in this browser."""
        answer = Response(status_code=204)
        answer.delete_cookie(access.cookie, httponly=True, samesite="strict")
        return answer

    return router
