"""A room's camera that the server fetches itself: a network camera by URL."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from typing import Literal

from streamsign.captions.events import Status
from streamsign.captions.hub import Room
from streamsign.errors import SourceError
from streamsign.recognition.frame import Frame
from streamsign.recognition.recognizer import Recognizer
from streamsign.sources import open_source
from streamsign.webrtc.fair_share import Turns
from streamsign.webrtc.intake import ReceivedFrame
from streamsign.webrtc.latest import LatestSlot
from streamsign.webrtc.reader import FrameReader, StageObserver

logger = logging.getLogger(__name__)

RETRY_S = 2.0
"""Pause before a camera that is gone is tried again; it is tried until the server ends."""

_LATE_S = 1.0
"""Delay from which frames are no longer waited for but read at once: a playlist that was stuck."""


class SourceCamera:
    """Fetches a camera's frames and reads them into a room, until it is closed.

    A thread waits for the camera; the newest frame is read in the executor, as those of other cameras are.

    Args:
        session_id: public name of the session in events and logs.
        room: where its letters go.
        recognizer: its own recognizer.
        executor: where recognition runs.
        url: of the camera.
        observe: called with each stage of each frame and letter.
    """

    def __init__(
        self,
        session_id: str,
        room: Room,
        recognizer: Recognizer,
        executor: Turns,
        url: str,
        observe: StageObserver,
    ) -> None:
        self.session_id = session_id
        self.room = room
        self._url = url
        self._slot: LatestSlot[ReceivedFrame] = LatestSlot()
        self._reader = FrameReader(session_id, room, recognizer, executor, self._slot.take, observe)
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._fetch, name=f"source-{session_id}", daemon=True)
        self._told: tuple[str, str] | None = None

    def start(self) -> None:
        """Begin to fetch."""
        self._tell("connecting", "The server connects to the camera.")
        self._thread.start()

    def read_with(self, recognizer: Recognizer) -> None:
        """Read with another recognizer from the next frame on."""
        self._reader.read_with(recognizer)

    @property
    def has_reader(self) -> bool:
        """Whether its recognizer has a reader beside the classifier."""
        return self._reader.has_reader

    def use_reader(self, enabled: bool) -> None:
        """Let the recognizer use its reader, or read with the classifier alone, from the next frame on."""
        self._reader.use_reader(enabled)

    def busy_s(self, now_s: float) -> float:
        """See :meth:`~streamsign.webrtc.reader.FrameReader.busy_s`."""
        return self._reader.busy_s(now_s)

    async def close(self, reason: str = "The server is stopping.") -> None:
        """Stop. A thread that still waits for the camera ends by itself when the camera's time-out is over."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._reader.close()
        self._tell("closed", reason)
        await asyncio.to_thread(self._thread.join, 0.5)

    # In the thread. The loop may have been closed under it.

    def _fetch(self) -> None:
        while not self._stopped.is_set():
            try:
                with open_source(self._url) as source:
                    pace = _Pace()
                    for frame in source:
                        if self._stopped.wait(pace.wait_s(frame.at_s, time.monotonic())):
                            return
                        self._call(self._take, frame)
                problem = "The camera's video ended."
            except SourceError as error:
                problem = error.problem
            self._call(self._tell, "stalled", f"{problem} It is tried again.")
            self._stopped.wait(RETRY_S)

    def _call(self, act: object, *values: object) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, *values)  # type: ignore[arg-type]

    # In the event loop.

    def _take(self, frame: Frame) -> None:
        if self._stopped.is_set():
            return
        stamps = {"decoded_s": time.monotonic()}
        self._slot.put(ReceivedFrame(frame.luma, frame.at_s, frame.limited_range, stamps))
        self._tell("live", "The camera is on.")
        self._reader.wake()

    def _tell(self, state: Literal["connecting", "live", "stalled", "closed"], detail: str) -> None:
        if (state, detail) == self._told or (self._told is not None and self._told[0] == "closed"):
            return
        self._told = (state, detail)
        logger.log(
            logging.WARNING if state == "stalled" else logging.INFO,
            "source camera session=%s room=%s state=%s: %s",
            self.session_id,
            self.room.name,
            state,
            detail,
        )
        self.room.publish_status(Status(session=self.session_id, state=state, detail=detail, at_s=self.room.clock()))


class _Pace:
    """When to read a frame: a playlist brings seconds of video at once, which play at their own times."""

    def __init__(self) -> None:
        self._offset_s: float | None = None

    def wait_s(self, at_s: float, now_s: float) -> float:
        """Seconds from now until a frame is due."""
        if self._offset_s is None or now_s - at_s - self._offset_s > _LATE_S:
            self._offset_s = now_s - at_s
        return max(0.0, at_s + self._offset_s - now_s)
