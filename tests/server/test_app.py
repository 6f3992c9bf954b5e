"""Pages, measurements and edits."""

from __future__ import annotations

from typing import Any


async def test_pages_and_health(running: Any) -> None:
    """Every page, health, readiness and metrics answer."""
    for path in ("/", "/phone", "/view/main", "/overlay/main", "/practice", "/trust", "/studio"):
        page = await running.http.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
    assert (await running.http.get("/healthz")).status_code == 200
    assert (await running.http.get("/readyz")).status_code == 200
    assert "streamsign_sessions" in (await running.http.get("/metrics")).text
