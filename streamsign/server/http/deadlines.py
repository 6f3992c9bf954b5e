"""HTTP connections with deadlines: one that sends nothing, drips, or does not read is not held for long."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from streamsign.server.http.unread import UnreadWatch
from streamsign.settings import Settings

_open_by_address: Counter[str] = Counter()


class DeadlineProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, with a deadline for each header and body, and limits of connections.

    :func:`deadline_protocol` gives one with limits of its own.
    """

    header_s: float
    """Longest time from the opening of a connection, or the end of a response, to a whole request header."""

    body_s: float
    """Longest time from the header to the end of the request body."""

    send_s: float
    """Longest time in which the client takes nothing of an answer."""

    max_connections: int
    """HTTP connections at a time, websockets not among them. One more is closed at once."""

    max_per_address: int
    """HTTP connections at a time from one address. Loopback is exempt, because a reverse proxy connects from there."""

    _deadline: asyncio.TimerHandle | None = None
    _address = ""
    _unread: UnreadWatch | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and wait for its first header."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if _open_by_address.total() >= self.max_connections or (
            not address.startswith("127.") and address != "::1" and _open_by_address[address] >= self.max_per_address
        ):
            transport.abort()
            return
        self._address = address
        _open_by_address[address] += 1
        self._wait(self.header_s)
        self._unread = UnreadWatch(transport, self.send_s)

    def pause_writing(self) -> None:
        """Begin to watch whether the client reads."""
        super().pause_writing()
        if self._unread is not None:
            self._unread.full = True

    def resume_writing(self) -> None:
        """Note that the client reads."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.full = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection out."""
        self._leave()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Extend the deadline when a header or a body is complete."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not None and self.cycle is not before and self.cycle.more_body:
            self._wait(self.body_s)
        elif self.cycle is not None and not self.cycle.more_body:
            self._stop_waiting()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Leave the connection to the websocket, which has limits of its own."""
        self._leave()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """Wait for the next header."""
        self._wait(self.header_s)
        super().on_response_complete()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _leave(self) -> None:
        self._stop_waiting()
        if self._unread is not None:
            self._unread.stop()
        if self._address:
            _open_by_address[self._address] -= 1
            if not _open_by_address[self._address]:
                del _open_by_address[self._address]
            self._address = ""


def deadline_protocol(settings: Settings) -> type[DeadlineProtocol]:
    """The protocol with the limits of the settings; uvicorn makes one of it for each connection."""
    return type(
        DeadlineProtocol.__name__,
        (DeadlineProtocol,),
        {
            "header_s": settings.header_timeout_s,
            "body_s": settings.body_timeout_s,
            "send_s": settings.send_timeout_s,
            "max_connections": settings.max_connections,
            "max_per_address": settings.connections_per_address,
        },
    )
