"""The captions websocket over real sockets."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from streamsign.recognition.events import Commit
from streamsign.state.grants import Grant, Right

FOREIGN = Origin("https://evil.example")


async def _first(running: Any, path: str, **options: Any) -> dict[str, Any]:
    if not options:
        options = {"subprotocols": running.protocols}
    async with connect(running.url.replace("http", "ws") + path, **options) as socket:
        return dict(json.loads(await socket.recv()))


async def test_token_holders_are_greeted(running: Any) -> None:
    """Hello comes to who shows a token, a foreign page among them, and to the owner's own page with its cookie."""
    access = running.server.access
    cookie = {"Cookie": f"{access.cookie}={access.owner_token()}"}
    assert (await _first(running, "/captions/main", additional_headers=cookie, origin=running.url))["type"] == "hello"
    protocols = ["streamsign.v2", f"token.{running.server.access.view_token}"]
    greeted = await _first(running, "/captions/main", origin=FOREIGN, subprotocols=protocols)
    assert greeted["letters"]


@pytest.mark.parametrize(
    ("path", "options", "code"),
    [
        ("/captions/main", {"origin": FOREIGN, "subprotocols": ["streamsign.v2", "token.wrong"]}, 4401),
        ("/captions/main", {"subprotocols": ["streamsign.v2", "token.wrong"]}, 4401),
        ("/captions/main?after=-1", {}, 4400),
        ("/captions/main?after=x", {}, 4400),
        ("/captions/a%20b", {}, 4404),
    ],
)
async def test_refusals_close_with_a_reason(running: Any, path: str, options: dict[str, Any], code: int) -> None:
    """A wrong token, number or room closes with its own code and a sentence."""
    with pytest.raises(ConnectionClosed) as refused:
        await _first(running, path, **options)
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == code
    assert refused.value.rcvd.reason


@pytest.mark.parametrize("message", ['{"type":"auth","token":"wrong"}', '{"type":"auth"}', "no json", "[]"])
async def test_a_foreign_page_on_this_computer_is_not_trusted(running: Any, message: str) -> None:
    """A wrong or broken first message closes with 4401, and the owner's cookie is not looked at."""
    access = running.server.access
    cookie = {"Cookie": f"{access.cookie}={access.owner_token()}"}
    url = running.url.replace("http", "ws") + "/captions/main"
    async with connect(url, origin=FOREIGN, additional_headers=cookie) as socket:
        await socket.send(message)
        with pytest.raises(ConnectionClosed) as refused:
            await socket.recv()
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == 4401


async def test_the_first_message_may_bring_the_token(running: Any) -> None:
    """A client that cannot set subprotocols sends its token as its first message and is greeted."""
    async with connect(running.url.replace("http", "ws") + "/captions/main", origin=FOREIGN) as socket:
        await socket.send(json.dumps({"type": "auth", "token": running.server.access.view_token}))
        assert json.loads(await socket.recv())["type"] == "hello"


async def test_a_viewer_resumes_after_what_it_saw(running: Any) -> None:
    """With its log's id, a viewer gets the letters after the one it saw; with another id, all of them."""
    room = await running.server.rooms.get("main")
    letters = [room.publish_letter("s1", Commit(sign, 0.9, 1.0, 1.5)) for sign in "CEL"]
    path = running.url.replace("http", "ws") + f"/captions/main?after={letters[0].seq}&log_id="
    for log_id, expected in ((room.log.log_id, ["E", "L"]), ("other", ["C", "E", "L"])):
        async with connect(path + log_id, subprotocols=running.protocols) as socket:
            assert json.loads(await socket.recv())["type"] == "hello"
            assert [json.loads(await socket.recv())["letter"] for _ in expected] == expected


async def test_only_viewers_who_measure_are_pinged(running: Any) -> None:
    """One that asks with reports=1 gets pings after its greeting; one that does not reads only events it knows."""
    url = running.url.replace("http", "ws") + "/captions/pinged"
    room = await running.server.rooms.get("pinged")
    seen = {"subprotocols": running.protocols}
    async with connect(url, **seen) as plain, connect(f"{url}?reports=1", **seen) as measuring:
        kinds = [json.loads(await measuring.recv())["type"] for _ in range(2)]
        assert kinds == ["hello", "ping"]
        await room.edit("space")
        assert [json.loads(await plain.recv())["type"] for _ in range(2)] == ["hello", "edit"]


async def test_letters_after_a_deletion_are_measured(running: Any) -> None:
    """A viewer's Hello after the text was deleted begins a new log, whose first letter is not a replayed one."""
    room = await running.server.rooms.get("main")
    await room.edit("write", word="TEXT")
    url = running.url.replace("http", "ws") + "/captions/main"
    async with connect(url, subprotocols=running.protocols) as socket, asyncio.timeout(20):
        assert json.loads(await socket.recv())["last_seq"] == 1
        assert json.loads(await socket.recv())["type"] == "edit"
        await room.delete_text()
        assert json.loads(await socket.recv())["last_seq"] == 0
        room.publish_letter("s1", Commit("L", 0.9, 1.0, 1.5))
        assert "send" in json.loads(await socket.recv())["stages_ms"]


async def test_a_painted_letter_is_counted(running: Any) -> None:
    """A letter that comes while a viewer watches is stamped as sent; its painting, once reported, is in the figures."""
    room = await running.server.rooms.get("painted")
    url = running.url.replace("http", "ws") + "/captions/painted?reports=1"
    async with connect(url, subprotocols=running.protocols) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"
        ping = json.loads(await socket.recv())
        now_s = time.time()
        await socket.send(json.dumps({"type": "pong", "id": ping["id"], "received_s": now_s, "answered_s": now_s}))
        letter = room.publish_letter("s1", Commit("C", 0.9, 1.0, 1.5))
        while (event := json.loads(await socket.recv()))["type"] != "letter":
            pass
        assert letter.ledger.published_s <= event["ledger"]["sent_s"]
        assert event["ledger"]["painted_s"] is None
        await socket.send(json.dumps({"type": "painted", "seq": event["seq"], "at_s": time.time()}))
        async with asyncio.timeout(10):
            while (await running.http.get("/api/latency")).json()["recent"]["paint"]["n"] == 0:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.01)
    assert (await running.http.get("/api/latency")).json()["recent"]["send"]["n"] == 1


@pytest.fixture
def reads_once(running: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A viewer's token whose grant ends as soon as it has been read once."""
    grants = running.server.access.grants
    token: str = grants.make((Right.VIEW,), "main", 60)
    read = grants.read
    reads: list[str] = []

    def once(given: str) -> Grant | None:
        found: Grant | None = read(given) if token not in reads else None
        reads.append(given)
        return found

    monkeypatch.setattr(grants, "read", once)
    return token


async def test_a_viewer_stays_under_the_grant_that_admitted_it(running: Any, reads_once: str) -> None:
    """The grant is read once: one that ends meanwhile is not taken for a fixed token, which never ends."""
    url = running.url.replace("http", "ws") + "/captions/main"
    async with connect(url, subprotocols=["streamsign.v2", f"token.{reads_once}"]) as socket:  # type: ignore[list-item]
        assert json.loads(await socket.recv())["type"] == "hello"
        assert len(running.server.holds) == 1


async def test_a_stream_whose_grant_has_ended_meanwhile_is_refused(running: Any, reads_once: str) -> None:
    """live.vtt is not opened without a check."""
    async with running.stranger() as http:
        refused = await http.get("/rooms/main/live.vtt", headers={"Authorization": f"Bearer {reads_once}"})
    assert (refused.status_code, refused.json()["reason"]) == (401, "unauthorized")
    assert len(running.server.holds) == 0
