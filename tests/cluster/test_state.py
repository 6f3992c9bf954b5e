"""cluster/state.py: gateways that share keys, devices, links, titles, codes and guesses through a real NATS."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client
from pydantic import SecretStr
from websockets.asyncio.client import connect as watch
from websockets.typing import Subprotocol

from streamsign.cluster.connection import NatsAddress, close, connect, jetstream
from streamsign.cluster.state import BUCKET, SharedState, shared_state
from streamsign.server.devices.registry import Devices
from streamsign.server.grants.guesses import FREE_GUESSES, Guesses
from streamsign.server.pairing.codes import CodeRefused, PairingCodes, Refusal
from streamsign.server.pairing.links import Links
from streamsign.server.parts import make_server
from streamsign.server.run import listener_config
from streamsign.settings import read_settings
from streamsign.state.grants import PHONE, Right, Signer
from streamsign.state.issued import IssuedLinks, LinkKind
from tests.nats_server import NatsServer, needs_nats, until
from tests.server.conftest import Running, application, listening

pytestmark = needs_nats


@asynccontextmanager
async def _state(fresh_nats: NatsServer) -> AsyncIterator[SharedState]:
    client = await connect(NatsAddress(SecretStr(fresh_nats.url)), "a test")
    try:
        async with shared_state(client) as state:
            yield state
    finally:
        await close(client)


@asynccontextmanager
async def _gateway(fresh_nats: NatsServer, folder: Path) -> AsyncIterator[Running]:
    """A server whose state is the cluster's, with an owner's client."""
    settings = read_settings(state_dir=folder, keep_log=False)
    async with _state(fresh_nats) as state:
        server = make_server(settings, state)
        state.attach(server)
        server.links = Links("http://localhost/", "https://captions.example.org")
        with application(settings, server) as app:
            async with listening(listener_config(app, settings)) as address:
                headers = {"Authorization": f"Bearer {server.access.owner_token()}"}
                async with httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as http:
                    try:
                        yield Running(f"http://{address}", server, http)
                    finally:
                        await server.close()


@pytest.fixture
async def gateways(fresh_nats: NatsServer, tmp_path: Path) -> AsyncIterator[tuple[Running, Running]]:
    """Two gateways of one cluster."""
    async with _gateway(fresh_nats, tmp_path / "one") as one, _gateway(fresh_nats, tmp_path / "two") as two:
        yield one, two


async def test_gateways_that_start_at_once_have_the_same_keys(fresh_nats: NatsServer) -> None:
    """One makes them; they outlive all gateways and a restart of NATS, and are not shown."""
    async with _state(fresh_nats) as one, _state(fresh_nats) as two:
        await until(lambda: one.keys == two.keys)
        keys = one.keys
    fresh_nats.stop()
    fresh_nats.start()
    async with _state(fresh_nats) as later:
        assert later.keys == keys
        assert keys.session_key not in repr(keys) + repr(later)


async def test_a_code_of_one_gateway_pairs_at_another_once(gateways: tuple[Running, Running]) -> None:
    """Of two phones that redeem it at the same instant at different gateways one is paired, the other reads why not."""
    one, two = gateways
    for _ in range(5):
        shown = (await one.http.get("/api/pairing")).json()
        assert (await two.http.get("/api/pairing")).json()["url"] == shown["url"]
        code = shown["url"].partition("code=")[2]
        answers = await asyncio.gather(*(each.http.post("/pair", json={"code": code}) for each in (one, two)))
        assert sorted(answer.status_code for answer in answers) == [200, 410]
        (refused,) = (answer for answer in answers if answer.status_code == 410)
        assert refused.json()["reason"] == "used"
        (paired,) = (answer.json() for answer in answers if answer.status_code == 200)
        phone = {"Authorization": f"Bearer {paired['token']}"}
        for each in gateways:
            assert (await each.http.get("/rooms/main/words", headers=phone)).status_code == 200
    for each in gateways:
        assert len((await each.http.get("/api/devices")).json()) == 5


@pytest.mark.real_time
async def test_who_waits_for_a_code_hears_of_its_use_at_another_gateway(gateways: tuple[Running, Running]) -> None:
    """The host page shows the next code at once, the same at both gateways."""
    one, two = gateways
    shown = (await one.http.get("/api/pairing")).json()
    waiting = [
        asyncio.ensure_future(each.http.get("/api/pairing", params={"after": shown["version"]}, timeout=30))
        for each in gateways
    ]
    await asyncio.sleep(0.2)
    assert not any(each.done() for each in waiting)
    await two.http.post("/pair", json={"code": shown["url"].partition("code=")[2]})
    begun_s = time.monotonic()
    fresh = await asyncio.gather(*waiting)
    assert time.monotonic() - begun_s < 2.0
    assert shown["version"] not in {each.json()["version"] for each in fresh}


@pytest.mark.real_time
async def test_a_revocation_ends_viewers_at_another_gateway(gateways: tuple[Running, Running]) -> None:
    """Within a second a link's websocket is closed with 4401, and so is a disconnected phone's; the next one too."""
    one, two = gateways
    made = (await one.http.post("/api/links", json={"kind": "view"})).json()
    code = (await one.http.get("/api/pairing")).json()["url"].partition("code=")[2]
    phone = (await one.http.post("/pair", json={"code": code})).json()["token"]
    (device,) = (await two.http.get("/api/devices")).json()
    for token, request in (
        (made["token"], one.http.delete(f"/api/links/{made['id']}")),
        (phone, one.http.post(f"/api/devices/{device['id']}/disconnect")),
    ):
        protocols = [Subprotocol("streamsign.v2"), Subprotocol(f"token.{token}")]
        url = two.url.replace("http", "ws") + "/captions/main"
        async with watch(url, subprotocols=protocols) as viewer:
            await viewer.recv()
            begun_s = time.monotonic()
            assert (await request).status_code == 204
            await asyncio.wait_for(viewer.wait_closed(), 5)
            assert time.monotonic() - begun_s < 1.0
            assert viewer.close_code == 4401
        assert not two.server.access.allows(token, Right.VIEW, "main")


async def test_links_titles_and_names_are_the_same_everywhere(gateways: tuple[Running, Running]) -> None:
    """What is made, renamed and removed at one gateway is listed at the other."""
    one, two = gateways
    made = (await one.http.post("/api/links", json={"kind": "edit", "room": "left"})).json()
    await one.http.put("/rooms/left/title", json={"title": "Ana's table"})
    await until(lambda: two.server.titles.of("left") == "Ana's table")
    assert made["id"] in [link["id"] for link in (await two.http.get("/api/links")).json()]
    assert (await two.http.delete("/api/links/page0-main")).status_code == 204
    await until(lambda: one.server.issued.page_link("main").id == "page1-main")
    await two.http.put("/rooms/left/title", json={"title": ""})
    await until(lambda: one.server.titles.of("left") == "left")


async def test_guesses_count_at_all_gateways(fresh_nats: NatsServer) -> None:
    """An address that guesses at several has its free ones once; while NATS is away each counts for itself."""
    async with _state(fresh_nats) as one, _state(fresh_nats) as two:
        guesses = [Guesses(state.guesses, state.clock) for state in (one, two)]
        waits = [await guesses[number % 2].wrong("192.0.2.1") for number in range(FREE_GUESSES)]
        assert waits == [0.0] * FREE_GUESSES
        assert 0 < await guesses[0].wrong("192.0.2.1") <= 1.0
        await until(lambda: guesses[1].wait_s("192.0.2.1") > 0)
        fresh_nats.stop()
        await asyncio.sleep(0.3)
        for _ in range(FREE_GUESSES):
            assert await guesses[0].wrong("2001:db8::1") == 0.0
        assert await guesses[0].wrong("2001:db8::2") > 0


async def test_a_gateway_serves_while_nats_is_away(fresh_nats: NatsServer, gateways: tuple[Running, Running]) -> None:
    """Grants are read from memory; what has to be stored is answered 503 with the next step, and a revocation holds."""
    one, _ = gateways
    made = (await one.http.post("/api/links", json={"kind": "view"})).json()
    fresh_nats.stop()
    await asyncio.sleep(0.3)
    viewer = {"Authorization": f"Bearer {made['token']}"}
    assert (await one.http.get("/rooms/main/words", headers=viewer)).status_code == 200
    for method, path, body in (
        ("POST", "/api/links", {"kind": "view"}),
        ("PUT", "/rooms/main/title", {"title": "a"}),
        ("DELETE", f"/api/links/{made['id']}", None),
        ("POST", "/pair", {"code": "a"}),
    ):
        answer = await one.http.request(method, path, json=body)
        problem = answer.json()
        assert (answer.status_code, problem["reason"]) == (503, "state_unavailable"), path
        assert "NATS does not answer" in problem["detail"]
        assert "Wait until NATS runs again" in problem["next_step"]
        assert "retry-after" in answer.headers
    assert (await one.http.get("/rooms/main/words", headers=viewer)).status_code == 401
    fresh_nats.start()
    await until(lambda: not one.server.issued.table.is_held(made["id"]))
    async with _state(fresh_nats) as later:
        link = later.links.get(made["id"])
        assert link is not None
        assert link.revoked


async def _lose(fresh_nats: NatsServer) -> None:
    client = await connect(NatsAddress(SecretStr(fresh_nats.url)), "an accident")
    await jetstream(client).delete_stream(f"KV_{BUCKET}")
    await close(client)


async def _damage(fresh_nats: NatsServer, table: str, name: str) -> None:
    client: Client = await connect(NatsAddress(SecretStr(fresh_nats.url)), "an accident")
    await client.publish(f"$KV.{BUCKET}.{table}.{name}", b'{"id":')
    await close(client)


async def test_a_lost_bucket_ends_every_grant(fresh_nats: NatsServer, gateways: tuple[Running, Running]) -> None:
    """Viewers are closed, all gateways use the same new key, and the owner needs a new link."""
    one, two = gateways
    former = one.server.access.owner_token()
    view = one.server.access.grants.make((Right.VIEW,), "main", 600)
    protocols = [Subprotocol("streamsign.v2"), Subprotocol(f"token.{view}")]
    async with watch(two.url.replace("http", "ws") + "/captions/main", subprotocols=protocols) as viewer:
        await viewer.recv()
        await _lose(fresh_nats)
        await asyncio.wait_for(viewer.wait_closed(), 5)
    await until(lambda: not any(each.server.issued.table.lost for each in gateways))
    await until(lambda: two.server.access.allows(one.server.access.owner_token(), Right.OWNER))
    for each in gateways:
        assert not each.server.access.allows(view, Right.VIEW, "main")
        assert not each.server.access.allows(former, Right.OWNER)
    assert two.server.access.allows(one.server.access.owner_token(), Right.OWNER)


async def test_damaged_entries_count_as_revoked(fresh_nats: NatsServer, gateways: tuple[Running, Running]) -> None:
    """The device or link of a damaged entry is refused, the others are not; damaged keys are replaced at a start."""
    one, two = gateways
    links = [(await one.http.post("/api/links", json={"kind": "view"})).json() for _ in range(2)]
    device = await one.server.devices.add("main", "iPhone")
    phone = one.server.access.grants.make(PHONE, "main", 600, device.id)
    await until(lambda: two.server.access.allows(phone, Right.PUBLISH, "main"))
    await _damage(fresh_nats, "links", links[0]["id"])
    await _damage(fresh_nats, "devices", device.id)
    await until(lambda: not two.server.access.allows(phone, Right.PUBLISH, "main"))
    for each in gateways:
        allowed = [each.server.access.allows(link["token"], Right.VIEW, "main") for link in links]
        assert allowed == [False, True]
    await _damage(fresh_nats, "keys", "current")
    await asyncio.sleep(0.2)
    former = one.server.access.grants
    async with _state(fresh_nats):
        await until(lambda: one.server.access.grants is not former and two.server.access.grants is not former)
    assert not one.server.access.allows(links[1]["token"], Right.VIEW, "main")


async def test_entries_of_a_later_release_are_read(fresh_nats: NatsServer) -> None:
    """Fields that this release does not know are ignored: a device and a link stay valid during a rolling upgrade."""
    async with _state(fresh_nats) as one, _state(fresh_nats) as two:
        device = await Devices(one.devices).add("main", "iPhone")
        link, _ = await IssuedLinks(one.links).make(Signer(b"a key"), LinkKind.VIEW, "main")
        client = await connect(NatsAddress(SecretStr(fresh_nats.url)), "a later release")
        for table, entry in (("devices", device), ("links", link)):
            later = {**entry.model_dump(), "added_later": [1]}
            await client.publish(f"$KV.{BUCKET}.{table}.{entry.id}", json.dumps(later).encode())
        await close(client)
        await asyncio.sleep(0.2)
        assert (two.devices.get(device.id), two.links.get(link.id)) == (device, link)
        assert two.devices.damaged == two.links.damaged == frozenset()


async def test_codes_of_another_gateway_expire_by_the_clock(fresh_nats: NatsServer) -> None:
    """The time of the gateway that made a code counts at the others."""
    async with _state(fresh_nats) as one, _state(fresh_nats) as two:
        now = [1000.0]
        first, second = (PairingCodes(state.codes, lambda: now[0]) for state in (one, two))
        code = (await first.current("main")).code
        now[0] += 120.0
        with pytest.raises(CodeRefused) as refused:
            await second.redeem(code)
        assert refused.value.reason is Refusal.EXPIRED
        assert code not in str(list(one.codes.entries()))
