"""From decoded pictures to events of a room."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import numpy as np
from av import VideoFrame

from streamsign.captions.events import Hand
from streamsign.captions.hub import Room
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import Framing
from streamsign.recognition.model import load_model
from streamsign.recognition.recognizer import Recognizer
from streamsign.sources import DemoSource
from streamsign.webrtc.latest import LatestSlot
from streamsign.webrtc.reader import FrameReader, frame_of


def test_frame_views_the_decoder_s_plane() -> None:
    """The brightness plane is not copied, and its time comes from the picture."""
    picture = VideoFrame.from_ndarray(np.full((48 * 3 // 2, 64), 77, np.uint8), format="yuv420p")
    picture.pts, picture.time_base = 45_000, Fraction(1, 90_000)
    frame = frame_of(picture, 12.0)
    assert frame.luma.shape == (48, 64)
    assert frame.luma[3, 5] == 77
    assert not frame.luma.flags.owndata
    assert frame.at_s == 0.5
    assert frame.stamps == {"decoded": 12.0}


async def test_clock_never_runs_back_and_stages_come_in_order() -> None:
    """A sender whose clock jumps back is read on, and each frame's stages are told in their order."""
    told: list[tuple[str, float]] = []
    slot: LatestSlot[Frame] = LatestSlot()
    room = Room("main", "celov", ["A", "B"], clock=time.time)
    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"), framing=Framing.BOX)
        reader = FrameReader("s1", room, recognizer, executor, slot, lambda stage, ms: told.append((stage, ms)))
        task = asyncio.ensure_future(reader.run())
        async with asyncio.timeout(30):
            for count, at_s in enumerate((5.0, 1.0, 5.1), start=1):
                now = time.monotonic()
                slot.put(Frame(np.zeros((48, 64), np.uint8), at_s, False, {"decoded": now}))
                while reader.statistics().frames < count:
                    assert not task.done()
                    await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    room.close()
    stages = ["wait", "locate", "crop", "classify", "filter", "publish", "total"]
    assert [stage for stage, _ in told if stage != "letter"] == stages * 3
    assert all(ms >= 0 for _, ms in told)


async def test_the_camera_is_told_once_a_frame_where_its_hand_is() -> None:
    """The box is in shares of the frame, and the trouble is named while there is no hand."""
    told: list[Hand] = []
    slot: LatestSlot[Frame] = LatestSlot()
    room = Room("main", "celov", ["C"], clock=time.time)
    frames = [frame for frame in DemoSource("L") if frame.at_s > 1.3][:3]
    frames.insert(0, replace(frames[0], luma=np.full((480, 640), 120, np.uint8)))
    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"))
        reader = FrameReader("s1", room, recognizer, executor, slot, lambda _stage, _ms: None, told.append)
        task = asyncio.ensure_future(reader.run())
        async with asyncio.timeout(30):
            for count, frame in enumerate(frames, start=1):
                slot.put(replace(frame, stamps={"decoded": time.monotonic()}))
                while reader.statistics().frames < count:
                    assert not task.done()
                    await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    room.close()
    assert [(hand.framing, hand.hint) for hand in told] == [("auto", "no_hand"), *[("auto", None)] * 3]
    assert told[0].box is None
    box = told[-1].box
    assert box is not None
    assert 0.2 < box.x0 < 0.5 < box.x1 < 0.8
