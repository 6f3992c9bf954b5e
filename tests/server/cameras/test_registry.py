"""The cameras connected now."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack

from streamsign.errors import OfferError
from streamsign.recognition.model import load_model
from streamsign.server.cameras import reader_budget
from streamsign.server.cameras import registry as module
from streamsign.server.cameras.load import ServerLoad
from tests.readers import write_model_with_reader


async def test_cameras_are_found_by_their_key_until_closed(running: Any) -> None:
    """A refused offer takes no place; an accepted one is found by its key until all are closed."""
    cameras, room = running.cameras, await running.server.rooms.get("main")
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
    assert not cameras.full_for(None)
    await peer.close()


async def _offer() -> tuple[RTCPeerConnection, str]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    return peer, peer.localDescription.sdp


async def test_a_closed_camera_s_graphs_are_not_left_to_the_garbage(running: Any) -> None:
    """Its recognizer is gone with its session, though aiortc's cycles wait for a collection."""
    cameras = running.cameras
    peer, offer = await _offer()
    gc.collect()
    gc.disable()
    try:
        camera, _ = await cameras.open(offer, await running.server.rooms.get("main"))
        recognizer = weakref.ref(camera.session._reader._recognizer)
        assert recognizer() is not None
        await camera.session.close()
        await peer.close()
        assert recognizer() is None
    finally:
        gc.enable()


async def test_memory_is_given_back_once_for_cameras_that_go_together(
    running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last closing is done it is one work in a worker's thread."""
    given: asyncio.Queue[None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(module, "SETTLE_S", 0.2)
    monkeypatch.setattr(module, "give_memory_back", lambda: loop.call_soon_threadsafe(given.put_nowait, None))
    cameras, room = running.cameras, await running.server.rooms.get("main")
    offers = [await _offer() for _ in range(2)]
    opened = [await cameras.open(offer, room) for _, offer in offers]
    await asyncio.gather(*(camera.session.close() for camera, _ in opened))
    await asyncio.wait_for(given.get(), 30)
    assert given.empty()
    await asyncio.gather(*(peer.close() for peer, _ in offers))


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - the balance has no event
            await asyncio.sleep(0.05)


async def test_a_loaded_server_falls_back_to_the_small_network(
    running: Any, monkeypatch: pytest.MonkeyPatch, tensorflow_installed: None, tmp_path: Path
) -> None:
    """While the load is high a camera loses its reader, and /metrics says so; a quiet server gives it back."""
    load = 1.0
    monkeypatch.setattr(module, "BALANCE_EVERY_S", 0.05)
    monkeypatch.setattr(reader_budget, "RESTORE_AFTER_S", 0.0)
    monkeypatch.setattr(ServerLoad, "update", lambda *_: load)
    cameras, metrics = running.cameras, running.server.metrics
    cameras.model = load_model(str(write_model_with_reader(tmp_path / "with-reader")))
    peer, offer = await _offer()
    camera, _ = await cameras.open(offer, await running.server.rooms.get("main"))
    recognizer = camera.session._reader._recognizer
    await _until(lambda: not recognizer.reader_enabled and b"small_network_share 1.0" in metrics.exposition())
    load = 0.1
    await _until(lambda: recognizer.reader_enabled and b"small_network_share 0.0" in metrics.exposition())
    assert b"streamsign_reader_sessions 1.0" in metrics.exposition()
    await camera.session.close()
    await peer.close()


async def test_replaced_frames_are_counted_while_their_camera_is_connected(running: Any) -> None:
    """A camera whose frames wait for a thread raises the metric at once, and its end neither adds nor takes away."""

    def replaced() -> float:
        text = running.server.metrics.exposition().decode()
        return float(text.partition("\nstreamsign_frames_replaced_total ")[2].partition("\n")[0])

    cameras, executor = running.cameras, running.server.executor
    peer, offer = await _offer()
    camera, answer = await cameras.open(offer, await running.server.rooms.get("main"))
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(30):
        while not replaced():
            busy = [executor.submit(time.sleep, 0.3) for _ in range(executor._max_workers)]
            await asyncio.gather(*map(asyncio.wrap_future, busy))
            await asyncio.sleep(0.05)
    assert len(cameras) == 1
    await camera.session.close()
    assert replaced() == camera.session.frames_replaced > 0
    await peer.close()
