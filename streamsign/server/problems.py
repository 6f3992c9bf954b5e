"""Refusals as problem documents (RFC 9457): words for a person, a reason for a program, and what to do next."""

from __future__ import annotations

from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, reason: str, words: str, next_step: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The answer ``{"title", "status", "reason", "next_step"}``.

    Args:
        status: the HTTP status.
        reason: a short name that stays the same while words are mended.
        words: one sentence that says what is wrong.
        next_step: one sentence that says what to do about it.
        headers: more headers of the answer.
    """
    told = {"title": words, "status": status, "reason": reason, "next_step": next_step}
    return JSONResponse(told, status, headers, MEDIA_TYPE)


def not_owner(wish: str) -> JSONResponse:
    """The answer to somebody else than the person who runs the server.

    Args:
        wish: what only that person may do, such as "see the paired devices".
    """
    return problem(
        403,
        "not_owner",
        f"Only the person who runs streamsign may {wish}.",
        "Open the link that the terminal shows, or the one that `streamsign link` prints.",
    )
