"""server/grants/guards.py: who is admitted to which routes, over HTTP from another address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streamsign.server.app import create_app
from streamsign.server.parts import Server, make_server
from streamsign.settings import read_settings
from streamsign.state.grants import Right


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The parts of a server."""
    made = make_server(read_settings(state_dir=tmp_path))
    yield made
    await made.close()


@pytest.fixture
async def stranger(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client with another address than this computer's."""
    transport = httpx.ASGITransport(create_app(server.settings, server), client=("192.0.2.9", 5))
    async with httpx.AsyncClient(transport=transport, base_url="https://192.0.2.1") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "admitted"),
    [
        ("/api/host", {"owner"}),
        ("/api/models", {"owner"}),
        ("/api/devices", {"owner"}),
        ("/api/latency", {"owner", "view"}),
        ("/rooms/main/words", {"owner", "view", "session"}),
        ("/rooms/main/transcript.txt", {"owner", "view", "session"}),
    ],
)
async def test_each_route_admits_its_tokens(
    server: Server, stranger: httpx.AsyncClient, path: str, admitted: set[str]
) -> None:
    """A token opens the routes it is for, and every other answer is 401 or 403 with a reason."""
    tokens = {
        "none": None,
        "wrong": "wrong",
        "view": server.access.view_token,
        "publish": server.access.publish_token,
        "session": server.access.grants.make((Right.VIEW,), "main", 60, "phone"),
        "other room": server.access.grants.make((Right.VIEW,), "stage", 60, "phone"),
        "owner": server.access.owner_token(),
    }
    opened = set()
    for name, token in tokens.items():
        answer = await stranger.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})
        if answer.status_code == 200:
            opened.add(name)
        else:
            assert answer.status_code in (401, 403)
            assert answer.json()["reason"] in ("unauthorized", "not_owner", "not_signer")
            assert answer.status_code == 403 or answer.headers["www-authenticate"]
    assert opened == admitted


async def test_a_password_opens_transcripts_alone(server: Server, stranger: httpx.AsyncClient) -> None:
    """Basic credentials are for players: transcripts accept them, edits do not."""
    basic = ("viewer", server.access.view_token)
    assert (await stranger.get("/rooms/main/transcript.vtt", auth=basic)).status_code == 200
    assert (await stranger.post("/rooms/main/edits", json={"action": "clear"}, auth=basic)).status_code == 401
