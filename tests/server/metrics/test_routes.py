"""server/metrics/routes.py: latency for viewers."""

from __future__ import annotations

from tests.server.conftest import Running


async def test_latency_is_for_viewers(running: Running) -> None:
    """Percentiles of every stage come to this computer and to token holders; a foreign page is refused."""
    latency = (await running.http.get("/api/latency")).json()
    assert latency["recent"].keys() == latency["since_start"].keys() >= {"travel", "decode", "total", "paint", "whole"}
    foreign = {"Origin": "https://evil.example"}
    assert (await running.http.get("/api/latency", headers=foreign)).status_code == 401
    token = {"Authorization": f"Bearer {running.server.access.view_token}"}
    assert (await running.http.get("/api/latency", headers=foreign | token)).status_code == 200
