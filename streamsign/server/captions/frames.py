"""uvicorn's websocket protocol, which also sends frames that were made beforehand, and limits received frames."""

from __future__ import annotations

import time
from typing import Any

from starlette.websockets import WebSocket
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from streamsign.captions.protocol import NOT_TEXT, TOO_BIG, TOO_MANY
from streamsign.server.http.unread import UnreadWatch
from streamsign.webrtc.pace import Pace

_EXTENSION = "streamsign.frames"

CONTROL_FRAMES_PER_S, CONTROL_FRAMES_AT_ONCE = 10.0, 50.0
"""Pings and pongs of a client (close code 4429). Programs send one every few seconds; each ping is answered."""

MAX_FRAGMENTS = 64
"""Frames of one message (close code 1009). The limit of a message's bytes does not count empty ones."""


class FrameProtocol(WebSocketsSansIOProtocol):
    """A websocket connection that takes whole frames.

    A frame that was made beforehand goes to the transport as it is, as ``websockets.broadcast()`` sends, without the
    layers that make a frame for one connection. This needs connections without compression and messages in one frame,
    as ours are.
    """

    send_s: float
    """Longest time in which the client takes nothing of what waits for it; :func:`frame_protocol` sets it."""

    _fragments = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to count control frames, and to watch whether the client reads."""
        super().connection_made(transport)
        self._unread = UnreadWatch(transport, self.send_s)
        self._control_frames = Pace(CONTROL_FRAMES_PER_S, CONTROL_FRAMES_AT_ONCE)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch."""
        self._unread.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Hold senders back, and watch whether the client reads."""
        super().pause_writing()
        self._unread.full = True

    def resume_writing(self) -> None:
        """Let senders go on."""
        super().resume_writing()
        self._unread.full = False

    def send_receive_event_to_app(self) -> None:
        """Pass a message on, unless it is a text that is not UTF-8."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._refuse(NOT_TEXT, "A text message has to be UTF-8.")
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Answer a ping, unless there are too many: a client that does not read would fill the memory with answers."""
        if self._allows_control():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Take a pong, unless there are too many."""
        if self._allows_control():
            super().handle_pong(event)

    def handle_text(self, event: Frame) -> None:
        """Begin a message."""
        self._fragments = 1
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """Begin a message."""
        self._fragments = 1
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """Continue a message, unless it has too many parts."""
        self._fragments += 1
        if self._fragments <= MAX_FRAGMENTS:
            super().handle_cont(event)
        else:
            self._refuse(TOO_BIG, f"A message may have {MAX_FRAGMENTS} frames.")

    def _allows_control(self) -> bool:
        """Whether another control frame is within the rate; else close the connection."""
        if self._control_frames.wait_s(time.monotonic()) > 0:
            self._refuse(TOO_MANY, f"A client may send {CONTROL_FRAMES_PER_S:.0f} pings a second.")
            return False
        return True

    def _refuse(self, code: int, reason: str) -> None:
        """Close the connection at once. Frames that follow are ignored."""
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.fail(code, reason)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    def handle_connect(self, event: Any) -> None:
        """Offer the connection to the application as an extension of ASGI."""
        super().handle_connect(event)
        if hasattr(self, "scope"):  # the handshake was not refused
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[_EXTENSION] = {"protocol": self}

    @property
    def can_send(self) -> bool:
        """Whether the transport takes a frame now."""
        return self.writable.is_set() and not self.close_sent and not self.transport.is_closing()

    def send_now(self, frame: bytes) -> None:
        """Send a frame; only while :attr:`can_send`."""
        self.transport.write(frame)

    async def send_frame(self, frame: bytes) -> None:
        """Send a frame when the transport takes more.

        Raises:
            ClientDisconnected: the connection has ended, or ends.
        """
        if not self.writable.is_set():
            await self.writable.wait()
        if self.close_sent or self.transport.is_closing():  # the end of a handshake to close, or a lost connection
            raise ClientDisconnected
        self.transport.write(frame)


def frame_protocol(send_s: float) -> type[FrameProtocol]:
    """The protocol with that timeout; uvicorn makes one of it for each connection."""
    return type(FrameProtocol.__name__, (FrameProtocol,), {"send_s": send_s})


def frames_of(socket: WebSocket) -> FrameProtocol:
    """The connection of a websocket.

    Raises:
        RuntimeError: the server does not use :class:`FrameProtocol`.
    """
    extension = socket.scope.get("extensions", {}).get(_EXTENSION)
    if extension is None:
        raise RuntimeError("the server's websocket protocol is not FrameProtocol; see listener_config")
    protocol = extension["protocol"]
    assert isinstance(protocol, FrameProtocol)  # noqa: S101 - it adds itself
    return protocol
