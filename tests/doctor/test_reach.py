"""doctor/reach.py: a real server, reached, and reached by HTTP only."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from streamsign.doctor.check_result import CheckStatus
from streamsign.doctor.reach import reach
from streamsign.server.run import bind
from streamsign.settings import read_settings
from tests.server.conftest import Running, listening, serving


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A real server."""
    async with serving(read_settings(state_dir=tmp_path)) as found:
        yield found


@asynccontextmanager
async def _isolating(server: str) -> AsyncIterator[str]:
    """A path to the server with HTTP and without UDP: every candidate gets an unused address.

    As on a guest Wi-Fi, each side learns an address where its packets get lost (TEST-NET-1, RFC 5737).
    """
    app = FastAPI()

    def lost(sdp: str) -> str:
        return re.sub(r"(a=candidate:\S+ \d \S+ \d+) \S+", r"\1 192.0.2.77", sdp)

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def forward(path: str, request: Request) -> Response:
        kept = {name: value for name, value in request.headers.items() if name in ("authorization", "content-type")}
        async with httpx.AsyncClient(base_url=server) as http:
            body = lost((await request.body()).decode())
            answer = await http.request(request.method, f"/{path}?{request.url.query}", content=body, headers=kept)
        headers = {"Location": answer.headers["location"]} if "location" in answer.headers else {}
        return Response(lost(answer.text), answer.status_code, headers, answer.headers.get("content-type"))

    async with listening(uvicorn.Config(app, lifespan="off", log_config=None)) as address:
        yield f"http://{address}"


async def test_a_server_in_reach(running: Running) -> None:
    """HTTP and UDP both come through, and the camera of the check is gone afterwards."""
    found = await reach(running.url, running.server.access.publish_token)
    assert [(finding.about, finding.health) for finding in found] == [("HTTP", CheckStatus.OK), ("UDP", CheckStatus.OK)]
    assert len(running.cameras) == 0


async def test_http_without_udp_is_told_apart(running: Running) -> None:
    """Where pages load and pictures do not arrive, isolation and firewall are named with what to do."""
    async with _isolating(running.url) as url:
        http, udp = await reach(url, running.server.access.publish_token, ice_timeout_s=1.0)
    assert http.health is CheckStatus.OK
    assert udp.health is CheckStatus.FAILED
    assert "client isolation" in udp.next_step
    assert "firewall" in udp.next_step
    assert len(running.cameras) == 0


async def test_a_wrong_token_is_told(running: Running) -> None:
    """What could not be tried is not called fine."""
    found = await reach(running.url, "wrong")
    assert found[1].health is CheckStatus.FAILED
    assert "--token" in found[1].next_step


async def test_nobody_there_is_told() -> None:
    """A port where nothing answers, and a page of another program."""
    with bind("127.0.0.1", 0, "--port") as free:
        port = free.getsockname()[1]
    assert [finding.health for finding in await reach(f"http://127.0.0.1:{port}", "")] == [CheckStatus.FAILED]
    async with _isolating(f"http://127.0.0.1:{port}") as url:
        assert [finding.health for finding in await reach(url, "")] == [CheckStatus.FAILED]
