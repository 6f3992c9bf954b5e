"""server/pairing/routes.py: from the code on the screen to a session, over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamsign.server.app import create_app
from streamsign.server.pairing.links import Links
from streamsign.server.parts import make_server
from streamsign.settings import read_settings
from streamsign.state.grants import PHONE, Right
from tests.server.conftest import Running


@pytest.fixture
def reachable(running: Running) -> Running:
    """A server with links for phones."""
    running.server.links = Links("http://localhost:8080/", "https://192.0.2.1:8443")
    return running


def _code(body: dict[str, Any]) -> str:
    return str(parse_qs(urlsplit(body["url"]).fragment)["code"][0])


async def test_a_code_becomes_a_session_once(reachable: Running) -> None:
    """The shown code gives a token for its room; used again it is refused in words, and a fresh one is shown."""
    shown = (await reachable.http.get("/api/pairing", params={"room": "stage"})).json()
    assert shown["url"].startswith("https://192.0.2.1:8443/phone#room=stage&code=")
    waiting = asyncio.ensure_future(
        reachable.http.get("/api/pairing", params={"room": "stage", "after": shown["version"]})
    )
    await asyncio.sleep(0.05)
    paired = (await reachable.http.post("/pair", json={"code": _code(shown)})).json()
    assert (paired["room"], paired["expires_s"], paired["can_edit"]) == ("stage", 12 * 3600, True)
    assert _code((await asyncio.wait_for(waiting, 10)).json()) != _code(shown)
    again = await reachable.http.post("/pair", json={"code": _code(shown)})
    assert (again.status_code, again.json()["reason"]) == (410, "used")
    assert again.json()["next_step"].startswith("Scan the code")


async def test_a_session_opens_its_own_room_alone(reachable: Running) -> None:
    """A paired phone may send to its room, read and edit there; elsewhere it is refused, and it cannot pair others."""
    shown = (await reachable.http.get("/api/pairing", params={"room": "stage"})).json()
    token = (await reachable.http.post("/pair", json={"code": _code(shown)})).json()["token"]
    offer = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    own = await reachable.http.post("/whip", params={"room": "stage"}, headers=offer, content="v=0")
    other = await reachable.http.post("/whip", params={"room": "main"}, headers=offer, content="v=0")
    assert (own.status_code, other.status_code) == (400, 403)  # 400: the offer is none, but it was let in
    assert "another room" in other.text
    access = reachable.server.access
    allowed = {(right, room) for right in Right for room in ("stage", "main") if access.allows(token, right, room)}
    assert allowed == {(right, "stage") for right in PHONE}


async def test_a_paired_browser_scans_again_and_stays_one_device(reachable: Running) -> None:
    """It shows its token with the next code: the list has one device, whose session is valid for twelve hours again."""
    token = ""
    for _ in range(2):
        shown = (await reachable.http.get("/api/pairing")).json()
        answer = await reachable.http.post("/pair", json={"code": _code(shown), "former": token})
        token = answer.json()["token"]
    (device,) = (await reachable.http.get("/api/devices")).json()
    assert (device["valid"], answer.json()["expires_s"]) == (True, 12 * 3600)


async def test_a_phone_moves_to_a_room_of_its_own(reachable: Running) -> None:
    """It gets the first free name; its token of the former room ends, and only a phone's own token is accepted."""
    tokens = []
    for _ in range(2):
        shown = (await reachable.http.get("/api/pairing")).json()
        tokens.append((await reachable.http.post("/pair", json={"code": _code(shown)})).json()["token"])
    moved = []
    for token in tokens:
        answer = await reachable.http.post("/pair/room", headers={"Authorization": f"Bearer {token}"})
        moved.append(answer.json())
    assert [each["room"] for each in moved] == ["main-2", "main-3"]
    access = reachable.server.access
    for token, each in zip(tokens, moved, strict=True):
        assert access.allows(each["token"], Right.PUBLISH, each["room"])
        assert not access.allows(token, Right.PUBLISH, "main")
    practice = await reachable.http.post("/practice/room", headers={"Authorization": f"Bearer {moved[0]['token']}"})
    only_sends = {"Authorization": f"Bearer {practice.json()['publish_token']}"}
    for headers in ({}, only_sends):  # the owner's token, and one that a phone has for practice
        assert (await reachable.http.post("/pair/room", headers=headers)).json()["reason"] == "not_paired"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"code": "never-shown"}', 404, "unknown"),
        (b"{}", 422, "invalid_request"),
        (b'{"code": "a", "room": "b"}', 422, "invalid_request"),
        (b"\xff", 400, "bad_request"),
        (b" " * 140_000, 413, "too_large"),
    ],
)
async def test_what_is_no_code_is_refused_in_words(reachable: Running, body: bytes, status: int, reason: str) -> None:
    """Each refusal names its reason for programs, and the next step for people."""
    answer = await reachable.http.post("/pair", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.json()["next_step"]
    assert answer.headers["content-type"] == "application/problem+json"


@given(st.binary(max_size=1100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
async def test_no_body_breaks_it(reachable: Running, body: bytes) -> None:
    """Whatever is sent, the answer is a refusal."""
    assert (
        await reachable.http.post("/pair", content=body, headers={"Content-Type": "application/json"})
    ).status_code in (400, 404, 422)


async def test_codes_are_shown_to_the_owner_alone(tmp_path: Path) -> None:
    """Without the owner's token no code is shown; a bad room and no LAN are said."""
    import httpx

    parts = make_server(read_settings(state_dir=tmp_path))
    app = create_app(parts.settings, parts)
    transport = httpx.ASGITransport(app, client=("192.0.2.9", 5))
    async with httpx.AsyncClient(transport=transport, base_url="https://192.0.2.1") as stranger:
        assert (await stranger.get("/api/pairing")).json()["reason"] == "not_owner"
        owner = {"Authorization": f"Bearer {parts.access.owner_token()}"}
        assert (await stranger.get("/api/pairing", headers=owner)).json()["reason"] == "this_computer_only"
        parts.links = Links("", "https://192.0.2.1")
        assert (await stranger.get("/api/pairing", headers=owner)).status_code == 200
        no_room = await stranger.get("/api/pairing", params={"room": "no room"}, headers=owner)
        assert no_room.json()["reason"] == "no_such_room"
    await parts.close()
