"""server/grants/scope.py: a paired phone stays in its room."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import Request

from streamsign.server.grants.scope import require_own_room
from streamsign.server.http.problems import Problem
from streamsign.server.parts import make_server
from streamsign.settings import read_settings
from streamsign.state.grants import PHONE


def _request(token: str | None, query: str = "", key: str | None = None) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    scope = {"type": "http", "method": "POST", "headers": headers, "query_string": query.encode(), "path_params": {}}
    if key is not None:
        scope["path_params"] = {"key": key}
    return Request(scope)


async def test_a_session_is_for_one_room(tmp_path: Path) -> None:
    """A session token is accepted for its own room only; other tokens are left to the route's guard."""
    server = make_server(read_settings(state_dir=tmp_path))
    token = server.access.grants.make(PHONE, "stage", 60)
    await require_own_room(_request(token, "room=stage"), server)
    await require_own_room(_request(token, key="gone"), server)  # the route answers that there is none
    for query in ("", "room=main"):
        with pytest.raises(Problem) as raised:
            await require_own_room(_request(token, query), server)
        assert (raised.value.status_code, raised.value.reason) == (403, "other_room")
    for other in (server.access.publish_token, "wrong", None):
        await require_own_room(_request(other, "room=main"), server)
    await server.close()
