"""webrtc/room_camera.py: a camera of one still picture in a real room."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from streamsign.captions.events import Status
from streamsign.captions.hub import Room
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.pauses import Pause
from streamsign.recognition.recognizer import Recognizer
from streamsign.webrtc.intake import FrameIntake, ReceivedFrame
from streamsign.webrtc.room_camera import RoomCamera

GENEROUS_S = 30


class StillCamera(RoomCamera):
    """Shows an empty picture when it is asked to."""

    def __init__(self, room: Room, recognizer: Recognizer, executor: ThreadPoolExecutor) -> None:
        frames = FrameIntake(self._wake)
        super().__init__("s1", room, recognizer, executor, frames=frames, observe=lambda _stage, _ms: None)
        self.disconnected = 0

    def show(self) -> None:
        """Begin, and send a frame."""
        self._announcer.publish("live")
        self._start(self._reader.run())
        now_s = time.monotonic()
        self._frames.put(ReceivedFrame(np.zeros((48, 64), np.uint8), now_s, False, {"decoded_s": now_s}))

    async def _disconnect(self) -> None:
        self.disconnected += 1
        await asyncio.sleep(0)


class BrokenRecognizer(Recognizer):
    """Fails on every frame."""

    def feed(
        self,
        luma: Luma,
        at_s: float,
        *,
        limited_range: bool = False,
        on_stage: Callable[[str], None] = lambda _: None,
    ) -> list[Reading | Commit | Pause]:
        """Fail."""
        raise ZeroDivisionError


async def _closed(room: Room) -> Status:
    async with asyncio.timeout(GENEROUS_S), room.subscribe() as events:
        async for event in events:
            if isinstance(event, Status) and event.state == "closed":
                return event
    raise AssertionError


async def test_the_end_is_published_and_logged_once(
    room: Room, executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    """Two calls of close disconnect once; the room gets the reason, the log the counts, and both calls wait."""
    caplog.set_level(logging.INFO, "streamsign")
    camera = StillCamera(room, Recognizer.load("celov"), executor)
    ended = asyncio.ensure_future(_closed(room))
    camera.show()
    async with asyncio.timeout(GENEROUS_S):
        while not camera.statistics()[1].frames:  # noqa: ASYNC110 - statistics are polled
            await asyncio.sleep(0.01)
        await asyncio.gather(camera.close("The test ends."), camera.close("Too late."))
    assert (await ended).detail == "The test ends."
    assert camera.closed.is_set()
    assert camera.disconnected == 1
    assert camera.frames_replaced == 0
    [line] = [one.getMessage() for one in caplog.records]
    assert line.startswith("Session ended session=s1 room=main")
    assert "frames=1 replaced=0 letters=0" in line
    assert line.endswith("reason='The test ends.'")


async def test_a_camera_that_cannot_be_read_is_closed(
    room: Room, executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in recognition is logged with its traceback, and the room is informed that the server failed."""
    camera = StillCamera(room, BrokenRecognizer.load("celov"), executor)
    ended = asyncio.ensure_future(_closed(room))
    camera.show()
    assert "The server failed on this camera" in (await ended).detail
    await asyncio.wait_for(camera.closed.wait(), GENEROUS_S)
    [failed] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert failed.exc_info is not None
    assert failed.exc_info[0] is ZeroDivisionError
