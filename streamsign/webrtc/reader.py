"""Reads the newest frame, again and again, off the event loop, and publishes what it says."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from av import VideoFrame

from streamsign.captions.events import Hand, HandBox, Partial
from streamsign.captions.hub import Room
from streamsign.captions.ledger import Ledger
from streamsign.captions.log import alternatives_of
from streamsign.captions.reading import FrameResult, moved, read_frame
from streamsign.luma import luma_of
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import Framing
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.track import HandChoice
from streamsign.webrtc.clock import CaptureTime
from streamsign.webrtc.media_clock import MediaClock

StageObserver = Callable[[str, float], None]
"""Told a stage's name (see :mod:`streamsign.captions.ledger`) and its milliseconds."""

HandObserver = Callable[[Hand], None]
"""Told once a frame where the hand is."""

_PARTIAL_EVERY_S = 0.125
_KEPT_TIMES = 4096


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedFrame(Frame):
    """A frame that came over the network.

    Attributes:
        rtp_timestamp: its RTP timestamp, unwrapped; None where nobody says.
    """

    rtp_timestamp: int | None = None

    @property
    def arrived_s(self) -> float:
        """When it arrived, monotonic seconds: its first packet where that is known, else the decoded picture."""
        return self.stamps.get("first_packet_s", self.stamps["decoded_s"])


@dataclass(frozen=True, slots=True)
class ReaderStatistics:
    """What a reader did: frames read, letters, and milliseconds from decoded to read over the last frames."""

    frames: int
    letters: int
    p50_ms: float
    p95_ms: float


def frame_of(
    picture: VideoFrame, decoded_s: float, *, rtp_timestamp: int | None = None, **earlier_s: float
) -> ReceivedFrame:
    """A decoded WebRTC picture as a frame; its brightness plane is viewed, not copied.

    Args:
        picture: as the decoder made it.
        decoded_s: when it did, monotonic seconds.
        rtp_timestamp: see :class:`ReceivedFrame`.
        earlier_s: stamps from before that, in order, by field name of a ledger.
    """
    luma, limited = luma_of(picture)
    at_s = float(picture.pts * picture.time_base) if picture.pts is not None and picture.time_base else decoded_s
    return ReceivedFrame(luma, at_s, limited, {**earlier_s, "decoded_s": decoded_s}, rtp_timestamp=rtp_timestamp)


class FrameReader:
    """Reads a camera's newest frame and publishes readings and letters to a room; one frame is under way at a time.

    A frame costs one change to a worker's thread, in which it is decoded and read, and one back.

    Args:
        session_id, room, recognizer: whose letters go where, and who reads them.
        executor: where the work is done.
        newest: gives the newest frame not given yet, None when there is none; called in a worker's thread.
        observe: told each stage of each frame and letter.
        on_frame: told each frame that was read, before what it says is published; says when it was captured.
    """

    def __init__(
        self,
        session_id: str,
        room: Room,
        recognizer: Recognizer,
        executor: Executor,
        newest: Callable[[], ReceivedFrame | None],
        observe: StageObserver,
        on_frame: Callable[[ReceivedFrame], CaptureTime | None] = lambda _: None,
    ) -> None:
        self._session_id = session_id
        self._room = room
        self._recognizer: Recognizer | None = recognizer
        self._framing = recognizer.framing
        self.show_hand: HandObserver | None = None
        """Told where the hand is, when anybody wants to know."""
        self._executor = executor
        self._newest = newest
        self._observe = observe
        self._on_frame = on_frame
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._awake = False
        self._media_clock = MediaClock()
        self._next_partial_s = 0.0
        self._frames = 0
        self._letters = 0
        self._times_ms: deque[float] = deque(maxlen=_KEPT_TIMES)
        self._busy_s = 0.0
        self._under_way_s: float | None = None

    async def run(self) -> None:
        """Wait until cancelled, which ends the reading; raises what it failed with."""
        await self._ended

    def close(self) -> None:
        """Read no more. The recogniser is let go of: its graphs are megabytes, and would stay until a collection."""
        self._ended.cancel()
        self._recognizer = None

    def read_with(self, recognizer: Recognizer) -> None:
        """Read with another recogniser from the next frame on; the chosen hand stays chosen."""
        if self._recognizer is not None:
            recognizer.hand = self._recognizer.hand
            self._recognizer = recognizer

    def choose(self, hand: HandChoice) -> None:
        """Read another of two hands from the next frame on."""
        if self._recognizer is not None:
            self._recognizer.hand = hand

    def wake(self) -> None:
        """There may be a new frame: read it, or look for it once the one under way has been read."""
        self._awake = True
        if self._under_way_s is None and not self._ended.done():
            self._begin()

    def busy_s(self, now_s: float) -> float:
        """Monotonic seconds spent on frames until now, waits for a thread and the frame under way included."""
        return self._busy_s + (0.0 if self._under_way_s is None else now_s - self._under_way_s)

    def statistics(self) -> ReaderStatistics:
        """What was done so far."""
        p50, p95 = np.percentile(self._times_ms, [50, 95]) if self._times_ms else (0.0, 0.0)
        return ReaderStatistics(self._frames, self._letters, float(p50), float(p95))

    def _begin(self) -> None:
        self._awake = False
        self._under_way_s = time.monotonic()
        self._executor.submit(self._work)

    # In a worker's thread. The loop may have been closed under it.

    def _work(self) -> None:
        frame, stream_s, result, failure = None, 0.0, FrameResult([], {}), None
        recognizer = self._recognizer
        try:
            frame = self._newest()
            if frame is not None and recognizer is not None:
                stream_s = self._media_clock.advance(frame.at_s, frame.arrived_s)
                result = read_frame(recognizer, frame, stream_s)
        except Exception as error:
            failure = error
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._done, frame, stream_s, result, failure)

    # In the event loop again.

    def _done(
        self, frame: ReceivedFrame | None, stream_s: float, result: FrameResult, failure: Exception | None
    ) -> None:
        if self._ended.done():
            return
        if failure is not None:
            self._ended.set_exception(failure)
            return
        if frame is not None and result.stamps:
            self._publish(frame, stream_s, result)
        self._busy_s, self._under_way_s = self.busy_s(time.monotonic()), None
        if self._awake:
            self._begin()

    def _publish(self, frame: ReceivedFrame, stream_s: float, result: FrameResult) -> None:
        measured = self._on_frame(frame)
        captured_s = self._media_clock.captured_s(stream_s, frame.arrived_s, measured)
        to_room_s = self._room.clock() - time.monotonic()
        offset_s = captured_s - stream_s + to_room_s
        stamps = result.stamps if measured is None else {"captured_s": captured_s, **result.stamps}
        ledger = Ledger.of(stamps, offset_s=to_room_s, captured_error_s=None if measured is None else measured.error_s)
        took_ms = ledger.with_published(self._room.clock()).stages_ms()
        self._frames += 1
        self._times_ms.append(took_ms["total"])
        for stage, milliseconds in took_ms.items():
            self._observe(stage, milliseconds)
        for event in result.events:
            if isinstance(event, Commit):
                self._letters += 1
                self._room.publish_letter(self._session_id, moved(event, offset_s), ledger)
                self._observe("letter", took_ms["total"])
            else:
                self._show(event, event.at_s + offset_s)

    def _show(self, reading: Reading, captured_s: float) -> None:
        if self.show_hand is not None:
            self.show_hand(_hand(reading, captured_s, self._framing))
        if reading.changed or captured_s >= self._next_partial_s:
            self._next_partial_s = captured_s + _PARTIAL_EVERY_S
            self._room.publish_partial(self._partial(reading, captured_s))

    def _partial(self, reading: Reading, captured_s: float) -> Partial:
        return Partial(
            session=self._session_id,
            letter=reading.letter,
            confidence=min(1.0, reading.confidence),
            alternatives=alternatives_of(reading.alternatives),
            sharpness=reading.sharpness,
            hint=reading.hint,
            captured_s=captured_s,
        )


def _hand(reading: Reading, captured_s: float, framing: Framing) -> Hand:
    return Hand(
        framing=framing,
        box=None if reading.hand is None else HandBox(**reading.hand._asdict()),
        hint=reading.hint,
        captured_s=captured_s,
    )
