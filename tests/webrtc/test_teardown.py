"""Peer connections that do not close by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack

from streamsign.webrtc.teardown import close_peer

GENEROUS_S = 30


async def _answered(stop: Callable[[], Awaitable[None]] | None = None) -> tuple[RTCPeerConnection, RTCPeerConnection]:
    """A camera, and the connection that answers it, whose receiver stops in that way."""
    camera, peer = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    camera.addTrack(VideoStreamTrack())
    await camera.setLocalDescription(await camera.createOffer())
    await peer.setRemoteDescription(RTCSessionDescription(camera.localDescription.sdp, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    await camera.setRemoteDescription(RTCSessionDescription(peer.localDescription.sdp, "answer"))
    if stop is not None:
        peer.getTransceivers()[0].receiver.stop = stop
    return camera, peer


async def _end(camera: RTCPeerConnection, peer: RTCPeerConnection) -> None:
    """Close the camera, and stop the receiver as aiortc does: its decoder's thread would keep the process alive."""
    await camera.close()
    await RTCRtpReceiver.stop(peer.getTransceivers()[0].receiver)


def _sockets(peer: RTCPeerConnection) -> int:
    return len(peer.getTransceivers()[0].receiver.transport.transport._connection._protocols)


async def test_a_connection_is_closed_in_time() -> None:
    """A connection that closes at once is closed when the call returns, with all of its sockets."""
    camera, peer = await _answered()
    assert await close_peer(peer, GENEROUS_S)
    assert _sockets(peer) == 0
    await camera.close()


async def test_a_slow_close_keeps_no_socket() -> None:
    """A close that takes longer than the wait ends in the background, down to the last socket."""
    release = asyncio.Event()

    async def stop() -> None:
        await release.wait()

    camera, peer = await _answered(stop)
    assert not await close_peer(peer, 0.05)
    assert _sockets(peer) > 0
    release.set()
    async with asyncio.timeout(GENEROUS_S):
        while _sockets(peer):  # noqa: ASYNC110 - aiortc has no event for it
            await asyncio.sleep(0.01)
    await _end(camera, peer)


@pytest.mark.parametrize("error", [RuntimeError("a state"), KeyError("an id"), AssertionError()])
async def test_a_close_that_fails_keeps_no_socket(error: Exception) -> None:
    """After an error in aiortc's close the sockets are closed one by one."""

    async def stop() -> None:
        raise error

    camera, peer = await _answered(stop)
    assert await close_peer(peer, GENEROUS_S)
    assert _sockets(peer) == 0
    await _end(camera, peer)
