"""A network camera in a room."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streamsign.client.captions import watch
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.model import load_model
from streamsign.server.cameras import source as module
from streamsign.server.cameras.source import _Pace
from tests.sources.cameras import FPS, mjpeg_camera

GENEROUS_S = 60


async def test_a_network_camera_is_read_into_its_room(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer of the room sees the camera come and reads its letters, over a connection that is dropped once."""
    monkeypatch.setattr(module, "RETRY_S", 0.1)
    film = [frame.luma for frame in DemoSigner("LO", seed=1, fps=FPS, width=320, height=240)]
    text, states = "", []
    with mjpeg_camera(film, break_after=3) as url:
        await running.cameras.open_source(url, await running.server.rooms.get("stage"))
        async with asyncio.timeout(GENEROUS_S):
            async for event in watch(
                f"{running.url}/view/stage", token=running.server.access.view_token, reconnect=False
            ):
                if event.type == "status":
                    states.append(event.state)
                elif event.type == "letter":
                    text += event.letter
                    if len(text) == 2:
                        break
        await running.cameras.read_with(load_model("celov"))
        (camera,) = (await running.http.get("/debug/queues")).json()["cameras"]
        await running.cameras.close_all()
    assert text == "LO"
    assert states[-1] == "live"
    assert camera["room"] == "stage"
    assert camera["reader"]["letters"] == 2
    assert camera["intake"]["slot"]["put"] >= camera["reader"]["frames"] > 0
    assert running.cameras.sessions() == []


async def test_a_camera_that_is_not_there_is_reported_and_tried_again(running: Any) -> None:
    """A camera that does not answer is shown as stalled with the reason, without its password."""
    room = await running.server.rooms.get("main")
    await running.cameras.open_source("http://user:secret@127.0.0.1:9/video", room)
    async with asyncio.timeout(GENEROUS_S):
        async for event in watch(running.url, token=running.server.access.view_token, reconnect=False):
            if event.type == "status" and event.state == "stalled":
                assert "127.0.0.1:9" in event.detail
                assert "secret" not in event.detail
                break
    await running.cameras.close_all()


def test_frames_that_come_at_once_play_at_their_own_times() -> None:
    """Frames of a segment are due one after the other; after a long delay they play on from there."""
    pace = _Pace()
    assert [pace.wait_s(at_s, 100.0) for at_s in (5.0, 5.5, 6.0)] == [0.0, 0.5, 1.0]
    assert [pace.wait_s(at_s, 110.0) for at_s in (6.5, 7.0)] == [0.0, 0.5]
