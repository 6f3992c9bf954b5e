"""server/cameras/occupancy.py: a second camera in a room needs a decision, over HTTP with real peers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import VideoStreamTrack

from streamsign.settings import read_settings
from streamsign.state.grants import HOST_CAMERA, PHONE, PHONE_LIFE_S, Right
from tests.server.conftest import Running, serving

MAX_SESSIONS = 3


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A server with room for two phones and a camera of the owner."""
    async with serving(read_settings(state_dir=tmp_path, max_sessions=MAX_SESSIONS)) as found:
        yield found


@asynccontextmanager
async def _sending(running: Running, token: str, room: str = "main", **query: str) -> AsyncIterator[httpx.Response]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        peer.addTrack(VideoStreamTrack())
        await peer.setLocalDescription(await peer.createOffer())
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        params = {"room": room, **query}
        yield await running.http.post("/whip", params=params, headers=headers, content=peer.localDescription.sdp)
    finally:
        await peer.close()


async def _phone(running: Running, user_agent: str = "X (iPhone; X) Safari/1") -> str:
    device = await running.server.devices.add("main", user_agent)
    return running.server.access.grants.make(PHONE, "main", PHONE_LIFE_S, device.id)


async def test_a_second_phone_is_refused_and_takes_over_when_it_says_so(running: Running) -> None:
    """409 names the phone that sends; `replace` ends its session and leaves one camera."""
    first, second = await _phone(running), await _phone(running, "X (Android) Chrome/1")
    await running.server.devices.rename(running.server.devices.listed()[-1].id, "Ana")
    async with _sending(running, first), _sending(running, second, others="refuse") as refused:
        assert (refused.status_code, refused.json()["reason"]) == (409, "occupied")
        assert refused.json()["detail"] == "Another camera sends into this room: Ana."
        async with _sending(running, second, others="replace") as taken:
            (camera,) = running.cameras
            assert (taken.status_code, camera.session.session_id) == (201, taken.headers["streamsign-session"])


@pytest.mark.parametrize(("others", "later"), [("refuse", {409}), ("replace", {201, 400})])
async def test_of_two_phones_at_once_one_sends(running: Running, others: str, later: set[int]) -> None:
    """Two phones whose offers arrive together do not both get into the room, and nothing of the other one stays."""

    async def offer(token: str) -> int:
        async with _sending(running, token, others=others) as answer:
            await both.wait()
            return answer.status_code

    both = asyncio.Barrier(2)
    statuses = sorted(await asyncio.gather(offer(await _phone(running)), offer(await _phone(running))))
    assert statuses[0] == 201
    assert statuses[1] in later
    (camera,) = running.cameras
    assert list((await running.server.rooms.get("main")).statuses) == [camera.session.session_id]


async def test_a_takeover_that_fails_ends_no_camera(running: Running) -> None:
    """On a full server, the cameras of the room stay if the offer that was to replace them is invalid."""
    async with AsyncExitStack() as others:
        for _ in range(MAX_SESSIONS):
            await others.enter_async_context(_sending(running, running.server.access.publish_token))
        headers = {"Authorization": f"Bearer {await _phone(running)}", "Content-Type": "application/sdp"}
        failed = await running.http.post("/whip?others=replace", headers=headers, content="v=0\r\n")
        assert (failed.status_code, len(running.cameras)) == (400, MAX_SESSIONS)


@pytest.mark.parametrize("in_room", [1, MAX_SESSIONS])
async def test_who_takes_over_needs_no_further_place(running: Running, in_room: int) -> None:
    """On a full and busy server a phone still replaces the cameras of its room, one or many."""
    fixed = running.server.access.publish_token
    async with AsyncExitStack() as others:
        for room in ["main"] * in_room + ["stage"] * (MAX_SESSIONS - in_room):
            await others.enter_async_context(_sending(running, fixed, room))
        assert running.cameras.full_for(None)
        running.cameras.admission.open = False
        async with _sending(running, await _phone(running), others="replace") as taken:
            assert (taken.status_code, len(running.cameras)) == (201, MAX_SESSIONS - in_room + 1)
        assert len(running.cameras.in_room("main")) == 1


async def test_a_camera_is_not_in_its_own_way(running: Running) -> None:
    """A phone that connects again, and a program that names its former session, replace only themselves."""
    token, fixed = await _phone(running), running.server.access.publish_token
    async with _sending(running, token), _sending(running, token, others="refuse") as again:
        assert again.status_code == 201
    for camera in running.cameras:
        await camera.session.close()
    async with _sending(running, fixed) as before:
        former = before.headers["streamsign-session"]
        async with _sending(running, fixed, others="refuse", former=former) as again:
            assert again.status_code == 201
            (camera,) = running.cameras
            assert camera.session.session_id == again.headers["streamsign-session"]


@pytest.mark.parametrize(("query", "status"), [({}, 201), ({"others": "allow"}, 201), ({"others": "maybe"}, 422)])
async def test_programs_may_send_beside_each_other(running: Running, query: dict[str, str], status: int) -> None:
    """Without `others`, or with `allow`, both cameras stay; another value is refused."""
    fixed = running.server.access.publish_token
    async with _sending(running, fixed), _sending(running, fixed, **query) as second:
        assert second.status_code == status
        assert len(running.cameras) == (2 if status == 201 else 1)


async def test_this_computers_camera_is_named_and_other_rooms_are_free(running: Running) -> None:
    """The host page's camera occupies its own room alone."""
    host = running.server.access.grants.make((Right.PUBLISH,), "main", 60, HOST_CAMERA)
    async with _sending(running, host):
        async with _sending(running, await _phone(running), others="refuse") as refused:
            assert refused.json()["detail"] == "Another camera sends into this room: This computer's camera."
        async with _sending(running, running.server.access.publish_token, "stage", others="refuse") as elsewhere:
            assert elsewhere.status_code == 201
