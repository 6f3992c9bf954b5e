"""server/links/routes.py: links that are made, listed and revoked, on a real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from streamsign.server.cameras.here import cameras_here
from streamsign.state.grants import LINK_LIFE_S, PHONE, Right
from streamsign.state.issued import IssuedLinks, links_file
from tests.server.conftest import Running


async def _made(running: Running, kind: str, **more: Any) -> Any:
    answer = await running.http.post("/api/links", json={"kind": kind, **more})
    assert answer.status_code == 201
    return answer.json()


async def test_a_link_is_made_listed_and_revoked(running: Running) -> None:
    """The secret is in the answer alone; what is revoked leaves the list, opens nothing and cannot be revoked twice."""
    made = await _made(running, "edit", room="left", days=1)
    assert made["expires_s"] - made["made_s"] == 86_400
    assert made["url"].endswith(f"/view/left#token={made['token']}")
    access = running.server.access
    assert access.allows(made["token"], Right.EDIT, "left")
    assert not access.allows(made["token"], Right.EDIT, "main")
    listed = (await running.http.get("/api/links")).json()
    assert [each["id"] for each in listed] == [made["id"], "page0-main", "terminal0"]
    assert made["token"] not in json.dumps(listed)
    assert (await running.http.delete(f"/api/links/{made['id']}")).status_code == 204
    assert not access.allows(made["token"], Right.VIEW, "left")
    assert (await running.http.delete(f"/api/links/{made['id']}")).json()["reason"] == "no_such_link"


async def test_the_host_pages_link_is_replaced(running: Running) -> None:
    """Reloading the page does not make more links; revoking its link makes the page show one that works."""
    before = (await running.http.get("/api/host")).json()["view_token"]
    again = (await running.http.get("/api/host")).json()["view_token"]
    access = running.server.access
    assert [grant and grant.holder for grant in map(access.grant, (before, again))] == ["page0-main"] * 2
    await running.http.delete("/api/links/page0-main")
    after = (await running.http.get("/api/host")).json()["view_token"]
    assert not access.allows(before, Right.VIEW, "main")
    assert access.allows(after, Right.VIEW, "main")


@pytest.mark.parametrize("by", ["http", "another process"])
async def test_open_connections_of_a_revoked_link_are_closed(running: Running, offer: str, by: str) -> None:
    """A viewer's websocket and live.vtt, and a camera, end at once; those of other links continue."""
    view, other = await _made(running, "view"), await _made(running, "view")
    publish = await _made(running, "publish")
    headers = {"Authorization": f"Bearer {publish['token']}", "Content-Type": "application/sdp"}
    sent = await running.http.post("/whip", headers=headers, content=offer)
    assert sent.status_code == 201
    (camera,) = running.cameras
    url = running.url.replace("http", "ws") + "/captions/main"
    token = {"Authorization": f"Bearer {view['token']}"}
    async with (
        connect(url, subprotocols=[Subprotocol("streamsign.v2"), Subprotocol(f"token.{view['token']}")]) as revoked,
        connect(url, subprotocols=[Subprotocol("streamsign.v2"), Subprotocol(f"token.{other['token']}")]) as kept,
        running.stranger() as http,
        http.stream("GET", "/rooms/main/live.vtt", headers=token) as stream,
        asyncio.timeout(20),
    ):
        assert json.loads(await revoked.recv())["type"] == "hello"
        for link in (view, publish):
            if by == "http":
                assert (await running.http.delete(f"/api/links/{link['id']}")).status_code == 204
            else:
                assert await IssuedLinks(links_file(running.server.settings.state_dir)).revoke(link["id"])
        with contextlib.suppress(ConnectionClosed):
            while True:
                await revoked.recv()
        assert (revoked.close_code, revoked.close_reason) == (4401, "This link was revoked.")
        assert "WEBVTT" in (await stream.aread()).decode()  # it has an end
        await camera.session.closed.wait()
        await (await running.server.rooms.get("main")).edit("space")
        while json.loads(await kept.recv())["type"] != "edit":
            pass
        again = await http.post("/whip", headers=headers, content=offer)
        assert again.status_code == 401


@pytest.mark.parametrize("is_link", [True, False])
async def test_a_camera_ends_with_its_publish_link(
    running: Running, offer: str, monkeypatch: pytest.MonkeyPatch, is_link: bool
) -> None:
    """When the link expires, within a second; a phone's session may finish after its grant has expired."""
    server = running.server
    token = server.access.grants.make(PHONE, "main", 60, (await server.devices.add("main", "")).id)
    if is_link:
        token = (await _made(running, "publish"))["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    sent = await running.http.post("/whip", headers=headers, content=offer)
    assert sent.status_code == 201
    (camera,) = cameras_here(server)
    monkeypatch.setattr(server.holds, "_clock", lambda: time.time() + 2 * LINK_LIFE_S)
    server.holds.check()
    await server.cameras.ended()
    assert camera.session.closed.is_set() is is_link
    assert len(server.holds) == (0 if is_link else 1)
    await server.cameras.close_all()
    assert len(server.holds) == 0


async def test_a_disk_that_cannot_be_written(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No link is made that could not be revoked; a revocation holds at once, and the answer says what is left to do."""
    made = await _made(running, "view")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("streamsign.state.folder.write_private", full)
    refused = await running.http.post("/api/links", json={"kind": "view"})
    assert (refused.status_code, refused.json()["reason"]) == (507, "not_stored")
    revoked = await running.http.delete(f"/api/links/{made['id']}")
    assert (revoked.status_code, revoked.json()["reason"]) == (507, "not_stored")
    assert not running.server.access.allows(made["token"], Right.VIEW, "main")
    monkeypatch.undo()
    assert (
        IssuedLinks(links_file(tmp_path)).valid()[0].id == made["id"]
    )  # after a restart it is valid, as the answer said


async def test_a_list_that_cannot_be_read_refuses_links_alone(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner and paired phones go on; nothing is written over the list, and no link is made."""
    monkeypatch.setattr("streamsign.state.folder.LOOK_EVERY_S", 0.0)
    access, made = running.server.access, await _made(running, "view")
    phone = access.grants.make(PHONE, "main", 60, (await running.server.devices.add("main", "")).id)
    (tmp_path / "links.json").write_text("damaged")
    assert not access.allows(made["token"], Right.VIEW, "main")
    assert access.allows(phone, Right.PUBLISH, "main")
    assert (await running.http.get("/api/host")).status_code == 200
    refused = await running.http.post("/api/links", json={"kind": "view"})
    assert (refused.status_code, refused.json()["reason"]) == (507, "not_stored")
    assert (tmp_path / "links.json").read_text() == "damaged"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "owner"}, 422),
        ({"kind": "view", "days": 0}, 422),
        ({"kind": "view", "days": 400}, 422),
        ({"kind": "view", "room": "no room"}, 404),
    ],
)
async def test_what_cannot_be_made_is_refused(running: Running, body: dict[str, Any], status: int) -> None:
    """Owners' links come from the terminal alone; times and rooms have their limits."""
    assert (await running.http.post("/api/links", json=body)).status_code == status
    assert [each["id"] for each in (await running.http.get("/api/links")).json()] == ["page0-main", "terminal0"]


async def test_only_the_owner_manages_links(running: Running) -> None:
    """No link opens the list of links, or makes another one."""
    token = {"Authorization": f"Bearer {(await _made(running, 'edit'))['token']}"}
    async with httpx.AsyncClient(base_url=running.url, headers=token) as http:
        answers = [await http.get("/api/links"), await http.post("/api/links", json={"kind": "view"})]
        answers.append(await http.delete("/api/links/page0-main"))
    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def test_what_an_owners_link_opened_ends_with_it(running: Running) -> None:
    """The terminal's link is revoked: its browser's websocket is closed, and its pages' camera tokens open nothing."""
    server = running.server
    key = server.access.owner_token(link=server.issued.terminal_link().id)
    async with running.stranger() as http:
        http.headers["Authorization"] = f"Bearer {key}"
        host = (await http.get("/api/host")).json()
        practice = (await http.post("/practice/room")).json()
    assert server.access.allows(host["publish_token"], Right.PUBLISH, "main")
    assert server.access.allows(practice["publish_token"], Right.PUBLISH, practice["room"])
    url = running.url.replace("http", "ws") + "/captions/main"
    protocols = [Subprotocol("streamsign.v2"), Subprotocol(f"token.{key}")]
    async with connect(url, subprotocols=protocols) as page, asyncio.timeout(20):
        assert json.loads(await page.recv())["type"] == "hello"
        assert (await running.http.delete("/api/links/terminal0")).status_code == 204
        await page.wait_closed()
        assert (page.close_code, page.close_reason) == (4401, "This link was revoked.")
    assert not server.access.allows(host["publish_token"], Right.PUBLISH, "main")
    assert not server.access.allows(practice["publish_token"], Right.PUBLISH, practice["room"])
    assert server.issued.terminal_link().id == "terminal1"


async def test_owners_links_are_made_by_the_command_only(running: Running) -> None:
    """Over HTTP no link that opens everything can be made."""
    assert (await running.http.post("/api/links", json={"kind": "host"})).status_code == 422
