"""Attacks on a running server, one row each, with the exact answer that is expected."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket as sockets
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from streamsign.recognition.events import Commit
from streamsign.server.captions.websocket import MAX_AUTH_CHARS, MAX_WAITING_PER_ADDRESS
from streamsign.server.parts import make_server
from streamsign.settings import Settings, read_settings
from streamsign.state.grants import EDITOR, EVERY_ROOM, KEY_FILE, PHONE, Right, Signer
from tests.server.conftest import Running, serving
from tests.server.refused import REFUSED

MOST_BYTES = Settings.model_fields["max_message_bytes"].default

# Browsers send these with what a foreign page asks for; the owner's cookie comes along where the site is the same.
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
NEIGHBOR = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Origin": "http://127.0.0.1:3000"}
OLD_BROWSER = {"Origin": "https://evil.example"}


@pytest.mark.parametrize(("method", "path", "body", "status"), REFUSED)
async def test_a_stranger_on_this_computer_gets_nothing(
    running: Running, method: str, path: str, body: Any, status: int
) -> None:
    """Without a token every route refuses, whatever Host, Origin or forwarding headers say."""
    forged = [
        {},
        {"Host": "localhost"},
        {"Host": "evil.example"},
        {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1", "Via": "1.1 proxy"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic eDp4"},
    ]
    async with running.stranger() as http:
        for headers in forged:
            assert (await http.request(method, path, json=body, headers=headers)).status_code == status, headers


@pytest.mark.parametrize("headers", [FOREIGN, NEIGHBOR, OLD_BROWSER], ids=["foreign", "neighbor", "old browser"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/host", None),
        ("GET", "/rooms/main/transcript.txt", None),
        ("POST", "/rooms/main/edits", {"action": "clear"}),
        ("PUT", "/api/model", {"name": "celov"}),
        ("DELETE", "/api/devices/00", None),
        ("GET", "/api/collect/archive", None),
        ("POST", "/api/collect/archive", {}),
        ("DELETE", "/api/collect/pictures", None),
        ("PUT", "/api/rooms/main/adaptation", {"signer": "s-1"}),
        ("POST", "/on-device/letters", {"session": "0" * 16, "events": []}),
    ],
)
async def test_a_foreign_page_gets_nothing_with_the_owners_cookie(
    running: Running, headers: dict[str, str], method: str, path: str, body: Any
) -> None:
    """A page of another site, or another port of this computer, is refused although the cookie comes along."""
    access = running.server.access
    cookie = {"Cookie": f"{access.cookie}={access.owner_token()}"}
    await (await running.server.rooms.get("main")).edit("replace", word="KEPT")
    async with running.stranger() as http:
        answer = await http.request(method, path, json=body, headers={**headers, **cookie})
        assert answer.status_code in (401, 403)
        if "Sec-Fetch-Site" in headers:
            assert (answer.status_code, answer.json()["reason"]) == (403, "cross_site")
        assert "access-control-allow-origin" not in answer.headers
    assert (await running.server.rooms.get("main")).text == "KEPT"


RIGHTS = {
    "phone": (PHONE, "main"),
    "viewer": ((Right.VIEW,), "main"),
    "editor": (EDITOR, "main"),
    "camera": ((Right.PUBLISH,), "main"),
}
ALLOWED = {
    ("GET", "/rooms/main/transcript.txt"): {"phone", "viewer", "editor"},
    ("GET", "/rooms/other/transcript.txt"): set(),
    ("POST", "/rooms/main/edits"): {"phone", "editor"},
    ("POST", "/rooms/other/edits"): set(),
    ("GET", "/rooms/main/title"): {"phone", "viewer", "editor"},
    ("PUT", "/rooms/main/title"): set(),
    ("GET", "/rooms/main/pauses"): {"phone", "viewer", "editor"},
    ("PUT", "/rooms/main/pauses"): {"phone", "editor"},
    ("POST", "/whip?room=main"): {"phone", "camera"},
    ("POST", "/whip?room=other"): set(),
    ("GET", "/api/host"): set(),
    ("GET", "/api/devices"): set(),
    ("GET", "/api/models"): {"phone"},
    ("GET", "/metrics"): set(),
    ("GET", "/api/pairing"): set(),
    ("GET", "/api/collect/pictures"): {"phone", "camera"},
    ("GET", "/api/collect/report"): set(),
    ("DELETE", "/api/collect/pictures"): {"phone", "camera"},
    ("POST", "/api/collect/archive"): set(),
    ("GET", "/api/rooms/main/adaptation"): {"phone"},
    ("GET", "/api/rooms/other/adaptation"): set(),
    ("PUT", "/api/rooms/main/adaptation"): {"phone"},
    ("PUT", "/api/rooms/other/adaptation"): set(),
    ("GET", "/on-device?room=main"): {"phone", "camera"},
    ("GET", "/on-device?room=other"): set(),
    ("POST", "/on-device/letters?room=main"): {"phone", "camera"},
    ("POST", "/on-device/letters?room=other"): set(),
}


@pytest.mark.parametrize(("method", "path"), ALLOWED)
async def test_each_grant_opens_its_own_doors(running: Running, method: str, path: str) -> None:
    """Reading, editing and sending are separate, per room; expired and altered grants open nothing."""
    access = running.server.access
    tokens = {name: access.grants.make(*given, 60) for name, given in RIGHTS.items()}
    tokens["expired"] = access.grants.make((Right.OWNER,), EVERY_ROOM, -1)
    tokens["other key"] = Signer(b"guessed").make((Right.OWNER,), EVERY_ROOM, 60)
    tokens["raised"] = tokens["viewer"].replace(".v.", ".o.")
    opened = set()
    async with running.stranger() as http:
        for name, token in tokens.items():
            body = None if method == "GET" else {"action": "space"}
            answer = await http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code not in (401, 403):
                opened.add(name)
    assert opened == ALLOWED[method, path]


async def test_reading_makes_no_rooms_and_loses_none(running: Running) -> None:
    """A thousand GETs of other rooms leave one's text where it is, and make no room."""
    await (await running.server.rooms.get("kept")).edit("replace", word="KEPT")
    before = len(running.server.rooms.all())
    for number in range(100):
        for path in ("transcript.txt", "words"):
            assert (await running.http.get(f"/rooms/junk{number}/{path}")).status_code == 200
        await running.http.get("/api/host", params={"room": f"junk{number}"})
    assert len(running.server.rooms.all()) == before
    for number in range(100):
        await running.server.rooms.get(f"idle{number}")
    assert (await running.server.rooms.get("kept")).text == "KEPT"


async def _close_code(running: Running, message: str | bytes, protocols: list[Subprotocol] | None = None) -> int | None:
    url = running.url.replace("http", "ws") + "/captions/main"
    async with connect(url, subprotocols=protocols, max_size=None) as viewer:
        await viewer.send(message)
        return await _closed(viewer)


async def _closed(viewer: ClientConnection) -> int | None:
    """The code a connection is closed with."""
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await viewer.recv()
    return viewer.close_code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("[" * (MAX_AUTH_CHARS + 1), 1009),
        ("9" * (MAX_AUTH_CHARS + 1), 1009),
        ("[" * MAX_AUTH_CHARS, 4401),
        ("9" * MAX_AUTH_CHARS, 4401),
        ('{"type": "auth", "token": ["a"]}', 4401),
        ('{"type": "auth", "token": "x"}', 4401),
        (b"\xff\xfe", 4401),
        ("x" * (MOST_BYTES + 1), 1009),
        (b"x" * 1_000_000, 1009),
    ],
)
async def test_a_first_message_is_short(running: Running, message: str | bytes, code: int) -> None:
    """What is long is not parsed, before or after a token; the close code says why."""
    assert await _close_code(running, message) == code
    if len(message) > MOST_BYTES:
        assert await _close_code(running, message, running.protocols) == 1009


async def test_a_viewer_that_floods_is_closed(running: Running) -> None:
    """Beyond its rate of messages it is closed with 4429, and others are served on."""
    url = running.url.replace("http", "ws") + "/captions/main"
    async with connect(url, subprotocols=running.protocols) as viewer:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(10_000):
                await viewer.send("{}")
        assert await _closed(viewer) == 4429
    assert (await running.http.get("/healthz")).status_code == 200


async def test_connections_without_a_token_are_few(running: Running) -> None:
    """One address holds so many connections that have not shown a token, and no more."""
    url = running.url.replace("http", "ws") + "/captions/main"
    waiting = [await connect(url) for _ in range(MAX_WAITING_PER_ADDRESS)]
    try:
        async with connect(url) as one_more:
            assert await _closed(one_more) == 4429
        async with connect(url, subprotocols=running.protocols) as viewer:
            assert json.loads(await viewer.recv())["type"] == "hello"
    finally:
        await asyncio.gather(*(one.close() for one in waiting))


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /healthz HT", b"POST /pair HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"],
    ids=["nothing", "half a header", "half a body"],
)
async def test_a_connection_that_stays_silent_is_closed(tmp_path: Path, sent: bytes) -> None:
    """Nothing, half a header and half a body are given up at their deadlines."""
    async with serving(read_settings(state_dir=tmp_path, header_timeout_s=0.3, body_timeout_s=0.3)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
        writer.write(sent)
        async with asyncio.timeout(10):
            assert b"200" not in await _rest(reader)
        writer.close()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_connections_are_limited(tmp_path: Path) -> None:
    """Above the limit a connection is closed at once; when one leaves there is a place again."""
    async with serving(read_settings(state_dir=tmp_path, max_connections=8)) as running, asyncio.timeout(30):
        port = int(running.url.rpartition(":")[2])
        held = [sockets.create_connection(("127.0.0.1", port)) for _ in range(8)]
        assert await _until_answered(running, reachable=False)
        for one in held:
            one.close()
        assert await _until_answered(running, reachable=True)


async def _until_answered(running: Running, *, reachable: bool) -> bool:
    """Wait until a new connection is answered, or is not: the server learns of others in its own time."""
    while True:
        async with running.stranger() as http:
            try:
                answered = (await http.get("/healthz")).status_code == 200
            except httpx.TransportError:
                answered = False
        if answered is reachable:
            return True
        await asyncio.sleep(0.02)


async def test_a_device_takes_no_others_place(tmp_path: Path, offer: str) -> None:
    """A phone that offers again and again holds two sessions; the last place is the owner's."""
    async with serving(read_settings(state_dir=tmp_path, max_sessions=4)) as running:
        access = running.server.access
        sdp = {"Content-Type": "application/sdp"}

        async def post(token: str) -> int:
            headers = {**sdp, "Authorization": f"Bearer {token}"}
            return (await running.http.post("/whip", content=offer, headers=headers)).status_code

        first, second = (access.grants.make(PHONE, "main", 60, name) for name in ("first", "second"))
        assert [await post(first) for _ in range(5)] == [201] * 5
        assert len(running.cameras) == 2
        assert [await post(second), await post(second)] == [201, 503]
        owner = (await running.http.get("/api/host")).json()["publish_token"]
        assert [await post(owner), await post(owner)] == [201, 503]


async def test_refused_offers_leave_nothing_behind(running: Running, offer: str) -> None:
    """Offers that are refused during setup are not counted and leave no session."""
    broken = [
        offer.replace("a=ice-pwd:", "a=ice-pwd-not:"),
        offer.replace("a=setup:actpass", "a=setup:nonsense"),
        offer.replace("a=fingerprint:", "a=fingerprint:md5 "),
        offer + "a=ice-ufrag:another\r\n",
        offer.replace("VP8", "AV1").replace("H264", "AV1"),
        offer[: len(offer) // 2],
    ]
    for sdp in broken * 3:
        assert (await running.http.post("/whip", content=sdp, headers=running.auth)).status_code in (201, 400)
        for camera in running.cameras:
            await camera.session.close()
        assert len(running.cameras) == 0
    assert not running.cameras.full_for(None)


@pytest.mark.parametrize(
    "candidate",
    [
        "1 1 udp 1 127.0.0.1 5000 typ host",
        "1 1 udp 1 ::1 5000 typ host",
        "1 1 udp 1 192.0.2.1 99999 typ host",
        "1 1 udp 1 192.0.2.1 0 typ host",
        "1 1 udp 1 999.1.1.1 5000 typ host",
        "1 1 udp 1 224.0.0.1 5000 typ host",
        "1 1 udp 1 0.0.0.0 5000 typ host",
        "1 1 udp 1 intranet.example 5000 typ host",
    ],
)
async def test_candidates_lead_to_cameras(running: Running, offer: str, candidate: str) -> None:
    """Loopback, other hosts' names and ports that cannot be are refused: the server is not to be aimed at them."""
    opened = await running.http.post("/whip", content=offer, headers=running.auth)
    headers = {**running.auth, "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": opened.headers["etag"]}
    where = opened.headers["location"]
    refused = await running.http.patch(where, content=f"a=candidate:{candidate}\r\n", headers=headers)
    assert (refused.status_code, refused.json()["reason"]) == (400, "bad_candidate")
    many = "".join(f"a=candidate:{number} 1 udp 1 192.0.2.1 {5000 + number} typ host\r\n" for number in range(40))
    assert (await running.http.patch(where, content=many, headers=headers)).status_code == 400


async def test_a_disconnected_device_stays_out(tmp_path: Path) -> None:
    """After a restart, and after a damaged or deleted list of devices, its token opens nothing."""
    settings = read_settings(state_dir=tmp_path)
    file = tmp_path / "devices.json"
    for damage in (lambda: None, lambda: file.write_bytes(b"[{torn"), file.unlink):
        server = make_server(settings)
        device = await server.devices.add("main", "iPhone")
        token = server.access.grants.make(PHONE, "main", 3600, device.id)
        assert server.access.allows(token, Right.PUBLISH, "main")
        assert await server.devices.bar(device.id)
        await server.close()
        damage()
        again = make_server(settings)
        assert not again.access.allows(token, Right.PUBLISH, "main")
        await again.close()


async def test_a_disconnection_that_cannot_be_stored_is_said(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a full disk the answer is 507, and the device is out all the same; disconnecting again stores it."""
    device = await running.server.devices.add("main", "iPhone")
    token = running.server.access.grants.make(PHONE, "main", 3600, device.id)
    with monkeypatch.context() as full:

        def write(*_: object) -> None:
            raise OSError(28, "No space left on device")

        full.setattr("streamsign.state.folder.write_private", write)
        answer = await running.http.delete(f"/api/devices/{device.id}")
        assert (answer.status_code, answer.json()["reason"]) == (507, "not_stored")
    assert not running.server.access.allows(token, Right.VIEW, "main")
    assert (await running.http.delete(f"/api/devices/{device.id}")).status_code == 204
    assert (await running.http.delete(f"/api/devices/{device.id}")).status_code == 404


def test_state_files_are_the_owners_alone(tmp_path: Path) -> None:
    """Files that others could read are closed when the server starts; those it makes never were open."""
    asyncio.run(_start_and_stop(tmp_path))
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    asyncio.run(_start_and_stop(tmp_path))
    modes = {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in tmp_path.iterdir()}
    assert modes.keys() >= {KEY_FILE, "publish-token", "view-token", "devices.json"}
    assert set(modes.values()) == {"0o600"}


async def _start_and_stop(folder: Path) -> None:
    await make_server(read_settings(state_dir=folder)).close()


async def test_letters_flow_while_it_is_attacked(running: Running) -> None:
    """A viewer gets every letter in order while strangers send long messages and half requests."""
    room = await running.server.rooms.get("main")
    url = running.url.replace("http", "ws") + "/captions/main"

    async def attack() -> None:
        while True:
            async with connect(url, max_size=None) as stranger:
                await stranger.send("[" * 100_000)
                await asyncio.gather(stranger.recv(), return_exceptions=True)

    attacks = [asyncio.ensure_future(attack()) for _ in range(4)]
    seen = []
    async with connect(url, subprotocols=running.protocols) as viewer:
        assert json.loads(await viewer.recv())["type"] == "hello"
        for number in range(50):
            room.publish_letter("a", Commit("CELOV"[number % 5], 0.9, time.time(), time.time()))
            seen.append(json.loads(await viewer.recv())["seq"])
    for task in attacks:
        task.cancel()
    await asyncio.gather(*attacks, return_exceptions=True)
    assert seen == list(range(1, 51))
