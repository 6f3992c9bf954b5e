"""Pages, measurements and edits."""

from __future__ import annotations

from typing import Any

from streamsign.server.pages.routes import WEB
from streamsign.state.grants import Right


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


async def test_host_api_is_for_the_owner(running: Any) -> None:
    """The owner gets grants for one room; a program on this computer without a token gets nothing."""
    told = (await running.http.get("/api/host?room=left")).json()
    access = running.server.access
    assert access.allows(told["publish_token"], Right.PUBLISH, "left")
    assert access.allows(told["view_token"], Right.VIEW, "left")
    assert not any(access.allows(told[name], Right.OWNER) for name in ("publish_token", "view_token"))
    async with running.stranger() as http:
        assert (await http.get("/api/host")).json()["reason"] == "not_owner"


async def test_edits_change_the_text(running: Any) -> None:
    """An edit is answered with the new text; who shows no token, or one that only views, is refused."""
    assert (await running.http.post("/rooms/main/edits", json={"action": "space"})).json()["text"] == " "
    async with running.stranger() as http:
        viewer = {"Authorization": f"Bearer {running.server.access.view_token}"}
        for headers in ({}, viewer):
            assert (await http.post("/rooms/main/edits", json={"action": "clear"}, headers=headers)).status_code == 401


async def test_latency_is_for_viewers(running: Any) -> None:
    """Percentiles of every stage come to who shows a token that views, and to nobody else."""
    latency = (await running.http.get("/api/latency")).json()
    assert latency["recent"].keys() == latency["since_start"].keys() >= {"travel", "decode", "total", "paint", "whole"}
    async with running.stranger() as http:
        assert (await http.get("/api/latency")).status_code == 401
        token = {"Authorization": f"Bearer {running.server.access.view_token}"}
        assert (await http.get("/api/latency", headers=token)).status_code == 200
