"""server/host/routes.py: links and tokens for the owner."""

from __future__ import annotations

from streamsign.state.grants import Right
from tests.server.conftest import Running


async def test_host_api_is_for_the_owner(running: Running) -> None:
    """The owner gets grants for one room; a program on this computer without a token gets nothing."""
    host = (await running.http.get("/api/host?room=left")).json()
    access = running.server.access
    assert access.allows(host["publish_token"], Right.PUBLISH, "left")
    assert access.allows(host["view_token"], Right.VIEW, "left")
    assert not any(access.allows(host[name], Right.OWNER) for name in ("publish_token", "view_token"))
    async with running.stranger() as http:
        assert (await http.get("/api/host")).json()["reason"] == "not_owner"
