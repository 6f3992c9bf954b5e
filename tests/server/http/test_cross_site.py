"""server/http/cross_site.py: requests that pages of other sites make a browser send."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from streamsign.server.http.cross_site import CrossSite

METHODS = ["GET", "POST"]


@pytest.fixture
def http() -> httpx.AsyncClient:
    """A client of an application in which every path answers."""

    async def answer(_: object) -> PlainTextResponse:
        return PlainTextResponse("ok")

    application = CrossSite(Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)]))
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://localhost")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("method", METHODS)
async def test_another_sites_request_is_rejected(http: httpx.AsyncClient, site: str, method: str) -> None:
    """A script of another site, or of another port of this one, gets 403 as problem details."""
    answer = await http.request(method, "/api/host", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "cross_site")


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
        ("POST", "/whip", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}),
        ("POST", "/rooms/main/edits", {"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer token"}),
        ("POST", "/rooms/main/edits", {"Sec-Fetch-Site": "same-origin"}),
        ("POST", "/rooms/main/edits", {}),
    ],
    ids=["link", "publisher", "token", "own page", "program"],
)
async def test_other_requests_pass(http: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> None:
    """Links, publishers, requests with a token, our own pages and programs reach the application."""
    assert (await http.request(method, path, headers=headers)).status_code == 200


async def test_a_form_of_another_site_is_rejected(http: httpx.AsyncClient) -> None:
    """A navigation passes only if it changes nothing: a form that is sent by POST is rejected."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await http.post("/rooms/main/edits", headers=headers)).status_code == 403
