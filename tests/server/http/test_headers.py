"""server/http/headers.py: security, cache and CORS headers."""

from __future__ import annotations

import pytest

from streamsign.server.http.headers import CORS_HEADERS, SECURITY_HEADERS, WORKER
from tests.server.conftest import Running


@pytest.mark.parametrize("path", ["/", "/phone", "/healthz", "/nothing", "/static/host.js", "/rooms/main/words"])
async def test_every_response_has_the_security_headers(running: Running, path: str) -> None:
    """Pages, answers, files and errors carry them, and only files may be kept by the browser."""
    answer = await running.http.get(path)
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert answer.headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "access-control-allow-origin" not in answer.headers


async def test_only_the_reading_worker_may_compile_webassembly(running: Running) -> None:
    """Its policy alone has 'wasm-unsafe-eval'; no page and no other script has."""
    policies = {
        path: (await running.http.get(path)).headers["content-security-policy"]
        for path in (WORKER, "/phone", "/static/ondevice/networks.js")
    }
    assert [path for path, policy in policies.items() if "wasm-unsafe-eval" in policy] == [WORKER]
    assert policies[WORKER].startswith(policies["/phone"])


async def test_a_page_of_another_origin_may_read_why_whip_refused_it(running: Running) -> None:
    """Every response under /whip has the CORS headers."""
    for answer in (
        await running.http.post("/whip"),
        await running.http.get("/whip"),
        await running.http.options("/whip/any"),
        await running.http.delete("/whip/any", headers=running.auth),
    ):
        assert {name: answer.headers[name] for name in CORS_HEADERS} == CORS_HEADERS
