"""server/cameras/look.py: the owner's page asks a camera's page for its picture; the server passes on two texts."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack

from streamsign.captions.events import MAX_LOOK_SDP
from streamsign.captions.protocol import LETTERS_CHANNEL
from streamsign.webrtc import event_channels
from tests.server.conftest import Running


async def test_an_offer_reaches_the_camera_and_its_answer_comes_back(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both texts are passed on as they are; a late or foreign answer is ignored; who does not answer is reported."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    channel = peer.createDataChannel(LETTERS_CHANNEL)
    offers: list[str] = []
    ready = asyncio.Event()

    def take(text: str) -> None:
        event = json.loads(text)
        if event["type"] == "hello":
            ready.set()
        if event["type"] != "look":
            return
        offers.append(event["sdp"])
        if event["sdp"] == "offer":
            for number in (event["id"] + 7, event["id"], event["id"]):
                channel.send(json.dumps({"type": "shown", "id": number, "sdp": f"answer {number}" + "\r\n" * 4000}))

    channel.on("message", take)
    try:
        await peer.setLocalDescription(await peer.createOffer())
        answer = await running.http.post("/whip", content=peer.localDescription.sdp, headers=running.auth)
        path = f"/api/cameras/{answer.headers['Streamsign-Session']}/look"
        monkeypatch.setattr(event_channels, "LOOK_S", 0.2)
        early = await running.http.post(path, json={"sdp": "offer"})
        assert (early.status_code, early.json()["reason"]) == (504, "no_picture")
        await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        monkeypatch.setattr(event_channels, "LOOK_S", 30)
        looked = await running.http.post(path, json={"sdp": "offer"})  # while the camera is still connecting
        assert looked.json()["sdp"].strip() == "answer 2"
        assert ready.is_set()
        for number in (3, 4):
            looked = await running.http.post(path, json={"sdp": "offer"})
            assert looked.json() == {"sdp": f"answer {number}" + "\r\n" * 4000}
        monkeypatch.setattr(event_channels, "LOOK_S", 0.2)
        assert (await running.http.post(path, json={"sdp": "ignored"})).status_code == 504
        assert offers == ["offer", "offer", "offer", "ignored"]
        assert (await running.http.post(path, json={"sdp": "a" * (MAX_LOOK_SDP + 1)})).status_code == 422
        assert (await running.http.post("/api/cameras/none/look", json={"sdp": "offer"})).status_code == 404
    finally:
        await peer.close()
