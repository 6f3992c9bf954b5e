"""What all cameras of a room share, over WebRTC or not: a reader, a status, statistics, and a log line at the end."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

from streamsign.captions.room import CaptionRoom
from streamsign.recognition.recognizer import Recognizer
from streamsign.webrtc.announcer import Announcer
from streamsign.webrtc.fair_share import Turns
from streamsign.webrtc.intake import FrameIntake, IntakeStatistics
from streamsign.webrtc.reader import (
    FrameObserver,
    FrameReader,
    LetterWriter,
    ReaderStatistics,
    SignerObserver,
    StageObserver,
)

logger = logging.getLogger(__name__)


class RoomCamera(ABC):
    """A camera whose frames are read into a room, until it is closed.

    Args:
        session_id: public name of the session in events and logs.
        room: receives the camera's letters.
        recognizer: reads the camera's frames; no other camera may use it.
        executor: runs decoding and recognition.
        frames: provides the camera's newest frame.
        observe: called with each stage's milliseconds of each frame and letter.
        on_frame: see :class:`~streamsign.webrtc.reader.FrameReader`.
        on_closed: called once, when the session has ended.

    Attributes:
        closed: set when the session has ended.
    """

    def __init__(
        self,
        session_id: str,
        room: CaptionRoom,
        recognizer: Recognizer,
        executor: Turns,
        *,
        frames: FrameIntake,
        observe: StageObserver,
        on_frame: FrameObserver = lambda _: None,
        on_closed: Callable[[RoomCamera], None] = lambda _: None,
    ) -> None:
        self.session_id = session_id
        self.room = room
        self.closed = asyncio.Event()
        self._frames = frames
        self._reader = FrameReader(session_id, room, recognizer, executor, frames.newest, observe, on_frame)
        self._announcer = Announcer(room, session_id)
        self._on_closed = on_closed
        self._began_s = time.monotonic()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    def read_with(self, recognizer: Recognizer) -> None:
        """Use another recognizer from the next frame on. The choice of the hand is kept."""
        self._reader.read_with(recognizer)

    @property
    def has_reader(self) -> bool:
        """Whether its recognizer has a reader beside the classifier."""
        return self._reader.has_reader

    def use_reader(self, enabled: bool) -> None:
        """Let the recognizer use its reader, or read with the classifier alone, from the next frame on."""
        self._reader.use_reader(enabled)

    def observe(self, observer: SignerObserver) -> None:
        """Give what is read from now on to an observer as well."""
        self._reader.observers = (*self._reader.observers, observer)

    def remove_observer(self, observer: SignerObserver) -> None:
        """Give nothing more to an observer."""
        self._reader.observers = tuple(each for each in self._reader.observers if each is not observer)

    def write_to(self, writer: LetterWriter) -> None:
        """Write letters and readings to an object that passes them on to the room."""
        self._reader.writer = writer

    def busy_s(self, now_s: float) -> float:
        """See :meth:`~streamsign.webrtc.reader.FrameReader.busy_s`."""
        return self._reader.busy_s(now_s)

    def statistics(self) -> tuple[IntakeStatistics, ReaderStatistics]:
        """Counts of what is received and of what is read."""
        return self._frames.statistics(), self._reader.statistics()

    @property
    def state(self) -> str:
        """State of its connection, as the room's viewers received it last."""
        return self._announcer.state

    @property
    def frames_replaced(self) -> int:
        """Frames that a newer one replaced before they were read."""
        return self._frames.replaced

    async def close(self, reason: str = "The camera was switched off.") -> None:
        """End the session and free its resources. A second call waits until the first one is done."""
        if self._closing:
            await self.closed.wait()
            return
        self._closing = True
        try:
            self._reader.close()
            for task in self._tasks - {asyncio.current_task()}:
                task.cancel()
            await self._disconnect()
            if self._announcer.begun:
                self._announcer.publish("closed", reason)
                self._log_end(reason)
        finally:  # also after an error the session must count as ended
            self._on_closed(self)
            self.closed.set()

    @abstractmethod
    async def _disconnect(self) -> None:
        """Stop receiving."""

    def _wake(self) -> None:
        if not self._closing:
            self._reader.wake()

    def _start(self, work: Awaitable[Any]) -> None:
        """Run a part of the session in a task. If it fails, the session is closed."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._closing:
            logger.error("Session failed session=%s", self.session_id, exc_info=error)
            self._start(self.close("The server failed on this camera; its log says why."))

    def _log_end(self, reason: str) -> None:
        read = self._reader.statistics()
        logger.info(
            "Session ended session=%s room=%s duration_s=%.1f frames=%d replaced=%d letters=%d p50_ms=%.1f p95_ms=%.1f "
            "reason=%r",
            self.session_id,
            self.room.name,
            time.monotonic() - self._began_s,
            self._frames.decoded,
            self.frames_replaced,
            read.letters,
            read.p50_ms,
            read.p95_ms,
            reason,
        )
