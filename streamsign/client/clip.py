"""A virtual camera: a track that plays a clip."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Protocol

import numpy as np
from aiortc import MediaStreamTrack
from av import VideoFrame
from numpy.typing import NDArray

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
        self._began: list[float] = []  # empty or one time of the loop, shared with the tracks of again()
        self.ended = asyncio.Event()

    def again(self) -> ClipTrack:
        """Another track that plays the same clip on the same clock: what another connection sends at the same time."""
        other = ClipTrack(self._clip)
        other._began, other.ended = self._began, self.ended
        return other

    async def recv(self) -> VideoFrame:
        """The frame that is due next, stamped with its place on the clip's clock."""
        loop = asyncio.get_running_loop()
        if not self._began:
            self._began.append(loop.time())
        elapsed = loop.time() - self._began[0]
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
