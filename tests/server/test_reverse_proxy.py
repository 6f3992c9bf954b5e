"""docs/examples/proxy: a visitor behind a real nginx or Caddy gets nothing without a token, and everything with one."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from streamsign.server.grants.guesses import Guesses
from streamsign.server.tls.certificate import self_signed
from streamsign.settings import read_settings
from tests.conftest import ROOT, missing
from tests.server.conftest import Running, serving
from tests.server.refused import REFUSED

NAME = "captions.example.org"
EXAMPLES = ROOT / "docs" / "examples" / "proxy"
START_S = 20

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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def _program(command: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + START_S
        while time.monotonic() < until and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise AssertionError(log.read_text())
        yield
    finally:
        process.terminate()
        process.wait(20)


def _certificate(folder: Path) -> tuple[Path, Path]:
    chain, key = self_signed(["127.0.0.1"], [NAME])
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    return folder / "chain.pem", folder / "key.pem"


@contextmanager
def _nginx(example: str, folder: Path, upstream: int) -> Iterator[int]:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        missing("no nginx found: install it (Debian: apt-get install nginx-light)")
    port = _free_port()
    chain, key = _certificate(folder)
    example = example.replace("listen 443", f"listen 127.0.0.1:{port}").replace(":8080", f":{upstream}")
    example = example.replace(f"/etc/ssl/{NAME}.pem", str(chain)).replace(f"/etc/ssl/{NAME}.key", str(key))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off;\n{paths}\n{example}\n}}\n"
    )
    with _program([program, "-c", str(config), "-p", str(folder), "-e", "stderr"], port, folder / "nginx.log"):
        yield port


@contextmanager
def _caddy(example: str, folder: Path, upstream: int) -> Iterator[int]:
    program = shutil.which("caddy")
    if program is None:
        missing("no Caddy found: install it (Debian: apt-get install caddy)")
    port = _free_port()
    chain, key = _certificate(folder)
    site = f"https://{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {chain} {key}\n"
    example = example.replace(f"{NAME} {{\n", site, 1).replace(":8080", f":{upstream}")
    config = folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n\tauto_https off\n\tstorage file_system " + f"{folder}/caddy\n}}\n{example}")
    command = [program, "run", "--config", str(config), "--adapter", "caddyfile"]
    with _program(command, port, folder / "caddy.log"):
        yield port


PROXIES = {
    "nginx": lambda *given: _nginx((EXAMPLES / "nginx.conf").read_text(), *given),
    "bare nginx": lambda *given: _nginx(BARE_NGINX, *given),
    "caddy": lambda *given: _caddy((EXAMPLES / "Caddyfile").read_text(), *given),
}


@pytest.fixture(params=PROXIES)
async def behind(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, Running, int]]:
    """The proxy's name, the server behind it, and the proxy's port."""
    settings = read_settings(state_dir=tmp_path / "state", public_url=f"https://{NAME}")
    async with serving(settings) as running:
        upstream = int(running.url.rpartition(":")[2])
        with PROXIES[request.param](tmp_path, upstream) as port:
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
