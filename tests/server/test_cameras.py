"""The cameras connected now."""

from __future__ import annotations

from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import VideoStreamTrack

from streamsign.errors import OfferError
from streamsign.server.cameras import ice_ufrag


@pytest.mark.parametrize(
    ("sdp", "ufrag"), [("", ""), ("a=ice-ufrag:x\r\n", "x"), ("a=ice-ufrag:x\r\na=mid:1\r\na=ice-ufrag:x\r\n", "x")]
)
def test_the_ice_fragment_is_found(sdp: str, ufrag: str) -> None:
    """Bundled media repeat one fragment; that is still one."""
    assert ice_ufrag(sdp) == ufrag


def test_two_ice_fragments_are_refused() -> None:
    """Media that are not bundled are refused in words."""
    with pytest.raises(OfferError, match="several"):
        ice_ufrag("a=ice-ufrag:x\r\na=ice-ufrag:y\r\n")


async def test_cameras_are_found_by_their_key_until_closed(running: Any) -> None:
    """A refused offer holds no place; an accepted one is found by its long key, and closing all forgets it."""
    cameras, room = running.server.cameras, running.server.rooms.get("main")
    with pytest.raises(OfferError):
        await cameras.open("v=0\r\n", room)
    assert len(cameras) == 0
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    camera, answer = await cameras.open(peer.localDescription.sdp, room)
    assert answer.startswith("v=0")
    assert cameras.find(camera.key) is camera
    assert len(camera.key) >= 32
    await cameras.close_all()
    assert cameras.find(camera.key) is None
    assert not cameras.full
    await peer.close()
