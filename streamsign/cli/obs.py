"""Sends words into OBS's outgoing stream as captions (CEA-608), by obs-websocket 5.

The protocol: https://github.com/obsproject/obs-websocket/blob/master/docs/generated/protocol.md
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from streamsign.cli.outbox import Outbox
from streamsign.errors import ConnectionFailed

DEFAULT_URL = "ws://localhost:4455"
MAX_WAITING = 50
"""Words kept while OBS does not answer; the oldest are dropped, because a caption that is minutes late is wrong."""

RETRY_S = 2.0

_HELLO, _IDENTIFY, _IDENTIFIED, _REQUEST, _RESPONSE = 0, 1, 2, 6, 7
_RPC_VERSION = 1
_WRONG_PASSWORD = 4009
_NOT_STREAMING = 501


class ObsCaptions:
    """Sends each word once, in order, to the OBS at an address.

    Args:
        url: of OBS's websocket server.
        password: as *Tools → WebSocket Server Settings* shows it; empty without authentication.
        notes: called with a sentence when OBS stops and begins to take words.
    """

    def __init__(self, url: str, password: str = "", notes: Callable[[str], None] = lambda _: None) -> None:
        self._url = url
        self._password = password
        self._notes = notes
        self._outbox = Outbox(MAX_WAITING)
        self._number = 0
        self._noted = ""

    def add(self, words: list[str]) -> None:
        """Send these too."""
        self._outbox.put(words)

    async def drain(self, longest_s: float) -> None:
        """Wait until all is sent, for ``longest_s`` at most."""
        await self._outbox.drain(longest_s)

    async def run(self) -> None:
        """Send until cancelled; connect again when OBS was closed.

        Raises:
            ConnectionFailed: the address or the password is wrong.
        """
        while True:
            try:
                async with connect(
                    self._url, subprotocols=[Subprotocol("obswebsocket.json")], proxy=None, max_size=1 << 20
                ) as socket:
                    await self._identify(socket)
                    self._note("")
                    await self._send_all(socket)
            except InvalidURI as error:
                raise ConnectionFailed(
                    f"'{self._url}' is not a websocket address.", f"Give --obs-url as {DEFAULT_URL}."
                ) from error
            except ConnectionClosed as error:
                if error.rcvd is not None and error.rcvd.code == _WRONG_PASSWORD:
                    raise ConnectionFailed(
                        "OBS refused the password.",
                        "Copy it from Tools → WebSocket Server Settings to --obs-password or STREAMSIGN_OBS_PASSWORD.",
                    ) from error
                self._note("OBS closed the connection. It is tried again.")
            except (OSError, InvalidHandshake):
                self._note(f"OBS does not answer at {self._url}. Switch on Tools → WebSocket Server Settings.")
            await asyncio.sleep(RETRY_S)

    async def _identify(self, socket: ClientConnection) -> None:
        hello = await self._receive(socket, _HELLO)
        identify: dict[str, Any] = {"rpcVersion": _RPC_VERSION, "eventSubscriptions": 0}
        if asked := hello.get("authentication"):
            identify["authentication"] = authentication(self._password, asked["salt"], asked["challenge"])
        await socket.send(json.dumps({"op": _IDENTIFY, "d": identify}))
        await self._receive(socket, _IDENTIFIED)

    async def _send_all(self, socket: ClientConnection) -> None:
        while True:
            while self._outbox.waiting:
                await self._caption(socket, self._outbox.waiting[0])
                self._outbox.waiting.popleft()
            self._outbox.empty.set()
            self._outbox.added.clear()
            added, closed = (
                asyncio.ensure_future(self._outbox.added.wait()),
                asyncio.ensure_future(socket.wait_closed()),
            )
            try:
                await asyncio.wait([added, closed], return_when=asyncio.FIRST_COMPLETED)
            finally:
                added.cancel()
                closed.cancel()
            if closed.done() and not closed.cancelled():
                self._note("OBS closed the connection. It is tried again.")
                return

    async def _caption(self, socket: ClientConnection, word: str) -> None:
        self._number += 1
        request = {
            "requestType": "SendStreamCaption",
            "requestId": str(self._number),
            "requestData": {"captionText": word},
        }
        await socket.send(json.dumps({"op": _REQUEST, "d": request}))
        status = (await self._receive(socket, _RESPONSE))["requestStatus"]
        if status["result"]:
            self._note("")
        elif status["code"] == _NOT_STREAMING:
            self._note("OBS does not stream, so that no captions are sent. Start streaming.")
        else:
            self._note(f"OBS refused a caption: {status.get('comment', status['code'])}.")

    async def _receive(self, socket: ClientConnection, op: int) -> dict[str, Any]:
        while True:
            message = json.loads(await socket.recv())
            if message.get("op") == op:
                data: dict[str, Any] = message["d"]
                return data

    def _note(self, words: str) -> None:
        if words != self._noted:
            if words:
                self._notes(words)
            elif self._noted:
                self._notes("OBS takes captions again.")
            self._noted = words


def authentication(password: str, salt: str, challenge: str) -> str:
    """The proof that a client knows the password, as the protocol's section on authentication computes it."""
    secret = base64.b64encode(hashlib.sha256((password + salt).encode()).digest()).decode()
    return base64.b64encode(hashlib.sha256((secret + challenge).encode()).digest()).decode()
