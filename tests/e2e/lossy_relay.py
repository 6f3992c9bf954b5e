"""A WHIP proxy whose media goes through a relay that loses packets on purpose."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Address = tuple[str, int]


class _Relay(asyncio.DatagramProtocol):
    """Passes datagrams between a camera and the server, but for every nth RTP packet of the camera's."""

    def __init__(self, server: Address, every: int) -> None:
        self._server, self._every = server, every
        self._camera: Address | None = None
        self._count = 0
        self.lost = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr == self._server:
            if self._camera is not None:
                self._transport.sendto(data, self._camera)
            return
        self._camera = addr
        if 128 <= data[0] < 192 and not 192 <= data[1] < 224:  # RTP, not RTCP (RFC 5761 section 4)
            self._count += 1
            if self._count % self._every == 0:
                self.lost += 1
                return
        self._transport.sendto(data, self._server)


class LossyRelay:
    """What was lost so far, and the proxy's address."""

    def __init__(self, server: str, every: int) -> None:
        self._server, self._every = server, every
        self.url = ""
        self._relays: list[_Relay] = []
        self._close: list[Callable[[], object]] = []

    def close(self) -> None:
        """Close the relays."""
        for close in self._close:
            close()

    @property
    def lost(self) -> int:
        """RTP packets that were not passed on."""
        return sum(relay.lost for relay in self._relays)

    async def handle(self, request: Request) -> Response:
        """Pass a request on, and stand in for the server's address in an answer."""
        passed = ("content-type", "authorization", "if-match")
        headers = {name: value for name, value in request.headers.items() if name in passed}
        async with httpx.AsyncClient(base_url=self._server) as http:
            target = f"{request.url.path}?{request.url.query}"
            answer = await http.request(request.method, target, content=await request.body(), headers=headers)
        text = answer.text
        found = re.search(r"a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host", text)
        if found is not None:
            relay = _Relay((found[1], int(found[2])), self._every)
            self._relays.append(relay)
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: relay, local_addr=(found[1], 0))
            self._close.append(lambda: loop.call_soon_threadsafe(transport.close))
            port = transport.get_extra_info("sockname")[1]
            line = f"a=candidate:1 1 udp 2130706431 {found[1]} {port} typ host"
            text = re.sub(r"(a=candidate:.*\r\n)+", f"{line}\r\n", text)
        kept = {name: answer.headers[name] for name in ("location", "etag", "content-type") if name in answer.headers}
        return Response(text, answer.status_code, kept)


@contextmanager
def lossy_relay(server: str, every: int) -> Iterator[LossyRelay]:
    """A relay in front of a server.

    Args:
        server: its URL.
        every: each RTP packet of this number from the camera is lost.
    """
    relay = LossyRelay(server, every)
    routes: list[Any] = [Route("/{path:path}", relay.handle, methods=["POST", "PATCH", "DELETE"])]
    proxy = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=proxy.run)
    thread.start()
    try:
        while not proxy.started:
            thread.join(0.02)
        relay.url = f"http://127.0.0.1:{proxy.servers[0].sockets[0].getsockname()[1]}"
        yield relay
    finally:
        relay.close()
        proxy.should_exit = True
        thread.join()
