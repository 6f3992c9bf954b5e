"""Reads the newest frame, again and again, off the event loop, and publishes what it says."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from av import VideoFrame

from streamsign.captions.events import Alternative, Hand, HandBox, Partial
from streamsign.captions.hub import Room
from streamsign.captions.ledger import Ledger
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Frame
from streamsign.recognition.recognizer import Recognizer
from streamsign.sources.file import luma_of
from streamsign.webrtc.latest import LatestSlot

StageObserver = Callable[[str, float], None]
"""Told a stage's name (see :mod:`streamsign.captions.ledger`) and its milliseconds."""

HandObserver = Callable[[Hand], None]
"""Told once a frame where the hand is."""

_PARTIAL_EVERY_S = 0.125
_KEPT_TIMES = 4096


@dataclass(frozen=True, slots=True)
class ReaderStatistics:
    """What a reader did: frames read, letters, and milliseconds from decoded to read over the last frames."""

    frames: int
    letters: int
    p50_ms: float
    p95_ms: float


def frame_of(picture: VideoFrame, decoded_s: float, **earlier_s: float) -> Frame:
    """A decoded WebRTC picture as a frame; its brightness plane is viewed, not copied.

    Args:
        picture: as the decoder made it.
        decoded_s: when it did, monotonic seconds.
        earlier_s: stamps from before that, in order.
    """
    luma, limited = luma_of(picture)
    at_s = float(picture.pts * picture.time_base) if picture.pts is not None and picture.time_base else decoded_s
    return Frame(luma, at_s, limited, {**earlier_s, "decoded": decoded_s})


class FrameReader:
    """Takes frames from a slot and publishes readings and letters to a room; one frame is under way at a time.

    ``recognizer`` may be replaced; the next frame is read by the new one.
    """

    def __init__(
        self,
        session_id: str,
        room: Room,
        recognizer: Recognizer,
        executor: Executor,
        slot: LatestSlot[Frame],
        observe: StageObserver,
        show_hand: HandObserver = lambda _: None,
    ) -> None:
        self._session_id = session_id
        self._room = room
        self.recognizer = recognizer
        self._executor = executor
        self._slot = slot
        self._observe = observe
        self._show_hand = show_hand
        self._offset_s: float | None = None
        self._last_s = -np.inf
        self._next_partial_s = 0.0
        self._frames = 0
        self._letters = 0
        self._times_ms: deque[float] = deque(maxlen=_KEPT_TIMES)
        self._busy_s = 0.0
        self._under_way_s: float | None = None

    async def run(self) -> None:
        """Read until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            frame = await self._slot.take()
            frame.stamps["taken"] = self._under_way_s = time.monotonic()
            if self._offset_s is None:  # media time starts anywhere; the room's clock is what viewers share
                self._offset_s = self._room.clock() - (time.monotonic() - frame.stamps["decoded"]) - frame.at_s
            # A sender that restarts its clock must not run the filter backwards.
            frame = replace(frame, at_s=max(frame.at_s, self._last_s))
            self._last_s = frame.at_s
            events = await loop.run_in_executor(self._executor, self._read, frame)
            self._publish(frame, events, self._offset_s)
            self._busy_s, self._under_way_s = self.busy_s(time.monotonic()), None

    def busy_s(self, now_s: float) -> float:
        """Monotonic seconds spent on frames until now, waits for a thread and the frame under way included."""
        return self._busy_s + (0.0 if self._under_way_s is None else now_s - self._under_way_s)

    def statistics(self) -> ReaderStatistics:
        """What was done so far."""
        p50, p95 = np.percentile(self._times_ms, [50, 95]) if self._times_ms else (0.0, 0.0)
        return ReaderStatistics(self._frames, self._letters, float(p50), float(p95))

    def _read(self, frame: Frame) -> list[Reading | Commit]:
        def stamp(stage: str) -> None:
            frame.stamps[stage] = time.monotonic()

        return self.recognizer.feed(frame.luma, frame.at_s, limited_range=frame.limited_range, on_stage=stamp)

    def _publish(self, frame: Frame, events: list[Reading | Commit], offset_s: float) -> None:
        now_s = time.monotonic()
        ledger = Ledger.of(
            {**frame.stamps, "committed": now_s},
            offset_s=self._room.clock() - now_s,
            captured_error_s=frame.captured_error_s,
        )
        stages_ms = ledger.stages_ms()
        self._frames += 1
        self._times_ms.append(stages_ms["total"])
        for stage, milliseconds in stages_ms.items():
            self._observe(stage, milliseconds)
        for event in events:
            if isinstance(event, Commit):
                self._letters += 1
                on_room_clock = replace(
                    event, started_s=event.started_s + offset_s, committed_s=event.committed_s + offset_s
                )
                self._room.publish_letter(self._session_id, on_room_clock, stages_ms, ledger)
                self._observe("letter", stages_ms["total"])
            else:
                self._show_hand(
                    Hand(
                        framing=self.recognizer.framing,
                        box=None if event.hand is None else HandBox(**event.hand._asdict()),
                        hint=event.hint,
                        at_s=event.at_s + offset_s,
                    )
                )
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
