"""server/http/body_limit.py: large bodies are rejected before they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from streamsign.server.http.body_limit import MAX_BODY_BYTES
from streamsign.server.http.problems import MEDIA_TYPE
from tests.server.conftest import Running

JSON = {"Content-Type": "application/json"}


async def test_a_body_over_the_limit_is_rejected(running: Running) -> None:
    """An announced length and a chunked body are answered with 413; the limit itself is accepted."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 1):
            yield b" " * 1024

    for body in (b" " * (MAX_BODY_BYTES + 1), chunks()):
        answer = await running.http.post("/pair", content=body, headers=JSON)
        assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")
        assert answer.headers["content-type"] == MEDIA_TYPE
    assert (await running.http.post("/pair", content=b" " * MAX_BODY_BYTES, headers=JSON)).status_code == 422


async def test_an_offer_may_be_larger(running: Running) -> None:
    """WHIP has a separate limit."""
    most = running.server.settings.max_sdp_bytes
    for size, status in ((most, 400), (most + 1, 413)):
        assert (await running.http.post("/whip", content=b"v" * size, headers=running.auth)).status_code == status


async def test_an_absurd_length_is_rejected_before_the_body(running: Running) -> None:
    """A Content-Length of many digits is answered with 413 although no byte of the body was sent."""
    host, _, port = running.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /pair HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {'9' * 18}\r\n\r\n".encode())
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
