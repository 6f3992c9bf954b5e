"""WHIP over real sockets with a real WebRTC peer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamsign.client.captions import watch
from streamsign.server.cameras.fragment import parse_fragment
from streamsign.settings import read_settings
from streamsign.webrtc.connecting import PATIENCE_S
from tests.server.conftest import serving
from tests.webrtc.offers.table import EXPECTED, FOLDER, summary

TRICKLE = "application/trickle-ice-sdpfrag"


async def _camera(running: Any, *, audio: bool = False, former: str = "") -> tuple[RTCPeerConnection, Any]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    if audio:
        peer.addTrack(AudioStreamTrack())
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    query = {"former": former}
    answer = await running.http.post("/whip", content=peer.localDescription.sdp, headers=running.auth, params=query)
    if answer.status_code == 201:
        await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    return peer, answer


async def test_camera_goes_live_and_leaves_nothing_behind(running: Any) -> None:
    """A camera with audio is answered as in RFC 9725, and neither video nor audio has a thread."""
    peer, answer = await _camera(running, audio=True)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/sdp"
    assert answer.headers["etag"]
    assert len(answer.headers["location"]) > len("/whip/") + 22
    assert "a=candidate:" in answer.text
    assert "m=audio 0 " not in answer.text
    async for event in watch(running.url, token=running.server.access.view_token, reconnect=False):
        if event.type == "status" and event.state == "live":
            break
    names = [thread.name for thread in threading.enumerate()]
    headers = {"Authorization": running.auth["Authorization"]}
    gone = await running.http.delete(answer.headers["location"], headers=headers)
    await peer.close()
    assert gone.status_code == 200
    assert not [name for name in names if "decoder" in name]
    assert (await running.http.delete(answer.headers["location"], headers=headers)).status_code == 404


async def test_a_camera_that_connects_again_continues_its_session(running: Any) -> None:
    """It names the session that it had, and the room takes it for the same signer."""
    peer, answer = await _camera(running)
    peer_again, again = await _camera(running, former=answer.headers["streamsign-session"])
    room = await running.server.rooms.get("main")
    names = [each.headers["streamsign-session"] for each in (answer, again)]
    assert room.continuity.former_of(names[1]) == names[0]
    await asyncio.gather(peer.close(), peer_again.close())


async def test_a_server_that_stops_takes_no_camera(running: Any) -> None:
    """A camera that connects again while the server closes is answered 503 with the reason."""
    await running.server.close()
    peer, answer = await _camera(running)
    await peer.close()
    assert (answer.status_code, answer.json()["reason"], answer.headers["retry-after"]) == (503, "stopping", "1")


async def test_an_offer_may_come_in_chunks(running: Any) -> None:
    """A body without a length, as Go's and Node's clients send, is answered like any other."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    offer = peer.localDescription.sdp.encode()

    async def chunks() -> AsyncIterator[bytes]:
        for begin in range(0, len(offer), 100):
            yield offer[begin : begin + 100]

    answer = await running.http.post("/whip", content=chunks(), headers=running.auth)
    assert "content-length" not in answer.request.headers
    assert answer.status_code == 201
    await peer.close()


async def test_a_sender_that_was_restarted_is_read(running: Any) -> None:
    """A sender that ended without DELETE and offers again gets another session, which becomes live beside the old."""
    before, first = await _camera(running)
    assert await _goes_on(running, first)
    await before.close()
    after, second = await _camera(running)
    assert second.status_code == 201
    assert second.headers["location"] != first.headers["location"]
    name = second.headers["streamsign-session"]
    async for event in watch(running.url, token=running.server.access.view_token, reconnect=False):
        if event.type == "status" and (event.session, event.state) == (name, "live"):
            break
    await after.close()


async def test_one_camera_too_many_is_told_to_wait(running: Any) -> None:
    """The third camera of two gets 503 with Retry-After."""
    cameras = [await _camera(running) for _ in range(3)]
    assert [answer.status_code for _, answer in cameras] == [201, 201, 503]
    assert cameras[2][1].headers["retry-after"]
    for peer, _ in cameras:
        await peer.close()


CANDIDATE = "a=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host\r\n"


async def _patch(running: Any, answer: Any, match: str | None, body: str = CANDIDATE) -> int:
    headers = running.auth | {"Content-Type": TRICKLE} | ({"If-Match": match} if match else {})
    return int((await running.http.patch(answer.headers["location"], content=body, headers=headers)).status_code)


async def _goes_on(running: Any, answer: Any) -> bool:
    """Whether a camera's session becomes live."""
    async for event in watch(running.url, token=running.server.access.view_token, reconnect=False):
        if event.type == "status" and event.state == "live":
            break
    return running.cameras.find(answer.headers["location"].rpartition("/")[2]) is not None


async def test_trickle_needs_the_right_etag(running: Any) -> None:
    """PATCH answers 428, 412 and 204 as RFC 9725 requires, and the session continues."""
    peer, answer = await _camera(running)
    assert await _patch(running, answer, None) == 428
    assert await _patch(running, answer, '"stale"') == 412
    assert await _patch(running, answer, answer.headers["etag"]) == 204
    async with running.stranger() as http:
        assert (await http.patch(answer.headers["location"])).status_code == 401
    assert await _goes_on(running, answer)
    await peer.close()


async def test_an_empty_trickle_request_says_whether_the_session_is_there(running: Any) -> None:
    """A page asks in this way after a short silence; it changes nothing."""
    peer, answer = await _camera(running)
    assert await _patch(running, answer, answer.headers["etag"], "") == 204
    await running.cameras.end_all(running.cameras, "The test ends it.")
    assert await _patch(running, answer, answer.headers["etag"], "") == 404
    await peer.close()


async def test_an_ice_restart_is_refused(running: Any) -> None:
    """An ICE restart is answered 422, as RFC 9725 allows, and the session continues: the client makes a new one."""
    peer, answer = await _camera(running)
    assert await _patch(running, answer, "*") == 422
    assert await _patch(running, answer, answer.headers["etag"], f"a=ice-ufrag:other\r\n{CANDIDATE}") == 422
    assert await _goes_on(running, answer)
    await peer.close()


async def test_ice_servers_are_linked(tmp_path: Path) -> None:
    """Configured STUN servers come as Link headers, on the preflight already, as RFC 9725 has them."""
    stun = "stun:127.0.0.1:9"
    async with serving(read_settings(state_dir=tmp_path, ice_servers=stun)) as running:
        options = await running.http.options("/whip")
        assert options.headers["link"] == f'<{stun}>; rel="ice-server"'


async def test_relay_credentials_are_for_who_may_send(tmp_path: Path) -> None:
    """With a shared secret the preflight of a stranger names no relay; a camera's own does, with its credential."""
    servers = "stun:127.0.0.1:9,turn:127.0.0.1:9"
    async with serving(read_settings(state_dir=tmp_path, ice_servers=servers, turn_secret="shared")) as running:
        async with running.stranger() as http:
            stranger = await http.options("/whip")
        known = await running.http.options("/whip", headers=running.auth)
        assert "turn:" not in stranger.headers["link"]
        assert "credential=" in known.headers["link"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Authorization": "Bearer wrong"}, "v=0", 401),
        ({"Authorization": ""}, "v=0", 401),
        ({"Content-Type": "text/plain"}, "v=0", 415),
        ({}, "hello", 400),
        ({}, "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", 400),
        ({}, "v=0" + "x" * 300_000, 413),
    ],
)
async def test_bad_offers_are_refused_in_words(running: Any, headers: dict[str, str], body: str, status: int) -> None:
    """Wrong token, type, SDP, missing video and size each get their own status and a sentence."""
    answer = await running.http.post("/whip", content=body, headers=running.auth | headers)
    assert answer.status_code == status
    assert answer.text.strip()
    assert status != 401 or answer.headers["www-authenticate"] == "Bearer"


async def test_other_methods_and_preflight(running: Any) -> None:
    """GET and PUT are 405; OPTIONS names what may be posted."""
    assert (await running.http.get("/whip")).status_code == 405
    assert (await running.http.put("/whip")).status_code == 405
    for method in ("GET", "HEAD", "PUT", "POST"):
        assert (await running.http.request(method, "/whip/any")).status_code == 405
    options = await running.http.options("/whip")
    assert options.status_code == 200
    assert "link" not in options.headers
    assert options.headers["accept-post"] == "application/sdp"
    assert "Location" in options.headers["access-control-expose-headers"]


async def test_the_endpoint_itself_takes_no_patch(running: Any) -> None:
    """OPTIONS on the endpoint names no PATCH: a client that looks for it there sends all candidates in its offer."""
    options = await running.http.options("/whip")
    assert options.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert (await running.http.patch("/whip")).status_code == 405


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=200), st.binary(max_size=80).map(lambda b: b"v=0\r\n" + b)), max_size=8))
def test_fragments_of_any_text_parse(parts: list[bytes]) -> None:
    """No fragment makes the trickle parser fail."""
    for part in parts:
        parse_fragment(part.decode(errors="replace"))


async def test_arbitrary_offers_never_break_the_server(running: Any) -> None:
    """Whatever bytes come as an offer, the answer is a refusal, never a 500."""
    bodies: list[bytes] = []

    @settings(max_examples=30, deadline=None, database=None)
    @given(st.one_of(st.binary(max_size=200), st.binary(max_size=80).map(lambda b: b"v=0\r\nm=video 9 " + b)))
    def draw(body: bytes) -> None:
        bodies.append(body)

    draw()
    for body in bodies:
        assert (await running.http.post("/whip", content=body, headers=running.auth)).status_code == 400


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.sdp")))
async def test_each_public_offer_gets_its_answer(running: Any, name: str) -> None:
    """Every offer of the table gets its status and words; an answer names addresses, whatever the offer named."""
    status, words = EXPECTED[name]
    offer = (FOLDER / f"{name}.sdp").read_bytes()
    answer = await running.http.post("/whip", content=offer, headers=running.auth)
    assert answer.status_code == status
    said = summary(answer.text) if status == 201 else f"{answer.json()['detail']} {answer.json()['next_step']}"
    assert said == words
    assert ("a=candidate:" in answer.text) == (status == 201)
    assert len(running.cameras) == (status == 201)


async def test_a_camera_without_a_path_is_reported_with_the_reason(running: Any) -> None:
    """A camera that names only a .local address and never sends is shown as connecting, with the reason, within 5 s."""
    offer = (FOLDER / "mdns_only_and_end.sdp").read_bytes()
    async with asyncio.timeout(PATIENCE_S + 1):
        answer = await running.http.post("/whip", content=offer, headers=running.auth)
        async for event in watch(running.url, token=running.server.access.view_token, reconnect=False):
            if event.type == "status" and "No network path" in event.detail:
                assert ".local" in event.detail
                assert event.state == "connecting"
                break
    assert answer.status_code == 201
