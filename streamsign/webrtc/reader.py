"""Reads a camera's newest frame in a worker thread and publishes its readings and letters."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from streamsign.captions.events import Hand, HandBox, Partial
from streamsign.captions.ledger import NO_STAMPS, Ledger, stages_ms
from streamsign.captions.log import alternatives_of
from streamsign.captions.reading import FrameResult, moved, read_frame
from streamsign.captions.room import CaptionRoom
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.framing import Framing
from streamsign.recognition.pauses import Pause
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.track import HandChoice
from streamsign.webrtc.clock import CaptureTime
from streamsign.webrtc.fair_share import Turns
from streamsign.webrtc.intake import ReceivedFrame
from streamsign.webrtc.media_clock import MediaClock
from streamsign.webrtc.pace import Pace

StageObserver = Callable[[str, float], None]
"""Called with a stage's name (see :mod:`streamsign.captions.ledger`) and its milliseconds."""

HandObserver = Callable[[Hand], None]
"""Called once per frame with the place of the hand."""

FrameObserver = Callable[[ReceivedFrame], CaptureTime | None]
"""Called with each frame that was read, before its events are published; returns its measured capture time if known."""

ReadingObserver = Callable[[ReceivedFrame, float, Reading], None]
"""Called in a worker thread with each frame, its time in the stream and its reading. It must not keep the frame."""


class LetterWriter(Protocol):
    """What a reader writes to; see :class:`~streamsign.captions.room.CaptionRoom`."""

    def publish_letter(self, session: str, commit: Commit, ledger: Ledger = NO_STAMPS) -> object:
        """Add a letter."""

    def publish_pause(self, session: str, pause: Pause) -> object:
        """End the word or the sentence."""

    def publish_partial(self, partial: Partial) -> None:
        """Send the current reading to the viewers."""


LetterObserver = Callable[[str, float, Commit], None]
"""Called in the event loop with each letter that was published: the session, its capture time on the room's clock, and
its commit, timed in the stream."""


def ignore_letter(_session: str, _captured_s: float, _commit: Commit) -> None:
    """Pass over a letter."""


class SignerObserver(NamedTuple):
    """Receives what a camera's signer shows, beside the room.

    Attributes:
        reading: receives each frame that was read.
        letter: receives each letter.
    """

    reading: ReadingObserver
    letter: LetterObserver = ignore_letter


_PARTIAL_EVERY_S = 0.125
_KEPT_TIMES = 4096


@dataclass(frozen=True, slots=True)
class ReaderStatistics:
    """Frames read, letters, and milliseconds from decoding to publication over the last frames."""

    frames: int
    letters: int
    p50_ms: float
    p95_ms: float


class FrameReader:
    """Reads a camera's frames, one at a time, and publishes readings and letters to a room.

    Each frame takes one switch to a worker thread, which decodes and reads it, and one back.

    Args:
        session_id: public name of the camera's session.
        room: receives readings and letters.
        recognizer: reads the frames.
        executor: runs decoding and recognition.
        newest: returns the newest frame that it has not returned yet, None if there is none; called in a worker
            thread.
        observe: called with each stage of each frame and letter.
        on_frame: called with each frame that was read.
    """

    def __init__(
        self,
        session_id: str,
        room: CaptionRoom,
        recognizer: Recognizer,
        executor: Turns,
        newest: Callable[[], ReceivedFrame | None],
        observe: StageObserver,
        on_frame: FrameObserver = lambda _: None,
    ) -> None:
        self._session_id = session_id
        self._room = room
        self._recognizer: Recognizer | None = recognizer
        self._framing = recognizer.framing
        self.show_hand: HandObserver | None = None
        """Called with the place of the hand, if set."""
        self.observers: tuple[SignerObserver, ...] = ()
        """They may change between two frames."""
        self.pace: Pace | None = None
        """Limits how often a frame is read, if set."""
        self._paced: asyncio.TimerHandle | None = None
        self._executor = executor
        self._newest = newest
        self._observe = observe
        self._on_frame = on_frame
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._awake = False
        self.writer: LetterWriter = room
        """Receives readings and letters: the room, or an object that passes them on to it."""
        self._media_clock = MediaClock()
        self._next_partial_s = 0.0
        self._frames = 0
        self._letters = 0
        self._times_ms: deque[float] = deque(maxlen=_KEPT_TIMES)
        self._busy_s = 0.0
        self._under_way_s: float | None = None

    async def run(self) -> None:
        """Wait until canceled, which ends the reading. Raises the error with which reading failed."""
        await self._ended

    def close(self) -> None:
        """Stop reading, and release the recognizer: its graphs take megabytes until the next garbage collection."""
        self._ended.cancel()
        if self._paced is not None:
            self._paced.cancel()
        self._recognizer = None

    def read_with(self, recognizer: Recognizer) -> None:
        """Use another recognizer from the next frame on. The choice of the hand is kept."""
        if self._recognizer is not None:
            recognizer.hand = self._recognizer.hand
            recognizer.reader_enabled = self._recognizer.reader_enabled
            self._recognizer = recognizer

    def choose(self, hand: HandChoice) -> None:
        """Choose which of two hands is read from the next frame on."""
        if self._recognizer is not None:
            self._recognizer.hand = hand

    @property
    def has_reader(self) -> bool:
        """Whether the recognizer has a reader beside the classifier."""
        return self._recognizer is not None and self._recognizer.has_reader

    def use_reader(self, enabled: bool) -> None:
        """Let the recognizer use its reader, or read with the classifier alone, from the next frame on."""
        if self._recognizer is not None:
            self._recognizer.reader_enabled = enabled

    def wake(self) -> None:
        """Read a new frame if there is one, now or after the frame that is being read."""
        self._awake = True
        if self._under_way_s is None and not self._ended.done():
            self._begin()

    def busy_s(self, now_s: float) -> float:
        """Seconds spent on frames until now, including waits for a thread and the frame that is being read."""
        return self._busy_s + (0.0 if self._under_way_s is None else now_s - self._under_way_s)

    def late_s(self, now_s: float) -> float:
        """Seconds for which the current frame has waited for a thread and been read; 0 without one."""
        return 0.0 if self._under_way_s is None else now_s - self._under_way_s

    def statistics(self) -> ReaderStatistics:
        """Counts and times up to now."""
        p50, p95 = np.percentile(self._times_ms, [50, 95]) if self._times_ms else (0.0, 0.0)
        return ReaderStatistics(self._frames, self._letters, float(p50), float(p95))

    def _begin(self) -> None:
        if self._paced is not None:
            return
        if self.pace is not None and (wait_s := self.pace.wait_s(time.monotonic())) > 0:
            self._paced = self._loop.call_later(wait_s, self._resume)
            return
        self._awake = False
        self._under_way_s = time.monotonic()
        self._executor.submit(self._work)

    def _resume(self) -> None:
        self._paced = None
        if self._under_way_s is None and not self._ended.done():
            self._begin()

    # In a worker thread. The event loop may have been closed meanwhile.

    def _work(self) -> None:
        frame, stream_s, result, failure = None, 0.0, FrameResult([], {}), None
        recognizer = self._recognizer
        try:
            frame = self._newest()
            if frame is not None and recognizer is not None:
                recognizer.pauses = self._room.pauses
                stream_s = self._media_clock.advance(frame.at_s, frame.arrived_s)
                result = read_frame(recognizer, frame, stream_s)
                self._observe_reading(frame, stream_s, result)
        except Exception as error:
            failure = error
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._done, frame, stream_s, result, failure)

    def _observe_reading(self, frame: ReceivedFrame, stream_s: float, result: FrameResult) -> None:
        for observer in self.observers:
            for event in result.events:
                if isinstance(event, Reading):
                    observer.reading(frame, stream_s, event)

    # In the event loop.

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
        error_s = None if measured is None else measured.error_s
        # Of the stamps themselves: most frames have no letter, and need no ledger.
        took_ms = stages_ms({**stamps, "published_s": time.monotonic()}, captured_error_s=error_s or 0.0)
        self._frames += 1
        self._times_ms.append(took_ms["total"])
        for stage, milliseconds in took_ms.items():
            self._observe(stage, milliseconds)
        if "read_s" in result.stamps:
            self._observe("reader", 1000 * (result.stamps["read_s"] - result.stamps["classified_s"]))
        for event in result.events:
            if isinstance(event, Commit):
                self._letters += 1
                ledger = Ledger.of(stamps, offset_s=to_room_s, captured_error_s=error_s)
                self.writer.publish_letter(self._session_id, moved(event, offset_s), ledger)
                for observer in self.observers:
                    observer.letter(self._session_id, event.captured_s + offset_s, event)
                self._observe("letter", took_ms["total"])
            elif isinstance(event, Pause):
                self.writer.publish_pause(self._session_id, moved(event, offset_s))
            else:
                self._show(event, event.at_s + offset_s)

    def _show(self, reading: Reading, captured_s: float) -> None:
        if self.show_hand is not None:
            self.show_hand(_hand(reading, captured_s, self._framing))
        if reading.changed or captured_s >= self._next_partial_s:
            self._next_partial_s = captured_s + _PARTIAL_EVERY_S
            self.writer.publish_partial(self._partial(reading, captured_s))

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
