"""server/metrics/queues.py: the statistics of every queue, on a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack
from websockets.asyncio.client import connect

from streamsign.settings import read_settings
from tests.server.conftest import serving


async def test_the_owner_sees_every_queue(tmp_path: Path) -> None:
    """A camera's frames, a viewer's events and the log's commits are counted where they wait."""
    async with serving(read_settings(state_dir=tmp_path, keep_log=True)) as running:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTrack(VideoStreamTrack())
        await peer.setLocalDescription(await peer.createOffer())
        answer = await running.http.post("/whip", content=peer.localDescription.sdp, headers=running.auth)
        await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        url = running.url.replace("http", "ws") + "/captions/main"
        async with connect(url, subprotocols=running.protocols) as viewer, asyncio.timeout(30):
            await viewer.recv()
            room = await running.server.rooms.get("main")
            await room.edit("space")
            while True:
                shown = (await running.http.get("/debug/queues")).json()
                (camera,) = shown["cameras"]
                if camera["reader"]["frames"] and shown["rooms"][0]["slowest"][0]["sent"] > 1:
                    break
                await asyncio.sleep(0.05)
        (stream,) = camera["intake"]["streams"]
        assert stream["decoder"]["decoded"] >= camera["reader"]["frames"] > 0
        assert stream["jitter"]["frames"] > 0
        assert shown["turns"]["turns"] > 0
        assert shown["admits"] is True
        assert shown["rooms"][0]["counts"]["viewers"] == 1
        assert shown["rooms"][0]["waiting"] == 0
        assert shown["log"]["commits"] >= 1
        await peer.close()
