"""server/devices/routes.py: seeing and disconnecting paired devices, on a real server."""

from __future__ import annotations

import pytest

from streamsign.server.grants.guards import DISCONNECTED
from tests.server.conftest import Running


async def _paired(running: Running) -> str:
    code = (await running.server.codes.wait("main", None, 0.1)).code
    answer = await running.http.post("/pair", json={"code": code}, headers={"User-Agent": "X (iPhone; X) Safari/1"})
    return str(answer.json()["token"])


async def test_a_disconnected_phone_stops_sending_and_must_pair_again(running: Running, offer: str) -> None:
    """It is listed with its session; after the disconnection that has ended and its token opens nothing."""
    token = await _paired(running)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    sent = await running.http.post("/whip", headers=headers, content=offer)
    assert sent.status_code == 201
    (device,) = (await running.http.get("/api/devices")).json()
    (camera,) = running.cameras
    assert (device["kind"], device["browser"], device["room"]) == ("iPhone", "Safari", "main")
    assert device["sessions"] == [camera.session.session_id]
    assert token not in str(device)
    gone = await running.http.post(f"/api/devices/{device['id']}/disconnect")
    assert gone.status_code == 204
    assert camera.session.closed.is_set()
    (device,) = (await running.http.get("/api/devices")).json()
    assert (device["valid"], device["sessions"]) == (False, [])
    refused = await running.http.post("/whip", headers=headers, content=offer)
    assert refused.status_code == 401
    assert (refused.json()["reason"], refused.json()["detail"]) == ("disconnected", DISCONNECTED)
    assert refused.json()["next_step"].startswith("Scan the QR code")
    assert (await running.http.delete(f"/api/devices/{device['id']}")).status_code == 204
    assert (await running.http.get("/api/devices")).json() == []


async def test_a_phone_that_reads_itself_is_listed_and_disconnected(running: Running) -> None:
    """Its session is the device's, like a camera's; the disconnection closes it at once and refuses what it sends."""
    headers = {"Authorization": f"Bearer {await _paired(running)}"}
    sent = {"session": "0123456789abcdef", "events": []}
    assert (await running.http.post("/on-device/letters", headers=headers, json=sent)).status_code == 200
    (device,) = (await running.http.get("/api/devices")).json()
    assert device["sessions"] == ["0123456789abcdef"]
    assert (await running.server.rooms.get("main")).statuses
    await running.http.post(f"/api/devices/{device['id']}/disconnect")
    assert not (await running.server.rooms.get("main")).statuses
    (device,) = (await running.http.get("/api/devices")).json()
    assert (device["valid"], device["sessions"]) == (False, [])
    refused = await running.http.post("/on-device/letters", headers=headers, json=sent)
    assert (refused.status_code, refused.json()["reason"]) == (401, "disconnected")


async def test_a_device_has_a_name(running: Running) -> None:
    """It is trimmed, kept, and taken away by an empty one; a long one and an unknown device are refused."""
    await _paired(running)
    (device,) = (await running.http.get("/api/devices")).json()
    path = f"/api/devices/{device['id']}"
    for name, kept in ((" Ana's phone ", "Ana's phone"), ("", "")):
        assert (await running.http.patch(path, json={"name": name})).status_code == 204
        (device,) = (await running.http.get("/api/devices")).json()
        assert device["name"] == kept
    assert (await running.http.patch(path, json={"name": "a" * 41})).status_code == 422
    assert (await running.http.patch("/api/devices/00", json={"name": "a"})).json()["reason"] == "no_such_device"


async def test_a_second_phone_is_left_alone(running: Running) -> None:
    """Disconnecting one takes nothing from the other."""
    first, second = await _paired(running), await _paired(running)
    devices = (await running.http.get("/api/devices")).json()
    assert len(devices) == 2
    grant = running.server.access.grant(first)
    assert grant is not None
    await running.http.delete(f"/api/devices/{grant.holder}")
    assert running.server.access.grant(first) is None
    assert running.server.access.grant(second) is not None


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/devices"), ("DELETE", "/api/devices/00"), ("POST", "/api/devices/00/disconnect")]
)
async def test_only_the_owner_sees_and_disconnects(running: Running, method: str, path: str) -> None:
    """Requests from other computers are refused, also with a paired phone's token; a wrong name is an error."""
    phone = {"Authorization": f"Bearer {await _paired(running)}"}
    async with running.stranger() as http:
        for headers in ({}, phone):
            assert (await http.request(method, path, headers=headers)).json()["reason"] == "not_owner"
        assert (await http.request(method, path, headers=running.owner)).status_code == (
            200 if method == "GET" else 404
        )
