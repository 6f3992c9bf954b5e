"""server/pages/not_found.py: a page for people, problem details for programs."""

from __future__ import annotations

import pytest

from streamsign.server.http.problems import MEDIA_TYPE
from streamsign.server.pages.not_found import asks_for_html
from tests.server.conftest import Running

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/nothing", "/static/nothing.js", "/rooms/no%20room/words"])
async def test_a_browser_gets_a_page_and_a_program_problem_details(running: Running, path: str) -> None:
    """Both with status 404, the security headers, and Vary: Accept."""
    for accept, kind in ((BROWSER, "text/html; charset=utf-8"), ("*/*", MEDIA_TYPE), ("application/json", MEDIA_TYPE)):
        answer = await running.http.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (404, kind)
        assert "Accept" in answer.headers["vary"]
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert ("There is nothing at this address." in answer.text) == (accept == BROWSER)


async def test_other_errors_stay_problem_details(running: Running) -> None:
    """A browser that sends a wrong method is answered as any program."""
    answer = await running.http.delete("/healthz", headers={"Accept": BROWSER})
    assert (answer.status_code, answer.headers["content-type"]) == (405, MEDIA_TYPE)


@pytest.mark.parametrize(
    ("accept", "asks"),
    [
        (BROWSER, True),
        ("TEXT/HTML; level=1", True),
        ("application/json, text/html;q=0.1", True),
        ("text/html;q=0", False),
        ("text/html; q=0.000", False),
        ("text/*", False),
        ("*/*", False),
        ("text/html-sandboxed", False),
        (";;,,=", False),
        ("", False),
    ],
)
def test_only_a_header_that_names_html_asks_for_it(accept: str, asks: bool) -> None:
    """Wildcards, other types, weights of zero and malformed headers do not."""
    assert asks_for_html(accept) is asks
