"""A virtual phone: sends a film to a streamsign server over WebRTC, by WHIP (RFC 9725), as a real camera would."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from fractions import Fraction
from urllib.parse import urlencode, urljoin

import httpx
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av import VideoFrame
from pydantic import ValidationError

from streamsign.captions.events import Event, Ping, Pong, event_adapter
from streamsign.demo.video import Film
from streamsign.errors import AccessDenied, ConnectionFailed
from streamsign.webrtc.clock import CHANNEL as CLOCK_CHANNEL

LETTERS_CHANNEL = "letters"
"""Label of the data channel on which the server sends the room's events."""

CONNECT_TIMEOUT_S = 10.0
LINGER_S = 1.0
"""How long the camera stays on after the last frame, for letters still on their way."""

_CLOCK = 90_000  # RTP video clock, Hz (RFC 3551)


class FilmTrack(MediaStreamTrack):  # type: ignore[misc]
    """A camera that plays a film once in real time, then holds its last picture.

    A frame that is due while the machine is busy is skipped, as by a camera; time never stretches.
    """

    kind = "video"

    def __init__(self, film: Film) -> None:
        super().__init__()
        self._film = film
        self._next = 0
        self._began: float | None = None
        self.ended = asyncio.Event()

    async def recv(self) -> VideoFrame:
        """The frame that is due next, stamped with its place on the film's clock."""
        loop = asyncio.get_running_loop()
        if self._began is None:
            self._began = loop.time()
        elapsed = loop.time() - self._began
        number = max(self._next, int(elapsed * self._film.fps))
        await asyncio.sleep(max(0.0, number / self._film.fps - elapsed))
        self._next = number + 1
        last = len(self._film.pictures) - 1
        if number >= last:
            self.ended.set()
        picture = await asyncio.to_thread(self._film.picture, min(number, last))
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts = round(number / self._film.fps * _CLOCK)
        frame.time_base = Fraction(1, _CLOCK)
        return frame


async def publish(
    url: str,
    film: Film,
    *,
    token: str,
    room: str = "main",
    on_event: Callable[[Event], None] | None = None,
    linger_s: float = LINGER_S,
) -> list[Event]:
    """Play a film into a room of a streamsign server.

    Args:
        url: the server, e.g. ``http://127.0.0.1:8080``.
        film: what the camera sees; played once, in real time.
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
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track = FilmTrack(film)
    up, lost = asyncio.Event(), asyncio.Event()

    @peer.on("connectionstatechange")  # type: ignore[untyped-decorator]
    def _changed() -> None:
        if peer.connectionState == "connected":
            up.set()
        elif peer.connectionState in ("failed", "closed"):
            lost.set()

    channel = peer.createDataChannel(LETTERS_CHANNEL)

    @channel.on("message")  # type: ignore[untyped-decorator]
    def _message(text: str | bytes) -> None:
        try:
            event = event_adapter.validate_json(text)
        except ValidationError:  # a newer server may send more than this version knows
            return
        events.append(event)
        if on_event is not None:
            on_event(event)

    clock = peer.createDataChannel(CLOCK_CHANNEL, ordered=False, maxRetransmits=0)

    @clock.on("message")  # type: ignore[untyped-decorator]
    def _ping(text: str | bytes) -> None:
        received_s = time.time()
        with contextlib.suppress(ValidationError):
            ping = Ping.model_validate_json(text)
            clock.send(Pong(id=ping.id, received_s=received_s, answered_s=time.time()).model_dump_json())

    session: str | None = None
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S, headers=headers) as http:
        try:
            peer.addTrack(track)
            await peer.setLocalDescription(await peer.createOffer())
            answer, session = await _offer(http, url, room, peer.localDescription.sdp)
            await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            if not await _first(up, lost, CONNECT_TIMEOUT_S):
                raise ConnectionFailed(
                    f"{url} answered, but no WebRTC media path came up in {CONNECT_TIMEOUT_S:.0f} s.",
                    "Check that UDP between this machine and the server is not blocked.",
                )
            # The slack is for a machine that starts slowly; frames themselves are never late, they are skipped.
            if not await _first(track.ended, lost, film.duration_s + CONNECT_TIMEOUT_S):
                raise ConnectionFailed(
                    f"The connection to {url} ended before the film did.", "Look at the server's log for the reason."
                )
            await asyncio.sleep(linger_s)
        finally:
            track.stop()
            await peer.close()
            if session is not None:
                with contextlib.suppress(httpx.HTTPError):  # the server notices a closed connection by itself
                    await http.delete(session)
    return events


async def _offer(http: httpx.AsyncClient, url: str, room: str, sdp: str) -> tuple[str, str | None]:
    target = f"{urljoin(url, '/whip')}?{urlencode({'room': room})}"
    try:
        answer = await http.post(target, content=sdp, headers={"Content-Type": "application/sdp"})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectionFailed(
            f"{url} cannot be reached: {error or type(error).__name__}.",
            "Start the server with `streamsign serve`, and check the address.",
        ) from error
    if answer.status_code in (401, 403):
        raise AccessDenied(
            f"{url} refuses the publish token.",
            "Give the content of the file publish-token in the server's state folder with --token.",
        )
    if answer.status_code != 201:
        raise ConnectionFailed(
            f"{url} refuses the camera: {answer.status_code} {answer.text.strip()[:200]}.",
            "Check that the address is a streamsign server of the same version.",
        )
    location = answer.headers.get("Location")
    return answer.text, urljoin(target, location) if location else None


async def _first(wanted: asyncio.Event, unwanted: asyncio.Event, timeout_s: float) -> bool:
    waits = [asyncio.ensure_future(wanted.wait()), asyncio.ensure_future(unwanted.wait())]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        return wanted.is_set()
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
