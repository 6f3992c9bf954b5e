"""A WHIP proxy whose media goes through a relay that loses packets on purpose."""

from __future__ import annotations

import asyncio
import re
import threading
import time
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
Loses = Callable[[int], bool]
"""Whether the RTP packet of this number is lost; the camera's first packet is 1."""


class _Relay(asyncio.DatagramProtocol):
    """Passes datagrams between a camera and the server, but for the RTP and the RTCP that is to be lost."""

    def __init__(self, server: Address, loses: Loses, withhold_rtcp: bool) -> None:
        self._server, self._loses, self._withhold_rtcp = server, loses, withhold_rtcp
        self._camera: Address | None = None
        self._count = 0
        self.lost = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        media = 128 <= data[0] < 192  # RFC 7983
        rtcp = media and 192 <= data[1] < 224  # RFC 5761, section 4
        if addr == self._server:
            if self._camera is not None and not (rtcp and self._withhold_rtcp):
                self._transport.sendto(data, self._camera)
            return
        self._camera = addr
        if media and not rtcp:
            self._count += 1
            if self._loses(self._count):
                self.lost += 1
                return
        self._transport.sendto(data, self._server)


class LossyRelay:
    """What was lost so far, and the proxy's address."""

    def __init__(self, server: str, loses: Loses, withhold_rtcp: bool) -> None:
        self._server, self._loses, self._withhold_rtcp = server, loses, withhold_rtcp
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
        """Pass a request on without the camera's addresses, and stand in for the server's address in an answer."""
        passed = ("content-type", "authorization", "if-match")
        headers = {name: value for name, value in request.headers.items() if name in passed}
        async with httpx.AsyncClient(base_url=self._server) as http:
            target = f"{request.url.path}?{request.url.query}"
            body = re.sub(rb"a=candidate:.*\r?\n", b"", await request.body())  # or the server would reach it directly
            answer = await http.request(request.method, target, content=body, headers=headers)
        text = answer.text
        found = re.search(r"a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host", text)
        if found is not None:
            relay = _Relay((found[1], int(found[2])), self._loses, self._withhold_rtcp)
            self._relays.append(relay)
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: relay, local_addr=(found[1], 0))
            self._close.append(lambda: loop.call_soon_threadsafe(transport.close))
            port = transport.get_extra_info("sockname")[1]
            line = f"a=candidate:1 1 udp 2130706431 {found[1]} {port} typ host"
            text = re.sub(r"(a=candidate:.*\r\n)+", f"{line}\r\n", text)
        kept = {name: answer.headers[name] for name in ("location", "etag", "content-type") if name in answer.headers}
        return Response(text, answer.status_code, kept)


def one_after(seconds: float = 1.0) -> Loses:
    """Lose one packet: the first that arrives so many seconds after the first of all.

    One second is after the first key frame, and long before the next one of a sender that sends few.
    """
    began_s: float | None = None
    lost = False

    def loses(_: int) -> bool:
        nonlocal began_s, lost
        now_s = time.monotonic()
        began_s = now_s if began_s is None else began_s
        is_it = not lost and now_s - began_s >= seconds
        lost = lost or is_it
        return is_it

    return loses


@contextmanager
def lossy_relay(server: str, loses: Loses, *, withhold_rtcp: bool = False) -> Iterator[LossyRelay]:
    """A relay in front of a server.

    Args:
        server: its URL.
        loses: which RTP packets of the camera are lost.
        withhold_rtcp: also lose all RTCP to the camera, so that it sends no packet again and no key frame.
    """
    relay = LossyRelay(server, loses, withhold_rtcp)
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
