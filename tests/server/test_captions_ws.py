"""The captions websocket over real sockets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from streamsign.recognition.events import Commit

FOREIGN = Origin("https://evil.example")


async def _first(running: Any, path: str, **options: Any) -> dict[str, Any]:
    async with connect(running.url.replace("http", "ws") + path, **options) as socket:
        return dict(json.loads(await socket.recv()))


async def test_this_computer_and_token_holders_are_greeted(running: Any) -> None:
    """Hello comes to localhost without a token, and to a foreign page that shows one."""
    assert (await _first(running, "/captions/main"))["type"] == "hello"
    protocols = ["streamsign.v1", f"token.{running.server.access.view_token}"]
    greeted = await _first(running, "/captions/main", origin=FOREIGN, subprotocols=protocols)
    assert greeted["letters"]


@pytest.mark.parametrize(
    ("path", "options", "code"),
    [
        ("/captions/main", {"origin": FOREIGN, "subprotocols": ["streamsign.v1", "token.wrong"]}, 4401),
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
    """From loopback with a foreign Origin, a wrong or broken first message closes with 4401."""
    async with connect(running.url.replace("http", "ws") + "/captions/main", origin=FOREIGN) as socket:
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
    room = running.server.rooms.get("main")
    letters = [room.publish_letter("s1", Commit(sign, 0.9, 1.0, 1.5), {}) for sign in "CEL"]
    path = running.url.replace("http", "ws") + f"/captions/main?after={letters[0].seq}&log_id="
    for log_id, expected in ((room.log.log_id, ["E", "L"]), ("other", ["C", "E", "L"])):
        async with connect(path + log_id) as socket:
            assert json.loads(await socket.recv())["type"] == "hello"
            assert [json.loads(await socket.recv())["letter"] for _ in expected] == expected
