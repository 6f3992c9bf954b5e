"""server/cameras/camera.py: a camera that this process reads, as routes see it."""

from __future__ import annotations

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import VideoStreamTrack

from tests.server.conftest import Running


async def test_a_camera_names_its_session_room_and_device(running: Running) -> None:
    """Its names are those of the room's events, and a camera of the publish token has no device."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    room = await running.server.rooms.get("den")
    camera, _ = await running.cameras.open(peer.localDescription.sdp, room, session_id="0a1b2c3d")
    assert (camera.session_id, camera.room_name, camera.device) == ("0a1b2c3d", "den", None)
    await camera.session.close()
    await peer.close()
