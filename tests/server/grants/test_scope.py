"""server/grants/scope.py: a paired phone stays in its room."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import Request

from streamsign.server.app import make_server
from streamsign.server.grants.scope import OtherRoom, own_room
from streamsign.settings import read_settings
from streamsign.state.grants import PHONE


def _request(token: str | None, query: str = "", key: str | None = None) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    scope = {"type": "http", "method": "POST", "headers": headers, "query_string": query.encode(), "path_params": {}}
    if key is not None:
        scope["path_params"] = {"key": key}
    return Request(scope)


async def test_a_session_is_for_one_room(tmp_path: Path) -> None:
    """Its own room passes, the default and another do not; who holds another kind of token is the route's business."""
    server = make_server(read_settings(state_dir=tmp_path))
    check = own_room(server.cameras, server.access)
    token = server.access.grants.make(PHONE, "stage", 60)
    await check(_request(token, "room=stage"))
    await check(_request(token, key="gone"))  # the route says that there is none
    for query in ("", "room=main"):
        with pytest.raises(OtherRoom):
            await check(_request(token, query))
    for other in (server.access.publish_token, "wrong", None):
        await check(_request(other, "room=main"))
    await server.close()
