"""Virtual phones that send an encoded film by WHIP, and viewers that record the arrival of events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Any

import av
import httpx
from aiortc import MediaStreamTrack
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks.film import EncodedFilm
from streamsign.client.whip import WhipSession
from streamsign.errors import ConnectionFailed

CONNECT_TIMEOUT_S = 20.0
HOLD_S = 0.5
"""Pause after the first frame, so that a server reads it, and the time of its event is that of frame 0."""

_RTP_CLOCK = 90_000


class CameraTrack(MediaStreamTrack):  # type: ignore[misc]
    """Plays an encoded film in a loop, in real time; aiortc packs encoded frames without touching them.

    Frames depend on each other, so none is skipped: a late frame is sent late.

    Args:
        film: to play.
        first_key: number of the key frame it starts with, because synchronized cameras would distort the result.
    """

    kind = "video"

    def __init__(self, film: EncodedFilm, first_key: int = 0) -> None:
        super().__init__()
        self._film = film
        self._start = film.keys[first_key % len(film.keys)]
        self._began_s = 0.0
        self.sent_s: list[float] = []
        """When each frame left, Unix seconds."""
        self.late_s: list[float] = []
        """Delay of each frame's sending; a large one means that this machine is too slow to send."""

    def due_s(self, number: int) -> float:
        """When a frame is due, seconds after the first."""
        return HOLD_S + number / self._film.fps if number else 0.0

    async def recv(self) -> av.Packet[Any]:
        """The next frame, when it is due."""
        number = len(self.sent_s)
        if not number:
            self._began_s = time.time()
        due_s = self.due_s(number)
        await asyncio.sleep(self._began_s + due_s - time.time())
        frames = self._film.frames
        packet = av.Packet(frames[(self._start + number) % len(frames)])
        packet.pts, packet.time_base = round(due_s * _RTP_CLOCK), Fraction(1, _RTP_CLOCK)
        now_s = time.time()
        self.sent_s.append(now_s)
        self.late_s.append(now_s - self._began_s - due_s)
        return packet

    def frame_at(self, elapsed_s: float) -> int | None:
        """Number of the frame whose time on the film's clock this is; None when it was not sent (yet)."""
        number = max(0, round((elapsed_s - HOLD_S) * self._film.fps))
        return number if number < len(self.sent_s) else None


class Phone:
    """A camera session: :meth:`connect`, then one of the methods that end it.

    Args:
        http: client for the offer.
        url, token: of the server.
        room: where it sends to.
        track: what it sends.
        channels: open the data channels a phone's page opens: letters and outlines back, and the clock.
    """

    def __init__(
        self, http: httpx.AsyncClient, url: str, token: str, room: str, track: CameraTrack, *, channels: bool
    ) -> None:
        self._session = WhipSession(http, url, token, room=room, channels=channels)
        self.track = track

    async def connect(self) -> None:
        """Send the offer, and wait until the connection is established.

        Raises:
            ConnectionFailed: the server refuses, or no media path is found.
        """
        await self._session.offer(self.track)
        if not await self._session.wait_connected(CONNECT_TIMEOUT_S):
            raise ConnectionFailed(
                f"No media path came up in {CONNECT_TIMEOUT_S:.0f} s.", "Run it alone on the machine."
            )

    async def leave(self) -> None:
        """End like a page that stops: send DELETE to the server, and close."""
        await self._session.leave()

    async def hang_up(self) -> None:
        """End like a page that is closed: close the connection without a request."""
        await self._session.hang_up()

    async def vanish(self) -> None:
        """End like a phone that loses its network: send nothing more, and release local resources."""
        transport = self._session.peer.getSenders()[0].transport
        for protocol in transport.transport._connection._protocols:
            protocol.transport.abort()
        with contextlib.suppress(Exception):  # closing without a network raises various exceptions
            await asyncio.wait_for(self._session.hang_up(), 5)


@dataclass(slots=True)
class Viewer:
    """Watches a room's websocket.

    Attributes:
        events: (when it came in Unix seconds, capture time by the server's clock) of each partial and letter; those
            that were read before it came are left out.
        first: set when there is one.
    """

    url: str
    room: str
    token: str
    events: list[tuple[float, float]] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Viewer:
        greeted = asyncio.Event()
        self._task = asyncio.ensure_future(self._watch(greeted))
        waiting = asyncio.ensure_future(greeted.wait())
        await asyncio.wait([self._task, waiting], timeout=CONNECT_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not greeted.is_set():
            self._task.cancel()
            raise ConnectionFailed("The captions websocket does not greet.", "Run it alone on the machine.")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self, greeted: asyncio.Event) -> None:
        address = f"{self.url.replace('http', 'ws', 1)}/captions/{self.room}"
        newest = 0
        protocols = [Subprotocol("streamsign.v2"), Subprotocol(f"token.{self.token}")]
        async with connect(address, proxy=None, subprotocols=protocols) as connection:
            async for message in connection:
                came_s = time.time()
                event = json.loads(message)
                if event["type"] == "hello":
                    newest = event["last_seq"]
                elif event["type"] == "partial" or (event["type"] == "letter" and event["seq"] > newest):
                    self.events.append((came_s, event["captured_s"]))
                    self.first.set()
                greeted.set()


def event_delays_ms(viewer: Viewer, track: CameraTrack, began_s: float, ended_s: float) -> list[float]:
    """Milliseconds from a frame's leaving to its event, of the frames that left between two moments.

    The server runs on this computer, so the room's clock is the clock that the track reads. Events of frames before the
    hold was over are left out.
    """
    if not track.sent_s:
        return []
    numbered = ((came_s, track.frame_at(captured_s - track.sent_s[0])) for came_s, captured_s in viewer.events)
    left = ((came_s, track.sent_s[number]) for came_s, number in numbered if number)
    return [max(0.0, 1000 * (came_s - sent_s)) for came_s, sent_s in left if began_s <= sent_s < ended_s]


def sent_between(track: CameraTrack, began_s: float, ended_s: float) -> int:
    """How many frames left between two moments."""
    return bisect_right(track.sent_s, ended_s) - bisect_right(track.sent_s, began_s)
