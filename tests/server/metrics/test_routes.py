"""server/metrics/routes.py: latency for viewers."""

from __future__ import annotations

from tests.server.conftest import Running


async def test_latency_is_for_viewers(running: Running) -> None:
    """Percentiles of every stage need a view token."""
    latency = (await running.http.get("/api/latency")).json()
    assert latency["recent"].keys() == latency["since_start"].keys() >= {"travel", "decode", "total", "paint", "whole"}
    async with running.stranger() as http:
        assert (await http.get("/api/latency")).status_code == 401
        token = {"Authorization": f"Bearer {running.server.access.view_token}"}
        assert (await http.get("/api/latency", headers=token)).status_code == 200
