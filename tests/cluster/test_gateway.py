"""cluster/gateway.py: the parts of a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.gateway import make_gateway, run_gateway
from streamsign.cluster.serve_with_workers import serve_with_workers
from streamsign.cluster.state import shared_state
from streamsign.errors import SettingsError
from streamsign.server.app import create_app
from streamsign.server.metrics.routes import LOG_AWAY_S
from tests.cluster.workers import phones, settings, worker
from tests.nats_server import NatsServer, needs_nats, running_nats, until


@pytest.mark.parametrize(
    ("flag", "given", "problem"),
    [
        ("--source", {"source": ("http://127.0.0.1:9/video",), "room": ()}, "network cameras"),
        ("--no-log", {"keep_log": False}, "stores captions in NATS"),
        ("--where phone", {"where": "phone"}, "phones read letters"),
    ],
)
async def test_what_a_cluster_does_not_offer_is_rejected(
    tmp_path: Path, flag: str, given: dict[str, Any], problem: str
) -> None:
    """A gateway and a server with workers name the flag and the next step, before they start anything."""
    wanted = settings("nats://127.0.0.1:9", tmp_path, **{"workers": "2", "keep_log": True} | given)
    for serve in (run_gateway, serve_with_workers):
        with pytest.raises(SettingsError, match=problem) as refused:
            await serve(wanted)
        assert f"Leave {flag} out" in refused.value.next_step


@needs_nats
@pytest.mark.real_time
async def test_whip_at_two_gateways_with_shared_state(nats: NatsServer, tmp_path: Path) -> None:
    """A camera that one gateway answered is changed and ended at the other one, with its ETag; its device is listed."""
    given = [settings(nats.url, tmp_path / name, port=0) for name in ("one", "other")]
    clients = [await connect(NatsAddress.of(each), "gateway") for each in given]
    async with shared_state(clients[0]) as first, shared_state(clients[1]) as second, phones(1) as (phone,):
        servers = [
            await make_gateway(each, client, state)
            for each, client, state in zip(given, clients, (first, second), strict=True)
        ]
        transports = [httpx.ASGITransport(create_app(each.settings, each)) for each in servers]
        base = "http://localhost"
        async with (
            worker(given[0]),
            httpx.AsyncClient(transport=transports[0], base_url=base) as one,
            httpx.AsyncClient(transport=transports[1], base_url=base) as other,
        ):
            token = {"Authorization": f"Bearer {servers[0].access.publish_token}"}
            assert servers[1].access.publish_token == servers[0].access.publish_token
            sdp = {**token, "Content-Type": "application/sdp"}
            opened = await one.post("/whip", content=await phone.offer(), headers=sdp)
            assert opened.status_code == 201, opened.text
            where = opened.headers["location"]
            trickle = {**token, "Content-Type": "application/trickle-ice-sdpfrag"}
            for etag, status in ((None, 428), ('"wrong"', 412), (opened.headers["etag"], 204)):
                tagged = trickle if etag is None else {**trickle, "If-Match": etag}
                assert (await other.patch(where, content="a=mid:0", headers=tagged)).status_code == status
            await until(lambda: len(servers[1].cameras) == 1)
            occupied = await other.post("/whip?others=refuse", content=await phone.offer(), headers=sdp)
            assert (occupied.status_code, occupied.json()["reason"]) == (409, "occupied")
            assert (await other.delete(where, headers=token)).status_code == 200
            assert (await one.delete(where, headers=token)).status_code == 404
        for server in servers:
            await server.close()
    for client in clients:
        await close(client)


@needs_nats
@pytest.mark.real_time
async def test_a_gateway_without_nats_says_so(tmp_path: Path) -> None:
    """Requests that need NATS are answered with 503 and the next step; a room that is open can be read."""
    with running_nats(tmp_path / "nats") as nats:
        given = settings(nats.url, tmp_path / "state", port=0)
        client = await connect(NatsAddress.of(given), "gateway")
        async with shared_state(client) as state:
            server = await make_gateway(given, client, state)
            room = await server.rooms.get("main")
            await room.edit("write", word="KEPT")
            headers = {"Authorization": f"Bearer {server.access.owner_token()}"}
            nats.stop()
            await until(lambda: not client.is_connected)
            transport = httpx.ASGITransport(create_app(given, server))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as http:
                answers = [
                    await http.post("/rooms/main/edits", json={"action": "clear"}),
                    await http.delete("/rooms/main/text"),
                    await http.get("/rooms/other/transcript.txt"),
                    await http.get("/api/rooms"),
                    await http.put("/rooms/main/pauses", json={"word_s": 2.0}),
                ]
                found = [(each.status_code, each.json()["reason"]) for each in answers]
                assert found == [(503, "log_unavailable")] * len(answers)
                assert all(each.headers["retry-after"] and each.json()["next_step"] for each in answers)
                assert (await http.get("/rooms/main/transcript.txt")).text == "KEPT\n"
                offered = await http.post("/whip", content="v=0", headers={"Content-Type": "application/sdp"})
                assert (offered.status_code, offered.json()["reason"]) == (503, "nats_away")
                assert (await http.get("/healthz")).status_code == 200
                await until(lambda: server.rooms.away_s >= LOG_AWAY_S)
                unready = await http.get("/readyz")
                assert (unready.status_code, unready.json()["reason"]) == (503, "nats_away")
                nats.start()
                await until(lambda: server.rooms.away_s == 0)
                assert (await http.get("/readyz")).status_code == 200
            await server.close()
            await close(client)
