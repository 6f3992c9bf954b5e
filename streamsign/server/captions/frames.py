"""uvicorn's websocket protocol, which also sends frames that were made beforehand."""

from __future__ import annotations

from typing import Any

from starlette.websockets import WebSocket
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_EXTENSION = "streamsign.frames"


class FrameProtocol(WebSocketsSansIOProtocol):
    """A websocket connection that takes whole frames.

    A frame of our own goes to the transport as it is, as ``websockets.broadcast()`` sends: the layers between, which
    make a frame for one connection, take twice as long as the system's call. It needs connections without compression
    and messages that are not fragmented, as ours are.
    """

    def handle_connect(self, event: Any) -> None:
        """Offer the connection to the application as an extension of ASGI."""
        super().handle_connect(event)
        if hasattr(self, "scope"):  # the handshake was not refused
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[_EXTENSION] = {"protocol": self}

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
