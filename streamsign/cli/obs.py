"""Sends words into OBS's outgoing stream as captions (CEA-608), and follows its recordings, by obs-websocket 5.

The protocol: https://github.com/obsproject/obs-websocket/blob/master/docs/generated/protocol.md
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from streamsign.cli.outbox import Outbox
from streamsign.cli.recordings import RecordingTranscripts
from streamsign.errors import ConnectionFailed

DEFAULT_URL = "ws://localhost:4455"
MAX_WAITING = 50
"""Words kept while OBS does not answer; the oldest are dropped, because a caption that is minutes late is wrong."""

RETRY_S = 2.0

_HELLO, _IDENTIFY, _IDENTIFIED, _EVENT, _REQUEST, _RESPONSE = 0, 1, 2, 5, 6, 7
_OUTPUT_EVENTS = 1 << 6
_RECORD_STATUS = "GetRecordStatus"
_RPC_VERSION = 1
_WRONG_PASSWORD = 4009
_NOT_STREAMING = 501


class ObsCaptions:
    """Sends each word once, in order, to the OBS at an address.

    Args:
        url: of OBS's websocket server.
        password: as *Tools → WebSocket Server Settings* shows it; empty without authentication.
        notes: called with a sentence when OBS stops and begins to take words.
        recordings: is given the state of OBS's recordings, if any.
    """

    def __init__(
        self,
        url: str,
        password: str = "",
        notes: Callable[[str], None] = lambda _: None,
        recordings: RecordingTranscripts | None = None,
    ) -> None:
        self._url = url
        self._recordings = recordings
        self._responses: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
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
        """Send until canceled; connect again when OBS was closed.

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
                    await self._exchange(socket)
            except InvalidURI as error:
                raise ConnectionFailed(
                    f"'{self._url}' is not a websocket address.", f"Give --obs-url as {DEFAULT_URL}."
                ) from error
            except ConnectionClosed as error:  # while it was identified
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
        identify: dict[str, Any] = {
            "rpcVersion": _RPC_VERSION,
            "eventSubscriptions": _OUTPUT_EVENTS if self._recordings else 0,
        }
        if asked := hello.get("authentication"):
            identify["authentication"] = authentication(self._password, asked["salt"], asked["challenge"])
        await socket.send(json.dumps({"op": _IDENTIFY, "d": identify}))
        await self._receive(socket, _IDENTIFIED)

    async def _exchange(self, socket: ClientConnection) -> None:
        """Send words and take events until OBS closes the connection."""
        self._responses = asyncio.Queue()
        tasks = [asyncio.ensure_future(self._read(socket)), asyncio.ensure_future(self._send_all(socket))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, ConnectionClosed):
                raise error
        self._note("OBS closed the connection. It is tried again.")

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            message = json.loads(text)
            data = message["d"]
            if message["op"] == _RESPONSE and data["requestType"] != _RECORD_STATUS:
                self._responses.put_nowait(data)
            elif self._recordings is None:
                continue
            elif message["op"] == _RESPONSE:
                status = data.get("responseData", {})
                duration_s, paused = status.get("outputDuration", 0) / 1000, status.get("outputPaused", False)
                self._recordings.status(status.get("outputActive", False), duration_s, paused, time.time())
            elif message["op"] == _EVENT:
                self._recordings.event(data["eventType"], data.get("eventData", {}), time.time())

    async def _send_all(self, socket: ClientConnection) -> None:
        if self._recordings is not None:
            await self._request(socket, _RECORD_STATUS, {})  # answered in order with the events, so taken with them
        while True:
            while self._outbox.waiting:
                await self._caption(socket, self._outbox.waiting[0])
                self._outbox.waiting.popleft()
            self._outbox.empty.set()
            self._outbox.added.clear()
            await self._outbox.added.wait()

    async def _caption(self, socket: ClientConnection, word: str) -> None:
        await self._request(socket, "SendStreamCaption", {"captionText": word})
        status = (await self._responses.get())["requestStatus"]
        if status["result"]:
            self._note("")
        elif status["code"] == _NOT_STREAMING:
            self._note("OBS does not stream, so that no captions are sent. Start streaming.")
        else:
            self._note(f"OBS refused a caption: {status.get('comment', status['code'])}.")

    async def _request(self, socket: ClientConnection, kind: str, data: dict[str, Any]) -> None:
        self._number += 1
        request = {"requestType": kind, "requestId": str(self._number), "requestData": data}
        await socket.send(json.dumps({"op": _REQUEST, "d": request}))

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
