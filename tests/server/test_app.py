"""Pages, measurements and edits."""

from __future__ import annotations

from typing import Any

from streamsign.server.pages.routes import WEB


async def test_pages_and_health(running: Any) -> None:
    """Every page, health, readiness and metrics answer."""
    for path in ("/", "/phone", "/view/main", "/overlay/main", "/practice", "/trust"):
        page = await running.http.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
    assert (await running.http.get("/healthz")).status_code == 200
    assert (await running.http.get("/readyz")).status_code == 200
    assert "streamsign_sessions" in (await running.http.get("/metrics")).text


async def test_scripts_and_styles_are_small_and_fetched_once(running: Any) -> None:
    """They travel compressed, 60 kB with all pages together, and a browser that has them is told so without them."""
    sent = 0
    for path in sorted(file for file in WEB.rglob("*") if file.is_file()):
        where = f"/static/{path.relative_to(WEB).as_posix()}"
        async with running.http.stream("GET", where, headers={"Accept-Encoding": "gzip"}) as answer:
            sent += sum([len(part) async for part in answer.aiter_raw()])
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        known = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": "gzip"}
        assert (await running.http.get(where, headers=known)).status_code == 304
    assert sent < 60_000


async def test_host_api_is_for_this_computer(running: Any) -> None:
    """A rebound name does not get the publish token."""
    assert (await running.http.get("/api/host")).json()["publish_token"] == running.server.access.publish_token
    assert (await running.http.get("/api/host", headers={"Host": "evil.example"})).status_code == 403


async def test_edits_change_the_text(running: Any) -> None:
    """An edit is answered with the new text; a foreign page without the token is refused."""
    assert (await running.http.post("/rooms/main/edits", json={"action": "space"})).json()["text"] == " "
    foreign = {"Origin": "https://evil.example"}
    assert (await running.http.post("/rooms/main/edits", json={"action": "clear"}, headers=foreign)).status_code == 401


async def test_latency_is_for_viewers(running: Any) -> None:
    """Percentiles of every stage come to this computer and to token holders; a foreign page is refused."""
    latency = (await running.http.get("/api/latency")).json()
    assert latency["recent"].keys() == latency["since_start"].keys() >= {"travel", "decode", "total", "paint", "whole"}
    foreign = {"Origin": "https://evil.example"}
    assert (await running.http.get("/api/latency", headers=foreign)).status_code == 401
    token = {"Authorization": f"Bearer {running.server.access.view_token}"}
    assert (await running.http.get("/api/latency", headers=foreign | token)).status_code == 200
