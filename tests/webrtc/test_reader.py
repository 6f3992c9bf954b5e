"""From decoded pictures to events of a room."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from streamsign.captions.events import Hand
from streamsign.captions.hub import Room
from streamsign.demo.signer import DemoSigner
from streamsign.demo.source import DemoSource
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import Framing
from streamsign.recognition.model import load_model
from streamsign.recognition.pauses import NO_PAUSES, PauseRule
from streamsign.recognition.recognizer import Recognizer
from streamsign.webrtc.clock import CaptureTime
from streamsign.webrtc.intake import ReceivedFrame
from streamsign.webrtc.latest import LatestSlot
from streamsign.webrtc.reader import FrameReader


async def test_clock_never_runs_back_and_stages_come_in_order() -> None:
    """Reading continues after a sender's clock jumps back, and each frame's stages are in order."""
    reported: list[tuple[str, float]] = []
    slot: LatestSlot[ReceivedFrame] = LatestSlot()
    room = Room("main", "celov", ["A", "B"], clock=time.time)
    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"), framing=Framing.BOX)
        reader = FrameReader(
            "s1", room, recognizer, executor, slot.take, lambda stage, ms: reported.append((stage, ms))
        )
        task = asyncio.ensure_future(reader.run())
        async with asyncio.timeout(30):
            for count, at_s in enumerate((5.0, 1.0, 5.1), start=1):
                now = time.monotonic()
                stamps = {"complete_s": now, "taken_s": now, "decoded_s": now}
                slot.put(ReceivedFrame(np.zeros((48, 64), np.uint8), at_s, False, stamps))
                reader.wake()
                while reader.statistics().frames < count:
                    assert not task.done()
                    await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    room.close()
    stages = ["wait", "decode", "locate", "crop", "classify", "filter", "publish", "total"]
    assert [stage for stage, _ in reported if stage != "letter"] == stages * 3
    assert all(ms >= 0 for _, ms in reported)


async def test_the_camera_is_told_once_a_frame_where_its_hand_is() -> None:
    """The box is in shares of the frame, and the trouble is named while there is no hand."""
    reported: list[Hand] = []
    slot: LatestSlot[ReceivedFrame] = LatestSlot()
    room = Room("main", "celov", ["C"], clock=time.time)
    frames = [frame for frame in DemoSource("L") if frame.at_s > 1.3][:3]
    frames.insert(0, replace(frames[0], luma=np.full((480, 640), 120, np.uint8)))
    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"))
        reader = FrameReader("s1", room, recognizer, executor, slot.take, lambda _stage, _ms: None)
        reader.show_hand = reported.append
        task = asyncio.ensure_future(reader.run())
        async with asyncio.timeout(30):
            for count, frame in enumerate(frames, start=1):
                slot.put(ReceivedFrame(frame.luma, frame.at_s, stamps={"decoded_s": time.monotonic()}))
                reader.wake()
                while reader.statistics().frames < count:
                    assert not task.done()
                    await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    room.close()
    assert [(hand.framing, hand.hint) for hand in reported] == [("auto", "no_hand"), *[("auto", None)] * 3]
    assert reported[0].box is None
    box = reported[-1].box
    assert box is not None
    assert 0.2 < box.x0 < 0.5 < box.x1 < 0.8


async def test_only_the_newest_of_what_came_meanwhile_is_read() -> None:
    """However often it is woken while a frame is under way, it looks once more, and takes what is newest then."""
    room = Room("main", "celov", ["C"], clock=time.time)
    asked = 0
    slot: LatestSlot[ReceivedFrame] = LatestSlot()
    gate = threading.Event()

    def newest() -> ReceivedFrame | None:
        nonlocal asked
        frame = slot.take()
        asked += 1
        assert gate.wait(30)
        return frame

    read: list[float] = []

    def on_frame(frame: ReceivedFrame) -> CaptureTime | None:
        read.append(frame.at_s)
        return None

    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"), framing=Framing.BOX)
        reader = FrameReader("s1", room, recognizer, executor, newest, lambda _stage, _ms: None, on_frame)
        async with asyncio.timeout(30):
            for number in range(5):
                stamps = {"decoded_s": time.monotonic()}
                slot.put(ReceivedFrame(np.zeros((48, 64), np.uint8), float(number), stamps=stamps))
                reader.wake()
                while not asked:  # noqa: ASYNC110 - it is a thread that asks
                    await asyncio.sleep(0.01)
            gate.set()
            while len(read) < 2:  # noqa: ASYNC110 - there is no event to await
                await asyncio.sleep(0.01)
    room.close()
    assert read == [0.0, 4.0]
    assert asked == 2


async def test_a_capture_time_goes_into_the_ledger() -> None:
    """The stage before the first packet has a time if the frame's capture time is known."""
    reported: list[str] = []
    room = Room("main", "celov", ["C"], clock=time.time)
    now = time.monotonic()
    frames = [
        ReceivedFrame(
            np.zeros((48, 64), np.uint8), 1.0, stamps={"first_packet_s": now, "decoded_s": now}, rtp_timestamp=7
        )
    ]

    def captured(frame: ReceivedFrame) -> CaptureTime:
        assert frame.rtp_timestamp == 7
        return CaptureTime(now - 0.02, 0.001)

    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"), framing=Framing.BOX)
        newest = partial(next, iter(frames), None)
        reader = FrameReader(
            "s1", room, recognizer, executor, newest, lambda stage, _ms: reported.append(stage), captured
        )
        reader.wake()
        async with asyncio.timeout(30):
            while not reader.statistics().frames:  # noqa: ASYNC110 - there is no event to await
                await asyncio.sleep(0.01)
    room.close()
    assert reported[0] == "travel"


async def test_a_failure_ends_the_reading() -> None:
    """An error in a worker's thread is raised to the caller that waits for the reader."""
    room = Room("main", "celov", ["C"], clock=time.time)

    def newest() -> ReceivedFrame | None:
        raise MemoryError("no picture")

    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"), framing=Framing.BOX)
        reader = FrameReader("s1", room, recognizer, executor, newest, lambda _stage, _ms: None)
        reader.wake()
        with pytest.raises(MemoryError, match="no picture"):
            await asyncio.wait_for(reader.run(), 30)
    room.close()


@pytest.fixture(scope="module")
def two_words() -> list[Frame]:
    """The demo signer spells LOVE, is gone for two seconds, and spells CELLO."""
    return list(DemoSigner("LOVE CELLO", fps=15, width=320, height=240))


@pytest.mark.parametrize(("pauses", "text"), [(PauseRule(), "LOVE CELLO"), (NO_PAUSES, "LOVECELLO")])
async def test_a_pause_ends_the_word_as_the_room_has_chosen(
    two_words: list[Frame], pauses: PauseRule, text: str
) -> None:
    """LOVE, two seconds without a hand, CELLO: the rule is the room's, and the time is the frames' own."""
    room = Room("main", "celov", list("CELOV"), clock=time.time, pauses=pauses)
    frames = iter(two_words)

    def newest() -> ReceivedFrame | None:
        frame = next(frames, None)
        if frame is None:
            return None
        return ReceivedFrame(frame.luma, frame.at_s, stamps={"decoded_s": time.monotonic()})

    with ThreadPoolExecutor(1) as executor:
        recognizer = Recognizer(load_model("celov"))
        reader = FrameReader("s1", room, recognizer, executor, newest, lambda _stage, _ms: None)
        async with asyncio.timeout(120):
            while room.text[-5:] != "CELLO":
                reader.wake()
                await asyncio.sleep(0.001)
    assert room.text == text
    room.close()
