"""server/host/routes.py: links and tokens for this computer."""

from __future__ import annotations

from tests.server.conftest import Running


async def test_host_api_is_for_this_computer(running: Running) -> None:
    """A rebound name does not get the publish token."""
    assert (await running.http.get("/api/host")).json()["publish_token"] == running.server.access.publish_token
    assert (await running.http.get("/api/host", headers={"Host": "evil.example"})).status_code == 403
