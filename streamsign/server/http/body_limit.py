"""A limit for request bodies, answered with problem details."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streamsign.collection.archive import MAX_ARCHIVE_BYTES
from streamsign.server.http.problems import Problem, problem_response

MAX_BODY_BYTES = 128 * 1024
"""Limit of a JSON body. The largest valid one is an edit with 10,000 characters, escaped as surrogate pairs: 120 KB."""

ARCHIVE_PATH = "/api/collect/archive"
"""Where an archive of collected hands is sent; its limit is that of the archive. It is read after the guard only."""


class BodyLimit:
    """ASGI middleware that rejects a body over the limit with status 413, and a body with two lengths with 400.

    FastAPI's ``max_body_size`` answers such requests in text/plain, whatever handlers the application has.

    Args:
        app: the application.
        max_sdp_bytes: limit of an SDP offer or fragment. Browsers' offers with all their codecs have 5 to 20 KB.
    """

    def __init__(self, app: ASGIApp, max_sdp_bytes: int) -> None:
        self._app = app
        self._max_sdp_bytes = max_sdp_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "transfer-encoding" in headers and "content-length" in headers:
            await problem_response(_two_lengths())(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        announced = headers.get("content-length", "")
        # Raised inside the application, where the handler of problems is.
        too_large = announced.isascii() and announced.isdigit() and int(announced[:20]) > limit
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if too_large:
                raise _too_large(limit)
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise _too_large(limit)
            return message

        await self._app(scope, receive_within_limit, send)

    def _limit(self, path: str) -> int:
        if path == ARCHIVE_PATH:
            return MAX_ARCHIVE_BYTES
        return self._max_sdp_bytes if path.startswith("/whip") else MAX_BODY_BYTES


def _two_lengths() -> Problem:
    """A proxy in front could use the other length and read the body as a request (RFC 9112, section 6.3)."""
    return Problem(
        400,
        "two_lengths",
        "The request has a Content-Length and a Transfer-Encoding.",
        "Send one of them.",
        {"Connection": "close"},
    )


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        "too_large",
        f"The request body is larger than {limit // 1024} KiB.",
        "Send a smaller body.",
    )
