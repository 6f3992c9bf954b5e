"""Reads the newest frame, again and again, off the event loop, and publishes what it says."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from av import VideoFrame

from streamsign.captions.events import Alternative, Hand, HandBox, Partial
from streamsign.captions.hub import Room
from streamsign.captions.ledger import Ledger, stages_ms
from streamsign.luma import luma_of
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Frame
from streamsign.recognition.framing import Framing
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.track import Choice
from streamsign.webrtc.clock import CaptureTime

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
        earlier_s: stamps from before that, in order.
    """
    luma, limited = luma_of(picture)
    at_s = float(picture.pts * picture.time_base) if picture.pts is not None and picture.time_base else decoded_s
    return ReceivedFrame(luma, at_s, limited, {**earlier_s, "decoded": decoded_s}, rtp_timestamp=rtp_timestamp)


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
        self._offset_s: float | None = None
        self._last_s = -np.inf
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
        """Read with another recogniser from the next frame on; the hand that was chosen stays chosen."""
        if self._recognizer is not None:
            recognizer.choice = self._recognizer.choice
            self._recognizer = recognizer

    def choose(self, choice: Choice) -> None:
        """Read another of two hands from the next frame on."""
        if self._recognizer is not None:
            self._recognizer.choice = choice

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
        frame, events, failure = None, [], None
        recognizer = self._recognizer
        try:
            frame = self._newest()
            if frame is not None and recognizer is not None:
                # A sender that restarts its clock must not run the filter backwards.
                self._last_s = max(frame.at_s, self._last_s)
                events = _read(recognizer, frame, self._last_s)
        except Exception as error:
            failure = error
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._done, frame, events, failure)

    # In the event loop again.

    def _done(self, frame: ReceivedFrame | None, events: list[Reading | Commit], failure: Exception | None) -> None:
        if self._ended.done():
            return
        if failure is not None:
            self._ended.set_exception(failure)
            return
        if frame is not None:
            self._publish(frame, events)
        self._busy_s, self._under_way_s = self.busy_s(time.monotonic()), None
        if self._awake:
            self._begin()

    def _publish(self, frame: ReceivedFrame, events: list[Reading | Commit]) -> None:
        now_s = time.monotonic()
        if self._offset_s is None:  # media time starts anywhere; the room's clock is what viewers share
            self._offset_s = self._room.clock() - (now_s - frame.stamps["decoded"]) - frame.at_s
        offset_s = self._offset_s
        stamps, captured = frame.stamps, self._on_frame(frame)
        stamps["committed"] = now_s
        if captured is not None:
            stamps["captured"] = captured.at_s
        took_ms = stages_ms(stamps, {} if captured is None else {"captured": captured.error_s})
        self._frames += 1
        self._times_ms.append(took_ms["total"])
        for stage, milliseconds in took_ms.items():
            self._observe(stage, milliseconds)
        for event in events:
            if isinstance(event, Commit):
                self._letters += 1
                ledger = Ledger.of(
                    stamps,
                    offset_s=self._room.clock() - now_s,
                    captured_error_s=None if captured is None else captured.error_s,
                )
                on_room_clock = replace(
                    event, started_s=event.started_s + offset_s, committed_s=event.committed_s + offset_s
                )
                self._room.publish_letter(self._session_id, on_room_clock, took_ms, ledger)
                self._observe("letter", took_ms["total"])
            else:
                if self.show_hand is not None:
                    self.show_hand(_hand(event, offset_s, self._framing))
                if event.changed or now_s >= self._next_partial_s:
                    self._next_partial_s = now_s + _PARTIAL_EVERY_S
                    self._room.publish_partial(self._partial(event, offset_s))

    def _partial(self, reading: Reading, offset_s: float) -> Partial:
        return Partial(
            session=self._session_id,
            letter=reading.letter,
            confidence=min(1.0, reading.confidence),
            alternatives=[Alternative(letter=a, confidence=min(1.0, p)) for a, p in reading.alternatives],
            sharpness=reading.sharpness,
            hint=reading.hint,
            at_s=reading.at_s + offset_s,
        )


def _read(recognizer: Recognizer, frame: ReceivedFrame, at_s: float) -> list[Reading | Commit]:
    def stamp(stage: str) -> None:
        frame.stamps[stage] = time.monotonic()

    return recognizer.feed(frame.luma, at_s, limited_range=frame.limited_range, on_stage=stamp)


def _hand(reading: Reading, offset_s: float, framing: Framing) -> Hand:
    return Hand(
        framing=framing,
        box=None if reading.hand is None else HandBox(**reading.hand._asdict()),
        hint=reading.hint,
        at_s=reading.at_s + offset_s,
    )
