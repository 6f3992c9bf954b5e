"""The answer to a request for something that does not exist: a page for people, problem details for programs."""

from __future__ import annotations

import re

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from streamsign.server.http.problems import http_error
from streamsign.server.pages.html import page

_REFUSED = re.compile(r"q=0(\.0*)?")


async def not_found(request: Request, error: Exception) -> Response:
    """Answer with 404: HTML if the request's Accept header names text/html, else ``application/problem+json``."""
    if asks_for_html(request.headers.get("Accept", "")):
        answer: Response = HTMLResponse(page("not-found.html"), 404)
    else:
        answer = await http_error(request, error)
    answer.headers.add_vary_header("Accept")
    return answer


def asks_for_html(accept: str) -> bool:
    """Whether an Accept header (RFC 9110, section 12.5.1) names text/html, as browsers do that open an address.

    Wildcards do not count: scripts and command-line programs send ``*/*``.
    """
    for each in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        if kind == "text/html":
            return not any(_REFUSED.fullmatch(parameter) for parameter in parameters)
    return False
