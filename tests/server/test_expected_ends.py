"""Cameras, viewers and requests that end without a goodbye: one quiet line at most, and no traceback."""

from __future__ import annotations

import asyncio
import gc
import logging
import struct
from collections.abc import AsyncIterator

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack
from websockets.asyncio.client import connect

from streamsign.captions.protocol import CLOCK_CHANNEL
from tests.server.conftest import Running


class _Records(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.kept.append(record)


@pytest.fixture
async def log() -> AsyncIterator[list[logging.LogRecord]]:
    """The log, in which nothing is above INFO or has a traceback, including unawaited tasks."""
    records = _Records()
    ours, before = logging.getLogger("streamsign"), logging.getLogger("streamsign").level
    logging.getLogger().addHandler(records)
    ours.setLevel(logging.INFO)
    yield records.kept
    await asyncio.sleep(0.3)
    gc.collect()
    await asyncio.sleep(0)
    logging.getLogger().removeHandler(records)
    ours.setLevel(before)
    ours_alone = [one for one in records.kept if one.name != "aiortc.rtcrtpsender"]  # the cameras of these tests send
    loud = [one for one in ours_alone if one.levelno > logging.INFO or one.exc_info]
    assert not loud, [(one.name, one.getMessage(), one.exc_info) for one in loud]


async def _connected(running: Running) -> tuple[RTCPeerConnection, httpx.Response]:
    """A camera with both data channels, as a phone has them."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    opened = asyncio.Event()
    peer.createDataChannel("letters").on("open", opened.set)
    peer.createDataChannel(CLOCK_CHANNEL)
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    answer = await running.http.post("/whip", content=peer.localDescription.sdp, headers=running.auth)
    assert answer.status_code == 201
    await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    async with asyncio.timeout(30):
        await opened.wait()
    return peer, answer


async def _vanish(peer: RTCPeerConnection) -> None:
    """End like a phone that loses its network, without a further packet."""
    for transceiver in peer.getTransceivers():
        for protocol in transceiver.sender.transport.transport._connection._protocols:
            protocol.transport.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize("end", ["close", "delete", "vanish", "before it connects"])
async def test_a_camera_that_leaves(running: Running, end: str, log: list[logging.LogRecord]) -> None:
    """However it leaves while events are sent to it, its session ends with one line that gives the reason."""
    room = await running.server.rooms.get("main")
    if end == "before it connects":
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTrack(VideoStreamTrack())
        await peer.setLocalDescription(await peer.createOffer())
        answer = await running.http.post("/whip", content=peer.localDescription.sdp, headers=running.auth)
    else:
        peer, answer = await _connected(running)
    (camera,) = running.cameras
    for _ in range(20):
        await room.edit("space")
    if end == "vanish":
        await _vanish(peer)
    elif end == "delete":
        where = answer.headers["location"]
        assert (await running.http.delete(where, headers=running.auth)).status_code == 200
    else:
        await peer.close()
    for _ in range(20):
        await room.edit("space")
        await asyncio.sleep(0.01)
    if end != "delete":
        await camera.session.close("The test ends.")
    await peer.close()
    ended = [one.getMessage() for one in log if "Session ended" in one.getMessage()]
    assert len(ended) == 1
    assert "reason=" in ended[0]


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "request_head",
    [
        "POST /pair HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        "POST /whip HTTP/1.1\r\nHost: a\r\nContent-Type: application/sdp\r\nContent-Length: 100\r\n\r\nv",
        "POST /whip HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\nContent-Type: application/sdp\r\n"
        "Content-Length: 100\r\n\r\nv",
        "PATCH /whip/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\nContent-Length: 100\r\n\r\na",
        "POST /rooms/main/edits HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
        "PUT /api/model HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        "GET /rooms/main/live.vtt HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer VIEW\r\n\r\n",
    ],
)
@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
async def test_a_request_that_is_cut_off(running: Running, request_head: str, reset: bool) -> None:
    """A body or response that its client gives up, with or without a token, logs no traceback."""
    access = running.server.access
    text = request_head.replace("TOKEN", access.publish_token).replace("VIEW", access.view_token)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(text.encode())
    await writer.drain()
    await asyncio.sleep(0.1)
    if reset:
        writer.get_extra_info("socket").setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER: RST instead of FIN
    writer.close()
    await asyncio.sleep(0.1)
    assert (await running.http.get("/healthz")).status_code == 200
    assert reader is not None


@pytest.mark.usefixtures("log")
async def test_a_viewer_that_vanishes(running: Running) -> None:
    """A websocket whose connection is reset while letters are sent ends without a word."""
    url = running.url.replace("http", "ws") + "/captions/main"
    room = await running.server.rooms.get("main")
    for _ in range(5):
        viewer = await connect(url, subprotocols=running.protocols)
        await viewer.recv()
        viewer.transport.abort()
        for _ in range(20):
            await room.edit("space")
            await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while running.server.rooms.viewers:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.02)
