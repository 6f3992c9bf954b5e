"""Attacks on a cluster: real gateway, workers and NATS with the users of deploy/nats-users.conf."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import SecretStr

from streamsign.cluster.camera_messages import CAMERAS, END, OFFERS, QUEUE, SPARE_OFFERS, WORKERS, Answer, Offer
from streamsign.cluster.connection import NatsAddress, close, connect, jetstream
from streamsign.cluster.gateway import make_gateway
from streamsign.cluster.messages import read
from streamsign.cluster.open_rooms import open_rooms
from streamsign.cluster.state import BUCKET, shared_state
from streamsign.cluster.worker import Worker
from streamsign.errors import AccessDenied
from streamsign.server.pairing.links import Links
from streamsign.server.run import listener_config
from streamsign.settings import Settings, read_settings
from streamsign.state.grants import Right
from tests.nats_server import NatsServer, needs_nats, running_nats, until
from tests.server.conftest import Running, application, listening

pytestmark = needs_nats

USERS = Path(__file__).parents[2] / "deploy" / "nats-users.conf"
PASSWORDS = {"gateway": secrets.token_hex(12), "worker": secrets.token_hex(12)}


@pytest.fixture
def nats_with_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NatsServer]:
    """A NATS with the users of the example."""
    for user, password in PASSWORDS.items():
        monkeypatch.setenv(f"NATS_{user.upper()}_PASSWORD", f'"{password}"')
    with running_nats(tmp_path / "nats", USERS.read_text(encoding="utf-8")) as server:
        yield server


@asynccontextmanager
async def _connected(nats: NatsServer, user: str, name: str = "") -> AsyncIterator[Client]:
    url = nats.url.replace("//", f"//{user}:{PASSWORDS[user]}@")
    client = await connect(NatsAddress(SecretStr(url)), name or f"streamsign {user}")
    try:
        yield client
    finally:
        await close(client)


@dataclass
class Cluster:
    """Two gateways and their workers."""

    gateway: Running
    other: Running
    workers: list[Worker]

    async def offer(self, sdp: str, room: str = "main") -> httpx.Response:
        """Send a camera's offer to the gateway."""
        return await self.gateway.http.post("/whip", params={"room": room}, content=sdp, headers=self.gateway.auth)


@asynccontextmanager
async def _gateway(nats: NatsServer, settings: Settings) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(_connected(nats, "gateway"))
        state = await stack.enter_async_context(shared_state(client))
        server = await make_gateway(settings, client, state)
        stack.push_async_callback(server.close)
        server.links = Links("http://localhost/", "https://captions.example.org")
        app = stack.enter_context(application(settings, server))
        address = await stack.enter_async_context(listening(listener_config(app, settings)))
        headers = {"Authorization": f"Bearer {server.access.owner_token()}"}
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{address}", headers=headers))
        yield Running(f"http://{address}", server, http)


@asynccontextmanager
async def _cluster(nats: NatsServer, folder: Path, workers: int) -> AsyncIterator[Cluster]:
    settings = read_settings(state_dir=folder, keep_log=False, max_cpu=1.0)
    model = settings.load_model()
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(_gateway(nats, settings)) for _ in range(2)]
        made = []
        for _ in range(workers):
            own = await stack.enter_async_context(_connected(nats, "worker"))
            worker = Worker(settings, own, model, await open_rooms(settings, own, model), 1)
            stack.push_async_callback(worker.close)
            await worker.start()
            made.append(worker)
        yield Cluster(one, two, made)


async def test_the_users_of_the_example_can_do_their_work(
    nats_with_users: NatsServer, tmp_path: Path, offer: str
) -> None:
    """A camera is opened and closed, and NATS refuses nothing to a gateway or a worker."""
    async with _cluster(nats_with_users, tmp_path, 1) as cluster:
        opened = await cluster.offer(offer)
        assert opened.status_code == 201
        assert len(cluster.workers[0].cameras) == 1
        auth = cluster.gateway.auth
        assert (await cluster.gateway.http.delete(opened.headers["location"], headers=auth)).status_code == 200
        await until(lambda: len(cluster.workers[0].cameras) == 0)
    assert "Violation" not in nats_with_users.log


@pytest.mark.real_time
async def test_a_revocation_ends_the_camera_of_another_gateway(
    nats_with_users: NatsServer, tmp_path: Path, offer: str
) -> None:
    """A phone that was paired and sends at one gateway is disconnected at the other: its worker ends it at once."""
    async with _cluster(nats_with_users, tmp_path, 1) as cluster:
        one, two = cluster.gateway, cluster.other
        code = (await one.http.get("/api/pairing")).json()["url"].partition("code=")[2]
        phone = (await two.http.post("/pair", json={"code": code})).json()["token"]
        headers = {"Authorization": f"Bearer {phone}", "Content-Type": "application/sdp"}
        assert (await two.http.post("/whip?room=main", content=offer, headers=headers)).status_code == 201
        await until(lambda: len(one.server.cameras) == 1)
        (device,) = (await one.http.get("/api/devices")).json()
        assert (await one.http.post(f"/api/devices/{device['id']}/disconnect")).status_code == 204
        assert await until(lambda: len(cluster.workers[0].cameras) == 0) < 1.0
        again = await two.http.post("/whip?room=main", content=offer, headers=headers)
        assert (again.status_code, again.json()["reason"]) == (401, "disconnected")


async def test_a_forged_key_reaches_no_camera(nats_with_users: NatsServer, tmp_path: Path, offer: str) -> None:
    """A camera's secret at another worker, a guess, and NATS wildcards are answered 404; its room's grant counts."""
    async with _cluster(nats_with_users, tmp_path, 2) as cluster:
        opened = await cluster.offer(offer, "left")
        worker, _, secret = opened.headers["location"].rpartition("/")[2].partition(".")
        (other,) = (each.name for each in cluster.workers if each.name != worker)
        http, auth = cluster.gateway.http, cluster.gateway.auth
        forged = [f"{other}.{secret}", f"{worker}.{'A' * len(secret)}", f"*.{secret}", f"%3E.{secret}", worker]
        for key in forged:
            for method in ("DELETE", "PATCH"):
                headers = auth | {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}
                answer = await http.request(method, f"/whip/{key}", headers=headers, content=b"a=end-of-candidates\r\n")
                assert answer.status_code == 404, (method, key)
        foreign = cluster.gateway.server.access.grants.make((Right.PUBLISH,), "right", 600)
        answer = await http.delete(f"/whip/{worker}.{secret}", headers={"Authorization": f"Bearer {foreign}"})
        assert answer.status_code in (401, 403)
        assert sum(len(each.cameras) for each in cluster.workers) == 1


async def test_an_answer_for_another_room_is_not_passed_on(
    nats_with_users: NatsServer, tmp_path: Path, offer: str
) -> None:
    """A process with a worker's credentials that answers offers for another session or room gets no camera."""
    async with _cluster(nats_with_users, tmp_path, 0) as cluster, _connected(nats_with_users, "worker") as rogue:
        ends: list[bytes] = []

        async def answer(message: Msg) -> None:
            found = read(Offer, message.data)
            assert found is not None
            lie = Answer(status="open", sdp="v=0", key="0" * 8 + "." + "A" * 16, etag='"e"', room="another")
            await message.respond(lie.encoded())

        async def heard(message: Msg) -> None:
            ends.append(message.data)

        for subject in (OFFERS, SPARE_OFFERS):
            await rogue.subscribe(subject, queue=QUEUE, cb=answer)
        await rogue.subscribe(END, cb=heard)
        await rogue.flush()
        answered = await cluster.offer(offer, "left")
        assert (answered.status_code, answered.json()["reason"]) == (503, "no_worker")
        await until(lambda: len(ends) > 0)


NONSENSE = {
    "empty": b"",
    "cut off": b"{",
    "deeply nested": b"[" * 1_000_000,
    "a long number": b'{"worker":' + b"9" * 900_000 + b"}",
    "an impossible status": b'{"status":"open","problem":{"status":9999}}',
}


@pytest.mark.parametrize("payload", NONSENSE.values(), ids=NONSENSE.keys())
async def test_what_is_no_message_stops_nothing(
    nats_with_users: NatsServer, tmp_path: Path, offer: str, payload: bytes
) -> None:
    """Messages up to NATS's limit that make no sense are passed over on every subject; cameras are taken meanwhile."""
    async with _cluster(nats_with_users, tmp_path, 1) as cluster, _connected(nats_with_users, "gateway") as rogue:
        worker = cluster.workers[0].name
        operations = [f"streamsign.worker.{worker}.{each}" for each in ("camera", "end", "hand-over", "nothing")]
        room = ("streamsign.published.main", "streamsign.moments.main", "streamsign.moments-now.main")
        state = (f"streamsign.state.{BUCKET}.links.a", f"streamsign.state.{BUCKET}", "streamsign.pauses.main")
        for subject in (OFFERS, SPARE_OFFERS, WORKERS, CAMERAS, END, *operations, *room, *state):
            await rogue.publish(subject, payload)
        await rogue.flush()
        assert (await cluster.offer(offer)).status_code == 201


async def test_a_message_over_the_limit_ends_its_senders_connection(
    nats_with_users: NatsServer, tmp_path: Path, offer: str
) -> None:
    """NATS closes it at its first bytes; nobody receives the message."""
    async with _cluster(nats_with_users, tmp_path, 1) as cluster:
        reader, writer = await asyncio.open_connection("127.0.0.1", nats_with_users.port)
        login = f'{{"user":"worker","pass":"{PASSWORDS["worker"]}","verbose":false}}'
        writer.write(f"CONNECT {login}\r\nPUB {CAMERAS} 8000000\r\n".encode())
        said = await asyncio.wait_for(reader.read(), 5)
        assert b"Maximum Payload Violation" in said
        writer.close()
        assert (await cluster.offer(offer)).status_code == 201


async def test_a_stranger_without_credentials_is_refused(nats_with_users: NatsServer) -> None:
    """Neither without a user nor with a worker's name and a guess."""
    for user in ("", "worker:guess@"):
        address = NatsAddress(SecretStr(nats_with_users.url.replace("//", f"//{user}")))
        with pytest.raises(AccessDenied):
            await connect(address, "stranger")


async def test_a_workers_credentials_open_no_state(nats_with_users: NatsServer, tmp_path: Path) -> None:
    """They read no key, link or answer to a gateway, make no stream, and change nothing."""
    async with _cluster(nats_with_users, tmp_path, 0) as cluster, _connected(nats_with_users, "worker") as thief:
        heard: list[str] = []

        async def hear(message: Msg) -> None:
            heard.append(message.subject)

        for subject in (
            "streamsign.state.>",
            "_INBOX.gateway.>",
            "_INBOX.>",
            "$KV.>",
            "$JS.>",
            ">",
            "streamsign.offers",
        ):
            await thief.subscribe(subject, cb=hear)
        await thief.flush()
        assert (await cluster.gateway.http.post("/api/links", json={"kind": "view"})).status_code == 201
        stream = f"KV_{BUCKET}"
        for subject, request in (
            (f"$JS.API.STREAM.MSG.GET.{stream}", b'{"last_by_subj":"$KV.%s.keys.current"}' % BUCKET.encode()),
            (f"$JS.API.DIRECT.GET.{stream}", b'{"last_by_subj":"$KV.%s.keys.current"}' % BUCKET.encode()),
            (f"$JS.API.STREAM.INFO.{stream}", b""),
            (f"$JS.API.CONSUMER.CREATE.{stream}", b'{"stream_name":"%s","config":{}}' % stream.encode()),
            ("$JS.API.STREAM.CREATE.STOLEN", b'{"name":"STOLEN","mirror":{"name":"%s"}}' % stream.encode()),
            ("$JS.API.STREAM.UPDATE.STREAMSIGN_CAPTIONS", b'{"name":"STREAMSIGN_CAPTIONS","subjects":[">"]}'),
            ("$JS.API.STREAM.DELETE.STREAMSIGN_CAPTIONS", b""),
            (f"$KV.{BUCKET}.keys.current", b"{}"),
        ):
            with pytest.raises((nats.errors.TimeoutError, nats.errors.NoRespondersError)):
                await thief.request(subject, request, timeout=0.3)
        assert heard == []
        async with _connected(nats_with_users, "gateway", "an owner") as owner:
            names = [info.config.name for info in await jetstream(owner).streams_info()]
        assert "STOLEN" not in names
        assert "STREAMSIGN_CAPTIONS" in names
        assert cluster.gateway.server.access.allows(cluster.gateway.server.access.owner_token(), Right.OWNER)
    assert "Violation" in nats_with_users.log
