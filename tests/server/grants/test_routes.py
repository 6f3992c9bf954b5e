"""server/grants/routes.py: signing in with the key of the host page's link."""

from __future__ import annotations

import re

import pytest

from streamsign.state.grants import EDITOR, EVERY_ROOM, Right, Signer
from streamsign.state.issued import LinkKind
from tests.server.conftest import Running


async def test_the_key_becomes_a_cookie_that_no_script_reads(running: Running) -> None:
    """The cookie is HttpOnly and SameSite=Strict, opens the owner's routes, and ends with signing out."""
    async with running.stranger() as http:
        answer = await http.post("/api/login", json={"key": running.server.access.owner_token()})
        assert answer.status_code == 204
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie  # this listener has no TLS
        own = {"Origin": running.url, "Sec-Fetch-Site": "same-origin"}
        assert (await http.get("/api/host", headers=own)).status_code == 200
        assert (await http.delete("/api/login", headers=own)).status_code == 204
        assert (await http.get("/api/host", headers=own)).status_code == 403


@pytest.mark.parametrize("key", ["guess", "", "editor"])
async def test_another_key_is_rejected(running: Running, key: str) -> None:
    """A guess, an empty key and an editor's grant open nothing, and the answer sets no cookie."""
    if key == "editor":
        key = running.server.access.view_token
        assert key
    async with running.stranger() as http:
        answer = await http.post("/api/login", json={"key": key})
    assert answer.status_code in (401, 422)
    assert "set-cookie" not in answer.headers


async def test_an_expired_key_names_the_next_step(running: Running) -> None:
    """A key of another server or time is answered with where to find a good one."""
    foreign = Signer(b"another key").make((Right.OWNER, *EDITOR), "*", 60)
    async with running.stranger() as http:
        problem = (await http.post("/api/login", json={"key": foreign})).json()
    assert problem["reason"] == "wrong_key"
    assert "streamsign link" in problem["next_step"]


async def test_the_cookie_ends_with_its_link(running: Running) -> None:
    """It lives no longer than the link, and opens nothing once the link is revoked; other links are as before."""
    access, issued = running.server.access, running.server.issued
    own = {"Origin": running.url, "Sec-Fetch-Site": "same-origin"}
    _, key = await issued.make(access.grants, LinkKind.HOST, EVERY_ROOM, 600)
    grant = access.grant(key)
    assert grant is not None
    async with running.stranger() as http:
        answer = await http.post("/api/login", json={"key": key})
        lives = re.search(r"max-age=(\d+)", answer.headers["set-cookie"].lower())
        assert lives is not None
        assert 500 < int(lives[1]) <= 600
        assert (await http.get("/api/host", headers=own)).status_code == 200
        assert (await running.http.delete(f"/api/links/{grant.link}")).status_code == 204
        assert (await http.get("/api/host", headers=own)).status_code == 403
        again = await http.post("/api/login", json={"key": key})
        assert (again.status_code, again.json()["reason"]) == (401, "wrong_key")
    assert (await running.http.get("/api/host")).status_code == 200


async def test_another_page_cannot_sign_in(running: Running) -> None:
    """A page of another origin gets 403 even with the right key."""
    async with running.stranger() as http:
        key = running.server.access.owner_token()
        answer = await http.post("/api/login", json={"key": key}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
