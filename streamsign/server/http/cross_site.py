"""Rejects requests that a page of another site makes a browser send (Fetch metadata, W3C)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from streamsign.server.http.problems import Problem, problem_response

_OTHERS = {"cross-site", "same-site"}
"""Values of Sec-Fetch-Site. Another port of this computer is the same site, and still another program's page."""


class CrossSite:
    """ASGI middleware that answers 403 to requests of other sites' pages.

    Links to pages keep working, and so does what brings its own token: WHIP publishers and viewers on other pages. A
    request without Fetch metadata (a program, an old browser) is left to the guards.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and _is_foreign(scope):
            refused = Problem(
                403, "cross_site", "A page of another site sent this request.", "Send a token in a header of its own."
            )
            await problem_response(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_foreign(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    if headers.get("sec-fetch-site") not in _OTHERS or "authorization" in headers:
        return False
    if scope["path"] == "/whip" or scope["path"].startswith("/whip/"):  # open to pages of any origin that have a token
        return False
    opens_a_page = headers.get("sec-fetch-mode") == "navigate" and scope["method"] in ("GET", "HEAD")
    return not opens_a_page
