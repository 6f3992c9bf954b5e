"""A small server that speaks obs-websocket 5, as the protocol's documentation describes it."""

from __future__ import annotations

import asyncio
import json

from websockets.asyncio.server import ServerConnection

from streamsign.cli.obs import authentication

PASSWORD, SALT, CHALLENGE = "supersecretpassword", "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=", "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY="  # fmt: skip # noqa: E501


class Obs:
    """An OBS that streams, or does not; records, or does not."""

    def __init__(self) -> None:
        self.captions: list[str] = []
        self.captioned = asyncio.Event()
        self.streams = True
        self.drops = 0
        self.record_status: dict[str, object] = {"outputActive": False, "outputPaused": False, "outputDuration": 0}
        self.asked_for_recordings = asyncio.Event()
        self._subscribed: set[ServerConnection] = set()

    async def __call__(self, socket: ServerConnection) -> None:
        """Speak with one client."""
        assert socket.subprotocol == "obswebsocket.json"
        asked = {"salt": SALT, "challenge": CHALLENGE}
        await self._send(socket, 0, {"obsWebSocketVersion": "5.5.4", "rpcVersion": 1, "authentication": asked})
        identify = json.loads(await socket.recv())
        if identify["d"].get("authentication") != authentication(PASSWORD, SALT, CHALLENGE):
            await socket.close(4009, "Authentication failed.")
            return
        assert identify["op"] == 1
        if identify["d"]["eventSubscriptions"] & 64:
            self._subscribed.add(socket)
        await self._send(socket, 2, {"negotiatedRpcVersion": 1})
        async for message in socket:
            if self.drops:
                self.drops -= 1
                self._subscribed.discard(socket)
                return
            await self._answer(socket, json.loads(message)["d"])

    async def emit(self, kind: str, **data: object) -> None:
        """Send an event of the category Outputs to those who asked for these; until it has arrived."""
        for socket in self._subscribed:
            await self._send(socket, 5, {"eventType": kind, "eventIntent": 64, "eventData": data})
            await (await socket.ping())

    async def record(self, state: str, path: str | None = None) -> None:
        """Change the state of the recording."""
        await self.emit("RecordStateChanged", outputState=f"OBS_WEBSOCKET_OUTPUT_{state}", outputPath=path)

    async def _answer(self, socket: ServerConnection, request: dict[str, object]) -> None:
        response = {key: request[key] for key in ("requestType", "requestId")}
        if request["requestType"] == "GetRecordStatus":
            status = {"result": True, "code": 100}
            await self._send(socket, 7, {**response, "requestStatus": status, "responseData": self.record_status})
            self.asked_for_recordings.set()
            return
        assert request["requestType"] == "SendStreamCaption"
        if self.streams:
            self.captions.append(request["requestData"]["captionText"])  # type: ignore[index]
            self.captioned.set()
        await self._send(socket, 5, {"eventType": "Any", "eventIntent": 1})
        status = {"result": self.streams, "code": 100 if self.streams else 501}
        await self._send(socket, 7, {**response, "requestStatus": status})

    async def _send(self, socket: ServerConnection, op: int, data: dict[str, object]) -> None:
        await socket.send(json.dumps({"op": op, "d": data}))
