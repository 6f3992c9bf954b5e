"""Caddy (deploy/Caddyfile) and nginx (docs/examples/proxy/nginx-cluster.conf) in front of two servers."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from streamsign.settings import read_settings
from tests.conftest import ROOT
from tests.proxies import NAME, caddy_edge, nginx
from tests.server.conftest import Running, serving

EDGES = {
    "caddy": lambda *given: caddy_edge((ROOT / "deploy/Caddyfile").read_text(), *given),
    "nginx": lambda *given: nginx((ROOT / "docs/examples/proxy/nginx-cluster.conf").read_text(), *given),
}
BY_NAME = {"sni_hostname": NAME}
"""Extension of a request to 127.0.0.1 that asks for the name's certificate."""
VIEW, PUBLISH = "v" * 32, "p" * 32


@dataclass
class Edge:
    """An edge and the servers behind it; the second one can be ended."""

    port: int
    trusted: ssl.SSLContext
    servers: tuple[Running, Running]
    second: AsyncExitStack

    def visitor(self) -> httpx.AsyncClient:
        """A client that trusts the edge and names it, whatever port the test has."""
        return httpx.AsyncClient(
            base_url=f"https://127.0.0.1:{self.port}",
            verify=self.trusted,
            headers={"Host": f"{NAME}:{self.port}", "Authorization": f"Bearer {PUBLISH}"},
        )


@pytest.fixture(params=EDGES)
async def edge(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Edge]:
    """Two servers behind a real edge."""
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        servers = []
        for number, stack in enumerate((first, second)):
            settings = read_settings(
                state_dir=tmp_path / str(number), public_url=f"https://{NAME}", view_token=VIEW, publish_token=PUBLISH
            )
            servers.append(await stack.enter_async_context(serving(settings)))
        ports = [int(server.url.rpartition(":")[2]) for server in servers]
        with EDGES[request.param](tmp_path, {8081: ports[0], 8082: ports[1]}) as port:
            trusted = ssl.create_default_context(cafile=tmp_path / "chain.pem")
            yield Edge(port, trusted, (servers[0], servers[1]), second)


def _answered(server: Running, route: str) -> float:
    families = text_string_to_metric_families(server.server.metrics.exposition().decode())
    samples = [sample for family in families if family.name == "streamsign_requests" for sample in family.samples]
    return sum(
        each.value for each in samples if each.labels.get("route") == route and not each.name.endswith("_created")
    )


async def test_both_servers_get_requests(edge: Edge) -> None:
    """Of 20 requests that are open at a time, each server answers some."""
    async with edge.visitor() as visitor:
        for _ in range(20):
            assert (await visitor.get("/healthz", extensions=BY_NAME)).status_code == 200
    assert all(_answered(server, "/healthz") >= 1 for server in edge.servers)


async def test_a_server_that_ends_gets_no_more_requests(edge: Edge) -> None:
    """From the moment that one ends every request, also an offer, is answered by the other."""
    await edge.second.aclose()
    async with edge.visitor() as visitor:
        for _ in range(20):
            assert (await visitor.get("/healthz", extensions=BY_NAME)).status_code == 200
        headers = {"Content-Type": "application/sdp"}
        offered = await visitor.post("/whip", content="v=0", headers=headers, extensions=BY_NAME)
        assert offered.status_code == 400  # the server has read it
        assert offered.json()["reason"] == "bad_offer"


async def test_captions_pass(edge: Edge) -> None:
    """A websocket through the edge gets the hello and each letter as it comes."""
    url = f"wss://{NAME}:{edge.port}/captions/main"
    protocols = [Subprotocol("streamsign.v2"), Subprotocol(f"token.{VIEW}")]
    async with connect(
        url, host="127.0.0.1", ssl=edge.trusted, origin=Origin(f"https://{NAME}"), subprotocols=protocols
    ) as viewer:
        assert '"hello"' in str(await viewer.recv())
        for server in edge.servers:
            edited = await server.http.post("/rooms/main/edits", json={"action": "replace", "word": "HELLO"})
            assert edited.status_code == 200
        assert "HELLO" in str(await viewer.recv())
