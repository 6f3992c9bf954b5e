"""A room's camera that the server fetches itself: a network camera by URL."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable

from streamsign.captions.room import CaptionRoom
from streamsign.errors import SourceError
from streamsign.recognition.frame import Frame
from streamsign.recognition.recognizer import Recognizer
from streamsign.sources import open_source
from streamsign.webrtc.announcer import State
from streamsign.webrtc.fair_share import Turns
from streamsign.webrtc.intake import FrameIntake, ReceivedFrame
from streamsign.webrtc.reader import StageObserver
from streamsign.webrtc.room_camera import RoomCamera

logger = logging.getLogger(__name__)

RETRY_S = 2.0
"""Pause before a camera that is gone is tried again; it is tried until the server ends."""

_LATE_S = 1.0
"""Delay from which frames are read at once, without a wait: a playlist that was stuck."""


class SourceCamera(RoomCamera):
    """Fetches a camera's frames and reads them into a room, until it is closed.

    A thread waits for the camera; the newest frame is read in the executor, as those of other cameras are.

    Args:
        session_id, room, recognizer, executor, observe, on_closed: see
            :class:`~streamsign.webrtc.room_camera.RoomCamera`.
        url: of the camera.
    """

    def __init__(
        self,
        session_id: str,
        room: CaptionRoom,
        recognizer: Recognizer,
        executor: Turns,
        url: str,
        *,
        observe: StageObserver,
        on_closed: Callable[[RoomCamera], None] = lambda _: None,
    ) -> None:
        frames = FrameIntake(self._wake)
        super().__init__(session_id, room, recognizer, executor, frames=frames, observe=observe, on_closed=on_closed)
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._fetch, name=f"source-{session_id}", daemon=True)

    def start(self) -> None:
        """Begin to fetch."""
        self._announce("connecting", "The server connects to the camera.")
        self._start(self._reader.run())
        self._thread.start()

    async def _disconnect(self) -> None:
        """Stop. A thread that still waits for the camera ends by itself when the camera's time-out is over."""
        self._stopped.set()
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
            self._call(self._announce, "stalled", f"{problem} It is tried again.")
            self._stopped.wait(RETRY_S)

    def _call(self, act: object, *values: object) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, *values)  # type: ignore[arg-type]

    # In the event loop.

    def _take(self, frame: Frame) -> None:
        if self._closing:
            return
        stamps = {"decoded_s": time.monotonic()}
        self._frames.put(ReceivedFrame(frame.luma, frame.at_s, frame.limited_range, stamps))
        self._announce("live", "")

    def _announce(self, state: State, detail: str) -> None:
        if not self._closing and self._announcer.publish(state, detail):
            logger.log(
                logging.WARNING if state == "stalled" else logging.INFO,
                "Network camera session=%s room=%s state=%s: %s",
                self.session_id,
                self.room.name,
                state,
                detail,
            )


class _Pace:
    """When to read a frame: a playlist brings seconds of video at once, which play at their own times."""

    def __init__(self) -> None:
        self._offset_s: float | None = None

    def wait_s(self, at_s: float, now_s: float) -> float:
        """Seconds from now until a frame is due."""
        if self._offset_s is None or now_s - at_s - self._offset_s > _LATE_S:
            self._offset_s = now_s - at_s
        return max(0.0, at_s + self._offset_s - now_s)
