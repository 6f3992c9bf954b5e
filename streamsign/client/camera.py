"""A virtual camera: plays a clip into a room of a streamsign server, as a phone would."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import httpx

from streamsign.captions.events import Event, Hello, KeptEvent
from streamsign.client.clip import Clip, ClipTrack
from streamsign.client.tls import tls_context
from streamsign.client.whip import WhipSession, wait_first
from streamsign.errors import ConnectionFailed

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 10.0
LINGER_S = 1.0
"""How long the camera stays on after the last frame, for letters still on their way."""

SILENT_S = 1.5
"""Silence of the server, which pings more often, after which the camera connects again."""

ASK_S = 0.75
"""Silence after which the server is asked for the session: a gateway knows at once that its worker was killed."""

GIVE_UP_S = 10.0
"""Time for which the camera tries to connect again."""

AGAIN_S = 0.5
"""Pause between two attempts."""

LEAVE_S = 5.0
"""Time that the server has to end the former connection of a camera that moved; the camera closes it then."""

_LOOK_EVERY_S = 0.1


async def publish(
    url: str,
    clip: Clip,
    *,
    token: str,
    room: str = "main",
    on_event: Callable[[Event], None] | None = None,
    linger_s: float = LINGER_S,
    ca_file: Path | None = None,
    insecure: bool = False,
) -> list[Event]:
    """Play a clip into a room of a streamsign server.

    A lost connection is made again. Where the server asks for it, the camera connects again and keeps its former
    connection until the server ends it, so that no letter is lost.

    Args:
        url: the server, e.g. ``http://127.0.0.1:8080``.
        clip: what the camera sees; played once, in real time.
        token: the server's publish token, or one of ``streamsign link publish``.
        room: name of the room.
        on_event: called with each event the server sends back; kept events that are sent again are left out.
        linger_s: seconds to stay connected after the last frame.
        ca_file: certificate of the authority that signed the server's certificate, as PEM.
        insecure: accept any certificate; the token could then be read by anybody on the network.

    Returns:
        The events the server sent over the data channel, in order.

    Raises:
        AccessDenied: the server refuses the token.
        ConnectionFailed: the server cannot be reached or refuses the offer, its certificate is not trusted, no media
            path comes up, or the clip cannot be sent in time.
    """
    heard = _Heard(on_event)
    async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S, verify=tls_context(ca_file, insecure)) as http:
        camera = _ClipCamera(http, url, token, room, ClipTrack(clip), heard.take)
        try:
            await camera.connect()
            # The slack is for a machine that starts slowly; frames themselves are never late, they are left out.
            async with asyncio.timeout(len(clip) / clip.fps + CONNECT_TIMEOUT_S + GIVE_UP_S):
                await camera.play()
            await asyncio.sleep(linger_s)
        except TimeoutError as error:
            raise ConnectionFailed(
                f"The clip could not be sent to {url} in time.", "Look at the server's log for the reason."
            ) from error
        finally:
            await camera.leave()
    return heard.events


class _Heard:
    """The events of a room over several connections, without those that were sent before."""

    def __init__(self, on_event: Callable[[Event], None] | None) -> None:
        self.events: list[Event] = []
        self._on_event = on_event
        self._log_id, self._seq = "", 0

    def take(self, event: Event) -> None:
        """Note an event."""
        if isinstance(event, Hello):
            if event.log_id != self._log_id:
                self._log_id, self._seq = event.log_id, 0
        elif isinstance(event, KeptEvent):
            if event.seq <= self._seq:
                return
            self._seq = event.seq
        self.events.append(event)
        if self._on_event is not None:
            self._on_event(event)


class _ClipCamera:
    """Sends a clip over one session after another."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        token: str,
        room: str,
        track: ClipTrack,
        take: Callable[[Event], None],
    ) -> None:
        self._http, self._url, self._token, self._room, self._take = http, url, token, room, take
        self._track = track
        self._session: WhipSession | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def connect(self, *, moving: bool = False) -> None:
        """Connect, and close the former connection: at once, or if the camera moves when the server has ended it.

        Raises:
            AccessDenied, ConnectionFailed: see :func:`publish`. The former connection stays.
        """
        former, before = self._session, self._track
        name = former.name if former is not None else ""
        track = before if former is None else before.again()
        session = WhipSession(
            self._http, self._url, self._token, room=self._room, on_event=self._take, former=name, moving=moving
        )
        try:
            await session.offer(track)
            if not await session.wait_connected(CONNECT_TIMEOUT_S):
                raise ConnectionFailed(
                    f"{self._url} answered, but no WebRTC media path came up in {CONNECT_TIMEOUT_S:.0f} s.",
                    "Check that UDP between this machine and the server is not blocked.",
                )
        except BaseException:
            if former is not None:
                track.stop()
            await session.leave()
            raise
        self._session, self._track = session, track
        if former is not None:
            leaving = asyncio.ensure_future(_hang_up(former, before, LEAVE_S if moving else 0))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def play(self) -> None:
        """Wait until the clip has ended, and connect again whenever that is necessary.

        Raises:
            AccessDenied, ConnectionFailed: that was not possible.
        """
        while not self._track.ended.is_set():
            session = self._session
            assert session is not None  # noqa: S101 - play comes after connect
            await wait_first(self._track.ended, session.ended, session.moves, timeout_s=_LOOK_EVERY_S)
            if self._track.ended.is_set():
                return
            if session.ended.is_set() or session.silent_s > SILENT_S or await _is_gone(session):
                logger.info("The connection to %s was lost; the camera connects again", self._url)
                await self._connect_again()
            elif session.moves.is_set():
                session.moves.clear()
                try:
                    await self.connect(moving=True)
                except ConnectionFailed as error:  # the server asks again
                    logger.info("%s", error.problem)

    async def _connect_again(self) -> None:
        until_s = asyncio.get_running_loop().time() + GIVE_UP_S
        while True:
            try:
                return await self.connect()
            except ConnectionFailed:
                if asyncio.get_running_loop().time() >= until_s:
                    raise
            await asyncio.sleep(AGAIN_S)

    async def leave(self) -> None:
        """End the session."""
        self._track.stop()
        if self._session is not None:
            await self._session.leave()
        for leaving in self._leaving:
            leaving.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)


async def _is_gone(session: WhipSession) -> bool:
    return session.silent_s > ASK_S and await session.is_gone(SILENT_S - ASK_S)


async def _hang_up(session: WhipSession, track: ClipTrack, wait_s: float) -> None:
    try:
        if wait_s:
            await wait_first(session.ended, timeout_s=wait_s)
    finally:
        track.stop()
        await session.hang_up()
