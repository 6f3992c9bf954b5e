"""The captions websocket over real sockets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

FOREIGN = "https://evil.example"


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
