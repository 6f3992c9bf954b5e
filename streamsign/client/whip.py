"""The connection of a camera to a streamsign server: an offer by WHIP (RFC 9725), media and data channels by WebRTC."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from urllib.parse import urlencode, urljoin

import httpx
from aiortc import MediaStreamTrack, RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from pydantic import ValidationError

from streamsign.captions.events import Event, Move, Ping, Pong, event_adapter
from streamsign.captions.protocol import CLOCK_CHANNEL, LETTERS_CHANNEL
from streamsign.client.tls import untrusted
from streamsign.errors import AccessDenied, ConnectionFailed

HOW_TO_PUBLISH = (
    "Pass a token that may send a camera to this room with --token: on the server's computer, `streamsign link publish "
    "--room ROOM` prints one (of a cluster with --nats ADDRESS)."
)
"""What to do about a missing token, or one that a server refuses."""


class WhipSession:
    """One camera session. Call :meth:`offer`, then :meth:`wait_connected`, and :meth:`leave` at the end.

    Args:
        http: client for the offer; a server with a certificate of its own needs one that accepts it.
        url: the server, e.g. ``http://127.0.0.1:8080``.
        token: the server's publish token, or one of ``streamsign link publish``.
        room: name of the room.
        channels: open the data channels a phone's page opens: events of the room, and the clock exchange.
        on_event: called with each event that the server sends; needs ``channels``.
        former: name of this camera's former session, which ends; empty for none.
        moving: whether the former session still sends, and ends only when this one is read.

    Attributes:
        peer: the WebRTC connection.
        name: by which the room's events call the session; empty before the answer.
        ended: set when the connection failed or was closed.
        moves: set when the server asks the camera to connect again, which it may repeat.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        token: str,
        *,
        room: str = "main",
        channels: bool = True,
        on_event: Callable[[Event], None] | None = None,
        former: str = "",
        moving: bool = False,
    ) -> None:
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._channels = channels
        self._on_event = on_event
        self._query = {"room": room}
        if former:
            self._query |= {"former": former, "moving": str(moving).lower()}
        self._session: str | None = None
        self._etag = ""
        self.name = ""
        self._pinged_s: float | None = None
        self.moves = asyncio.Event()
        self._connected = asyncio.Event()
        self.ended = asyncio.Event()
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.on("connectionstatechange", self._changed)

    async def offer(self, track: MediaStreamTrack) -> None:
        """Offer a video track and take the answer in. Media connects in the background.

        Raises:
            AccessDenied: the server refuses the token.
            ConnectionFailed: the server cannot be reached, or refuses the camera.
        """
        self.peer.addTrack(track)
        if self._channels:
            self.peer.createDataChannel(LETTERS_CHANNEL).on("message", self._take_event)
            clock = self.peer.createDataChannel(CLOCK_CHANNEL, ordered=False, maxRetransmits=0)
            clock.on("message", lambda text: self._take_ping(clock, text))
        await self.peer.setLocalDescription(await self.peer.createOffer())
        answer = await self._post(self.peer.localDescription.sdp)
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def wait_connected(self, timeout_s: float) -> bool:
        """Whether media can flow before the time is over and the connection has not failed."""
        await wait_first(self._connected, self.ended, timeout_s=timeout_s)
        return self._connected.is_set()

    @property
    def silent_s(self) -> float:
        """Seconds since the server sent anything; 0 before its first ping, as not every server sends them."""
        return 0.0 if self._pinged_s is None else time.monotonic() - self._pinged_s

    async def is_gone(self, timeout_s: float) -> bool:
        """Whether the server answers in time that it does not have the session; asked with an empty trickle request."""
        if self._session is None:
            return False
        headers = {**self._headers, "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": self._etag}
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._http.patch(self._session, content=b"", headers=headers)
        except (TimeoutError, httpx.HTTPError):
            return False
        return answer.status_code == 404

    async def leave(self) -> None:
        """Delete the session on the server, and close the connection. May be called at any point."""
        if self._session is not None:
            with contextlib.suppress(httpx.HTTPError):  # the server notices a closed connection by itself
                await self._http.delete(self._session, headers=self._headers)
            self._session = None
        await self.hang_up()

    async def hang_up(self) -> None:
        """Close the connection without a word to the server, as a page does that is closed."""
        await self.peer.close()

    def _changed(self) -> None:
        if self.peer.connectionState == "connected":
            self._connected.set()
        elif self.peer.connectionState in ("failed", "closed"):
            self.ended.set()

    def _take_event(self, text: str | bytes) -> None:
        if self._pinged_s is not None:
            self._pinged_s = time.monotonic()
        try:
            event = event_adapter.validate_json(text)
        except ValidationError:  # for cameras only, or of a newer server
            with contextlib.suppress(ValidationError):
                Move.model_validate_json(text)
                self.moves.set()
            return
        if self._on_event is not None:
            self._on_event(event)

    def _take_ping(self, clock: RTCDataChannel, text: str | bytes) -> None:
        self._pinged_s = time.monotonic()
        answer_ping(clock, text)

    async def _post(self, sdp: str) -> str:
        target = f"{urljoin(self._url, '/whip')}?{urlencode(self._query)}"
        try:
            headers = {**self._headers, "Content-Type": "application/sdp"}
            answer = await self._http.post(target, content=sdp, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if (mistrust := untrusted(self._url, error)) is not None:
                raise mistrust from error
            raise ConnectionFailed(
                f"{self._url} cannot be reached: {error or type(error).__name__}.",
                "Start the server with `streamsign serve`, and check the address.",
            ) from error
        if answer.status_code in (401, 403):
            raise AccessDenied(f"{self._url} refuses the token: {refusal(answer)}", HOW_TO_PUBLISH)
        if answer.status_code != 201:
            raise ConnectionFailed(
                f"{self._url} refuses the camera ({answer.status_code}): {refusal(answer)}",
                "Check that the address is a streamsign server of the same version and that it has room for a camera.",
            )
        location = answer.headers.get("Location")
        self._session = urljoin(target, location) if location else None
        self.name = answer.headers.get("Streamsign-Session", "")
        self._etag = answer.headers.get("ETag", "")
        return answer.text


def refusal(answer: httpx.Response) -> str:
    """What an error response says is wrong: the detail of problem details (RFC 9457), else the start of its body."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text.strip()[:200]


def answer_ping(clock: RTCDataChannel, text: str | bytes) -> None:
    """Answer a ping of the server's clock exchange with the times at which it came and the answer left."""
    received_s = time.time()
    with contextlib.suppress(ValidationError):
        ping = Ping.model_validate_json(text)
        clock.send(Pong(id=ping.id, received_s=received_s, answered_s=time.time()).model_dump_json())


async def wait_first(*events: asyncio.Event, timeout_s: float) -> None:
    """Wait until one of the events is set, or the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
