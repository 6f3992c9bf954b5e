"""docs/examples/proxy: a visitor behind a real nginx or Caddy gets nothing without a token, and everything with one."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from streamsign.server.grants.guesses import Guesses
from streamsign.settings import read_settings
from tests.conftest import ROOT
from tests.proxies import NAME, caddy, nginx
from tests.server.conftest import Running, serving
from tests.server.refused import REFUSED

EXAMPLES = ROOT / "docs" / "examples" / "proxy"

# nginx with `proxy_pass` alone: it sends Host: 127.0.0.1:8080 and no address of the client.
BARE_NGINX = """
server {
    listen 443 ssl;
    server_name captions.example.org;
    ssl_certificate     /etc/ssl/captions.example.org.pem;
    ssl_certificate_key /etc/ssl/captions.example.org.key;
    location / { proxy_pass http://127.0.0.1:8080; }
}
"""


PROXIES = {
    "nginx": lambda *given: nginx((EXAMPLES / "nginx.conf").read_text(), *given),
    "bare nginx": lambda *given: nginx(BARE_NGINX, *given),
    "caddy": lambda *given: caddy((EXAMPLES / "Caddyfile").read_text(), *given),
}


@pytest.fixture(params=PROXIES)
async def behind(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, Running, int]]:
    """The proxy's name, the server behind it, and the proxy's port."""
    settings = read_settings(state_dir=tmp_path / "state", public_url=f"https://{NAME}")
    async with serving(settings) as running:
        upstream = int(running.url.rpartition(":")[2])
        with PROXIES[request.param](tmp_path, {8080: upstream}) as port:
            yield request.param, running, port


def _visitor(port: int, **headers: str) -> httpx.AsyncClient:
    # A visitor of the name, whatever port the test has.
    named = {"Host": NAME, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.AsyncClient(base_url=f"https://127.0.0.1:{port}", headers=named, verify=False)  # noqa: S501


FORGED = [
    {},
    {"Origin": f"https://{NAME}", "Sec-Fetch-Site": "same-origin"},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1;host=localhost"},
    {"X-Forwarded-Host": "localhost:8080", "Origin": "http://localhost:8080"},
    {"Authorization": "Bearer guess"},
]


async def test_a_visitor_gets_nothing_without_a_token(behind: tuple[str, Running, int]) -> None:
    """Through the proxy each route of the owner, of viewers and of cameras refuses, whatever headers are forged."""
    proxy, running, port = behind
    await (await running.server.rooms.get("main")).edit("replace", word="KEPT")
    async with _visitor(port) as visitor:
        for forged in FORGED:
            for method, path, body, status in REFUSED:
                running.server.guesses = Guesses()  # many wrong ones would be answered 429
                answer = await visitor.request(method, path, json=body, headers=forged)
                # A foreign origin is refused before the key is looked at.
                expected = {status, 403} if path == "/api/login" else {status}
                assert answer.status_code in expected, (proxy, method, path, forged)
    assert (await running.server.rooms.get("main")).text == "KEPT"


async def test_a_visitor_cannot_watch_without_a_token(behind: tuple[str, Running, int], tmp_path: Path) -> None:
    """The captions close with 4401, or the proxy does not pass the websocket on at all."""
    proxy, _, port = behind
    if proxy == "bare nginx":  # passes no websockets
        return
    trusted = ssl.create_default_context(cafile=tmp_path / "chain.pem")
    url = f"wss://{NAME}:{port}/captions/main"
    async with connect(url, host="127.0.0.1", ssl=trusted, origin=Origin(f"https://{NAME}")) as socket_:
        await socket_.send('{"type": "auth", "token": "guess"}')
        with pytest.raises(ConnectionClosed) as refused:
            await socket_.recv()
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == 4401


async def test_the_owner_signs_in_through_the_proxy(behind: tuple[str, Running, int]) -> None:
    """The link's key becomes a secure cookie that no script reads and no other page's request brings; it opens all."""
    _, running, port = behind
    own = {"Origin": f"https://{NAME}", "Sec-Fetch-Site": "same-origin"}
    async with _visitor(port) as owner:
        key = running.server.access.owner_token()
        answer = await owner.post("/api/login", json={"key": key}, headers=own)
        assert answer.status_code == 204
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        mine = {**own, "Cookie": cookie.partition(";")[0]}
        assert (await owner.get("/api/host", headers=mine)).status_code == 200
        edited = await owner.post("/rooms/main/edits", json={"action": "replace", "word": "KEPT"}, headers=mine)
        assert edited.status_code == 200
        foreign = {**mine, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        refused = await owner.post("/rooms/main/edits", json={"action": "clear"}, headers=foreign)
        assert refused.status_code in (401, 403)
        assert (await owner.get("/api/host", headers=foreign)).status_code == 403
    assert (await running.server.rooms.get("main")).text == "KEPT"
