"""A virtual camera: plays a clip into a room of a streamsign server, as a phone would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

import httpx
import numpy as np
from aiortc import MediaStreamTrack
from av import VideoFrame
from numpy.typing import NDArray

from streamsign.captions.events import Event
from streamsign.client.whip import WhipSession, wait_first
from streamsign.errors import ConnectionFailed

CONNECT_TIMEOUT_S = 10.0
LINGER_S = 1.0
"""How long the camera stays on after the last frame, for letters still on their way."""

_CLOCK = 90_000  # RTP video clock, Hz (RFC 3551)


class Clip(Protocol):
    """Frames at a fixed rate that can be played."""

    @property
    def fps(self) -> float:
        """Frames a second."""

    def __len__(self) -> int:
        """Number of frames, at least one."""

    def picture(self, number: int) -> NDArray[np.uint8]:
        """Frame ``number``, counted from 0, as (height, width, 3) uint8 BGR. Called in another thread."""


class ClipTrack(MediaStreamTrack):  # type: ignore[misc]
    """A camera that plays a clip once in real time, then holds its last picture.

    A frame that is due while the machine is busy is left out, as by a camera; time never stretches.
    """

    kind = "video"

    def __init__(self, clip: Clip) -> None:
        super().__init__()
        self._clip = clip
        self._next = 0
        self._began: float | None = None
        self.ended = asyncio.Event()

    async def recv(self) -> VideoFrame:
        """The frame that is due next, stamped with its place on the clip's clock."""
        loop = asyncio.get_running_loop()
        if self._began is None:
            self._began = loop.time()
        elapsed = loop.time() - self._began
        number = max(self._next, int(elapsed * self._clip.fps))
        await asyncio.sleep(max(0.0, number / self._clip.fps - elapsed))
        self._next = number + 1
        last = len(self._clip) - 1
        if number >= last:
            self.ended.set()
        picture = await asyncio.to_thread(self._clip.picture, min(number, last))
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts = round(number / self._clip.fps * _CLOCK)
        frame.time_base = Fraction(1, _CLOCK)
        return frame


async def publish(
    url: str,
    clip: Clip,
    *,
    token: str,
    room: str = "main",
    on_event: Callable[[Event], None] | None = None,
    linger_s: float = LINGER_S,
) -> list[Event]:
    """Play a clip into a room of a streamsign server.

    Args:
        url: the server, e.g. ``http://127.0.0.1:8080``.
        clip: what the camera sees; played once, in real time.
        token: the server's publish token.
        room: name of the room.
        on_event: called with each event the server sends back.
        linger_s: seconds to stay connected after the last frame.

    Returns:
        The events the server sent over the data channel, in order.

    Raises:
        AccessDenied: the server refuses the token.
        ConnectionFailed: the server cannot be reached, refuses the offer, or no media path comes up.
    """
    events: list[Event] = []

    def take(event: Event) -> None:
        events.append(event)
        if on_event is not None:
            on_event(event)

    track = ClipTrack(clip)
    async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S) as http:
        session = WhipSession(http, url, token, room=room, on_event=take)
        try:
            await session.offer(track)
            if not await session.wait_connected(CONNECT_TIMEOUT_S):
                raise ConnectionFailed(
                    f"{url} answered, but no WebRTC media path came up in {CONNECT_TIMEOUT_S:.0f} s.",
                    "Check that UDP between this machine and the server is not blocked.",
                )
            # The slack is for a machine that starts slowly; frames themselves are never late, they are left out.
            await wait_first(track.ended, session.ended, len(clip) / clip.fps + CONNECT_TIMEOUT_S)
            if not track.ended.is_set():
                raise ConnectionFailed(
                    f"The connection to {url} ended before the clip did.", "Look at the server's log for the reason."
                )
            await asyncio.sleep(linger_s)
        finally:
            track.stop()
            await session.leave()
    return events
