"""server/adaptations/routes.py: a room is adapted and reverted on a real server."""

from __future__ import annotations

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import VideoStreamTrack

from streamsign.server.adaptations.making import RoomAdaptation
from streamsign.server.cameras.here import cameras_here
from streamsign.state.grants import PHONE
from tests.collection.pictures import collect
from tests.server.conftest import Running

URL = "/api/rooms/main/adaptation"


async def test_a_room_is_adapted_and_reverted(running: Running) -> None:
    """The camera of the room reads with the adaptation until it is deleted; nothing of it stays on the disk."""
    server = running.server
    collect(server.settings.collection_folder, {"V": "L", "C": "C"}, 9)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    camera, _ = await cameras_here(server).open(peer.localDescription.sdp, await server.rooms.get("main"))
    before = camera.session._reader._recognizer
    assert (await running.http.get(URL)).json() is None
    made = await running.http.put(URL, json={"signer": "s-1"}, timeout=60)
    assert made.status_code == 200, made.text
    seen = RoomAdaptation.model_validate(made.json())
    assert (seen.signer, seen.model, seen.in_use, seen.pictures) == ("s-1", "celov", True, {"C": 9, "V": 9})
    assert seen.held_out.wrong_after < seen.held_out.wrong_before
    assert (await running.http.get(URL)).json() == made.json()
    assert camera.session._reader._recognizer is not before
    assert cameras_here(server).adaptations.model_for("main", cameras_here(server).model).adaptation is not None
    assert (await running.http.delete(URL)).status_code == 204
    assert not (server.settings.state_dir / "adaptations").exists()
    assert (await running.http.delete(URL)).status_code == 404
    await cameras_here(server).close_all()
    await peer.close()


async def test_deleting_every_picture_deletes_the_adaptation(running: Running) -> None:
    """A phone that owns none of the pictures changes nothing; after the owner deleted everything, no features stay."""
    server = running.server
    collect(server.settings.collection_folder, {"V": "L", "C": "C"}, 9)
    assert (await running.http.put(URL, json={"signer": "s-1"})).status_code == 200
    before = cameras_here(server).adaptations.of("main")
    phone = {"Authorization": f"Bearer {server.access.grants.make(PHONE, 'main', 600, 'd1')}"}
    async with running.stranger() as http:
        assert (await http.delete("/api/collect/pictures", headers=phone)).json() == {"pictures": 0, "adaptations": 0}
    assert cameras_here(server).adaptations.of("main") is before
    assert (await running.http.delete("/api/collect/pictures")).json() == {"pictures": 18, "adaptations": 1}
    assert not (server.settings.state_dir / "adaptations").exists()
    assert cameras_here(server).adaptations.model_for("main", cameras_here(server).model) is cameras_here(server).model


async def test_worse_or_too_few_pictures_change_nothing(running: Running) -> None:
    """The answer is 409 with the reason, and no file is written."""
    folder = running.server.settings.collection_folder
    none = await running.http.put(URL, json={"signer": "s-1"}, timeout=60)
    assert (none.status_code, none.json()["reason"]) == (409, "adaptation_refused")
    collect(folder, {"V": "C", "C": "L"}, 12)
    collect(folder, {"V": "V", "C": "C"}, 6, seed=90)
    worse = await running.http.put(URL, json={"signer": "s-1"}, timeout=60)
    assert worse.status_code == 409
    assert "Held-out pictures of the same person" in worse.json()["detail"]
    assert not (running.server.settings.state_dir / "adaptations").exists()


async def test_a_paired_phone_adapts_its_room_to_its_own_pictures(running: Running) -> None:
    """The pictures of another device do not count, and a phone of another room is refused."""
    collect(running.server.settings.collection_folder, {"V": "L", "C": "C"}, 9)
    make = running.server.access.grants.make
    async with running.stranger() as http:
        own, other = ({"Authorization": f"Bearer {make(PHONE, room, 600, 'd1')}"} for room in ("main", "den"))
        assert (await http.put(URL, json={"signer": "s-1"}, headers=other)).status_code == 403
        refused = await http.put(URL, json={"signer": "s-1"}, headers=own)
        assert refused.json()["detail"] == "No letter has pictures to adapt to (the signer has no pictures)."
        assert (await running.http.put(URL, json={"signer": "s-1"})).status_code == 200
        assert (await http.get(URL, headers=own)).status_code == 200
        assert (await http.delete(URL, headers=own)).status_code == 204


async def test_strangers_do_not_adapt(running: Running) -> None:
    """Viewers' and cameras' tokens, and names that no signer can have, are refused."""
    viewer = {"Authorization": f"Bearer {running.server.access.view_token}"}
    async with running.stranger() as http:
        for method in ("GET", "PUT", "DELETE"):
            body = {"signer": "s-1"} if method == "PUT" else None
            assert (await http.request(method, URL, json=body)).status_code == 403
            assert (await http.request(method, URL, json=body, headers=viewer)).status_code == 403
    assert (await running.http.put(URL, json={"signer": "../x"})).status_code == 422
