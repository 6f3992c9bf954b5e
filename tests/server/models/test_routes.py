"""server/models/routes.py: another model while cameras send, on a real server with the shipped models."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import string
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import VideoStreamTrack

from streamsign.captions.events import ModelChange
from streamsign.recognition.track import HandChoice
from streamsign.server.cameras.here import cameras_here
from streamsign.state.grants import PHONE, Right
from tests.conftest import ROOT
from tests.server.conftest import Running


async def test_every_camera_and_viewer_goes_over_to_the_chosen_model(running: Running) -> None:
    """A camera that sends reads with it, its chosen hand kept; viewers hear of it; later rooms and practice use it."""
    server = running.server
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    camera, _ = await cameras_here(server).open(peer.localDescription.sdp, await server.rooms.get("main"))
    camera.session._reader.choose(HandChoice.LEFT)
    viewer = (await server.rooms.get("main")).subscribe()
    assert (await anext(viewer)).type == "hello"
    listed = (await running.http.get("/api/models")).json()
    assert {model["name"]: model["current"] for model in listed}.items() >= {"alphabet": False, "celov": True}.items()
    chosen = await running.http.put("/api/model", json={"name": "alphabet"})
    assert chosen.json()["letters"] == list(string.ascii_uppercase)
    reader = camera.session._reader._recognizer
    assert reader is not None
    assert (reader.model_name, reader.hand) == ("alphabet", HandChoice.LEFT)
    heard = [await asyncio.wait_for(anext(viewer), 5) for _ in range(2)]
    assert next(event for event in heard if isinstance(event, ModelChange)).model == "alphabet"
    assert (await running.http.get("/api/host")).json()["model"] == "alphabet"
    assert (await running.http.get("/practice/plan")).json()["letters"] == chosen.json()["letters"]
    assert (await server.rooms.get("new")).subscribe().hello.model == "alphabet"
    await cameras_here(server).close_all()
    await peer.close()


@pytest.mark.parametrize("name", ["nothing", "../celov", "/etc", "", "celov:float9"])
async def test_a_model_that_cannot_be_used_changes_nothing(running: Running, name: str) -> None:
    """Unknown names, paths and variants are refused, and the loaded model stays in use."""
    refused = await running.http.put("/api/model", json={"name": name})
    assert refused.status_code in (409, 422)
    assert running.cameras.model.info.name == (await running.server.rooms.get("main")).model_name == "celov"


async def test_strangers_choose_no_model(running: Running) -> None:
    """The list and the choice need the owner's or a paired phone's token; a viewer's does not do."""
    async with httpx.AsyncClient(base_url=running.url, headers={"Host": "streamsign.example"}) as http:
        assert (await http.get("/api/models")).json()["reason"] == "not_signer"
        assert (await http.put("/api/model", json={"name": "alphabet"})).json()["reason"] == "not_signer"
        viewer = {"Authorization": f"Bearer {running.server.access.grants.make((Right.VIEW,), 'main', 60)}"}
        assert (await http.put("/api/model", json={"name": "alphabet"}, headers=viewer)).status_code == 403
    assert running.cameras.model.info.name == "celov"


async def test_a_paired_phone_chooses_the_model(running: Running) -> None:
    """The signer's own phone lists the models and changes the one that reads."""
    phone = {"Authorization": f"Bearer {running.server.access.grants.make(PHONE, 'main', 60)}"}
    async with running.stranger() as http:
        assert len((await http.get("/api/models", headers=phone)).json()) >= 2
        assert (await http.put("/api/model", json={"name": "alphabet"}, headers=phone)).status_code == 200
    assert (await running.server.rooms.get("main")).model_name == "alphabet"


async def test_a_phone_does_not_change_what_reads_other_rooms(running: Running) -> None:
    """While another room has a camera a phone's choice is refused in words; the owner's is not."""
    server = running.server
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    await cameras_here(server).open(peer.localDescription.sdp, await server.rooms.get("other"))
    choice = {"name": "alphabet"}
    async with running.stranger() as http:
        for room, status in (("main", 409), ("other", 200)):
            phone = {"Authorization": f"Bearer {server.access.grants.make(PHONE, room, 60)}"}
            answer = await http.put("/api/model", json=choice, headers=phone)
            assert answer.status_code == status
            if status == 409:
                assert (answer.json()["reason"], cameras_here(server).model.info.name) == ("other_rooms", "celov")
    assert (await running.http.put("/api/model", json={"name": "celov"})).status_code == 200
    await cameras_here(server).close_all()
    await peer.close()


async def test_a_damaged_graph_changes_nothing(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder whose files fit each other, but whose graph no runtime takes, is refused before any camera is moved."""
    broken = tmp_path / "models" / "broken"
    shutil.copytree(ROOT / "models" / "celov", broken)
    (broken / "model.tflite").write_bytes(b"no graph")
    info = json.loads((broken / "model.json").read_text(encoding="utf-8"))
    info |= {"name": "broken", "model_sha256": hashlib.sha256(b"no graph").hexdigest()}
    (broken / "model.json").write_text(json.dumps(info), encoding="utf-8")
    cameras = running.cameras
    monkeypatch.setattr(cameras, "model", replace(cameras.model, models=broken.parent))
    refused = await running.http.put("/api/model", json={"name": "broken"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "model_unusable")
    assert running.cameras.model.info.name == (await running.server.rooms.get("main")).model_name == "celov"
