"""`make cluster` with real processes: offers, letters, relay, metrics and logs through the edge of a cluster."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.async_api import expect
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from streamsign.captions.events import event_adapter
from streamsign.client.clip import ClipTrack
from streamsign.client.whip import WhipSession
from tests.conftest import ROOT
from tests.e2e.cluster import PUBLISH, VIEW, Cluster, cluster
from tests.e2e.desk import browser_with_camera
from tests.e2e.test_relay import PAIRS, RELAY_ONLY
from tests.films import rendered
from tests.proxies import nginx

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for all tests of this file."""
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


async def _viewer(stack: AsyncExitStack, running: Cluster, room: str) -> ClientConnection:
    protocols = [Subprotocol("streamsign.v2"), Subprotocol(f"token.{VIEW}")]
    url = f"wss://{running.address}:8443/captions/{room}"
    return await stack.enter_async_context(
        connect(url, ssl=running.trusted(), origin=Origin(running.url), subprotocols=protocols)
    )


async def _text(viewer: ClientConnection, wanted: str) -> list[tuple[int, str, str]]:
    """Number, session and letter of each letter until the text is there."""
    letters = []
    async with asyncio.timeout(60):
        async for message in viewer:
            event = event_adapter.validate_json(message)
            if event.type == "letter":
                letters.append((event.seq, event.session, event.letter))
                if event.text.strip() == wanted:
                    return letters
    raise AssertionError(letters)


async def test_prometheus_reads_every_process(running: Cluster) -> None:
    """Both gateways and both workers are scraped with their token, under the job names of the rules."""
    wanted = {
        ("streamsign-gateway", "localhost:8081"),
        ("streamsign-gateway", "localhost:8082"),
        ("streamsign-worker", "localhost:9101"),
        ("streamsign-worker", "localhost:9102"),
    }
    up: set[tuple[str, str]] = set()
    async with asyncio.timeout(30):
        while up != wanted:
            await asyncio.sleep(0.5)
            answer = await asyncio.to_thread(running.fetch, "http://127.0.0.1:9090/api/v1/query?query=up==1")
            found = json.loads(answer)["data"]["result"]
            up = {(each["metric"]["job"], each["metric"]["instance"]) for each in found}
    rules = json.loads(running.fetch("http://127.0.0.1:9090/api/v1/rules"))["data"]["groups"]
    assert {rule["health"] for group in rules for rule in group["rules"]} == {"ok"}


async def test_letters_come_to_viewers_of_both_gateways(running: Cluster) -> None:
    """A camera offered at the edge is read by a worker; viewers at both gateways get its letters in one order.

    Its session has one name: in the answer, in the events, and in the JSON lines of a gateway and of a worker.
    """
    film = rendered("CELLO", fps=15, width=320, height=240)
    async with AsyncExitStack() as stack:
        viewers = [await _viewer(stack, running, "class") for _ in range(2)]
        http = await stack.enter_async_context(running.http(PUBLISH))
        session, track = WhipSession(http, running.url, PUBLISH, room="class"), ClipTrack(film)
        stack.push_async_callback(session.leave)
        await session.offer(track)
        assert await session.wait_connected(20)
        first, second = await asyncio.gather(*(_text(viewer, "CELLO") for viewer in viewers))
        assert first == second
        assert "".join(letter for _, _, letter in first) == "CELLO"
        assert {name for _, name, _ in first} == {session.name}
    logged = {
        kind: {line["session"] for each in (1, 2) for line in running.lines(f"{kind}-{each}") if "session" in line}
        for kind in ("gateway", "worker")
    }
    assert session.name in logged["gateway"]
    assert session.name in logged["worker"]


async def test_nginx_in_front_of_the_gateways(running: Cluster, tmp_path: Path) -> None:
    """Through nginx a camera connects, its letters come over a websocket, and its end reaches the worker."""
    example = (ROOT / "docs/examples/proxy/nginx-cluster.conf").read_text("utf-8")
    within = ("ip", "netns", "exec", running.space)
    with nginx(example, tmp_path, {}, running.address, within) as port:
        trusted = ssl.create_default_context(cafile=tmp_path / "chain.pem")
        trusted.check_hostname = False  # the certificate is that of the example's name
        url = f"https://{running.address}:{port}"
        protocols = [Subprotocol("streamsign.v2"), Subprotocol(f"token.{VIEW}")]
        async with (
            connect(f"wss://{running.address}:{port}/captions/nginx", ssl=trusted, subprotocols=protocols) as viewer,
            httpx.AsyncClient(verify=trusted, timeout=10) as http,
        ):
            session = WhipSession(http, url, PUBLISH, room="nginx")
            try:
                await session.offer(ClipTrack(rendered("LO", fps=15, width=320, height=240)))
                assert await session.wait_connected(20)
                assert {name for _, name, _ in await _text(viewer, "LO")} == {session.name}
            finally:
                await session.leave()
            async with asyncio.timeout(10):
                while f'"session":"{session.name}","state":"closed"' not in str(await viewer.recv()):
                    pass


async def test_a_phone_that_reaches_only_the_relay(running: Cluster, tmp_path: Path, chromium_path: str) -> None:
    """From another network the page connects through coturn alone, with the credential of its session."""
    program = running.phone_program(tmp_path / "chromium", chromium_path)
    async with browser_with_camera(program) as browser:
        phone = await (await browser.new_context(ignore_https_errors=True)).new_page()
        await phone.add_init_script(RELAY_ONLY)
        await phone.goto(f"{running.url}/phone#room=relayed&token={PUBLISH}")
        await phone.click("#start")
        await expect(phone.locator("#connection")).to_have_text("Live", timeout=30_000)
        assert set(await phone.evaluate(PAIRS)) == {"relay"}


async def test_a_gateway_killed_hard_is_not_noticed_at_the_edge(running: Cluster) -> None:
    """Each request is answered by the other gateway, and the supervisor starts the killed one again."""
    killed = running.numbers()["gateway-1"]["pid"]
    os.kill(killed, signal.SIGKILL)
    async with running.http() as http:
        for _ in range(30):
            assert (await http.get("/readyz")).status_code == 200
    until = time.monotonic() + 60
    while (now := running.numbers().get("gateway-1", {})).get("pid") == killed or not now.get("ready"):
        assert time.monotonic() < until, now
        await asyncio.sleep(0.2)


async def test_the_owner_s_link_opens_every_gateway(running: Cluster) -> None:
    """The program in the cluster's folder prints a link of the edge; its key signs in at both gateways."""
    printed = await asyncio.to_thread(running.command, "link")
    link = urlsplit(printed.split()[-1])
    assert f"{link.scheme}://{link.netloc}" == running.url
    own = {"Origin": running.url, "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=running.url, verify=running.trusted(), headers=own) as http:
        signed_in = await http.post("/api/login", json={"key": parse_qs(link.fragment)["key"][0]})
        assert signed_in.status_code == 204, signed_in.text
        for _ in range(4):
            assert (await http.get("/api/host")).status_code == 200


async def test_the_edge_hides_the_processes(running: Cluster) -> None:
    """From another network only the edge answers: not NATS, a gateway, a worker or Prometheus."""
    for port in (4222, 8222, 8081, 8082, 9090, 9101, 9102):
        with pytest.raises(OSError, match="111"):
            await asyncio.wait_for(asyncio.open_connection(running.address, port), 5)
