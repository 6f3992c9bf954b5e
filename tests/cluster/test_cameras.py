"""cluster/cameras.py: cameras offered to real workers over a real NATS, and found at every gateway."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from streamsign.cluster import cameras as cameras_module
from streamsign.cluster.camera_messages import (
    CAMERAS,
    END,
    OFFERS,
    QUEUE,
    SPARE_OFFERS,
    WORKERS,
    Answer,
    CameraList,
    End,
    ListedCamera,
    Load,
    Offer,
    SentProblem,
)
from streamsign.cluster.cameras import TRIES
from streamsign.cluster.messages import read
from streamsign.errors import OfferError
from streamsign.server.cameras.pool import CameraOffer, FoundCamera
from streamsign.server.http.problems import Problem
from streamsign.state.grants import Grant, Right
from tests.cluster.workers import gateway, phones, publish, settings, worker
from tests.nats_server import NatsServer, needs_nats, until

pytestmark = [needs_nats, pytest.mark.real_time]

FULL = Answer(status="elsewhere", problem=SentProblem.of(Problem(503, "full", "It is full.", "Try again.")))


async def test_cameras_spread_over_workers_until_all_are_full(nats: NatsServer, tmp_path: Path) -> None:
    """Two gateways give six cameras to three workers, two each; the seventh is rejected with the next step."""
    given = settings(nats.url, tmp_path, max_sessions=2)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(worker(given)) for _ in range(3)]
        gateways = [await stack.enter_async_context(gateway(given)) for _ in range(2)]
        made = await stack.enter_async_context(phones(7))
        for number, phone in enumerate(made[:6]):
            await publish(gateways[number % 2], phone, f"room{number}")
        assert [len(each.cameras) for each in workers] == [2, 2, 2]
        await until(lambda: all(len(each.cameras) == 6 for each in gateways))
        with pytest.raises(Problem) as refused:
            await publish(gateways[0], made[6])
        assert (refused.value.status_code, refused.value.reason) == (503, "full")
        assert (refused.value.headers or {})["Retry-After"]
        first = next(iter(gateways[1].cameras))
        await gateways[1].cameras.end_all([first], "The test ends it.")
        await publish(gateways[0], made[6])


async def test_offers_at_the_same_moment_spread_as_well(nats: NatsServer, tmp_path: Path) -> None:
    """Of six cameras that arrive together, no worker gets more than one above its share."""
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(worker(given)) for _ in range(3)]
        gateways = [await stack.enter_async_context(gateway(given)) for _ in range(2)]
        made = await stack.enter_async_context(phones(6))
        await asyncio.gather(*(publish(gateways[n % 2], phone, f"r{n}") for n, phone in enumerate(made)))
        assert sum(len(each.cameras) for each in workers) == 6
        assert max(len(each.cameras) for each in workers) <= 3


async def test_a_camera_is_found_by_its_key_at_every_gateway(nats: NatsServer, tmp_path: Path) -> None:
    """Lookup, candidates and the end go to the camera's worker; foreign keys and wildcards find nothing."""
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(worker(given))
        one, other = [await stack.enter_async_context(gateway(given)) for _ in range(2)]
        (phone,) = await stack.enter_async_context(phones(1))
        opened = await publish(one, phone, "den")
        found = await other.cameras.lookup(opened.key)
        assert found == FoundCamera("den", opened.etag, found.ice_ufrags if found else frozenset())
        name = opened.key.partition(".")[0]
        for wrong in (f"{name}.{'x' * 32}", f"*.{'x' * 32}", f"{'0' * 8}.{'x' * 32}", ">", opened.key + "."):
            assert await other.cameras.lookup(wrong) is None
        with pytest.raises(OfferError):
            await other.cameras.add_candidates(opened.key, [("0", "no candidate")])
        await other.cameras.end(opened.key)
        assert await one.cameras.lookup(opened.key) is None
        await until(lambda: not len(one.cameras) and not len(other.cameras))


async def test_a_revoked_grant_ends_the_camera_at_its_worker(nats: NatsServer, tmp_path: Path) -> None:
    """A gateway that hears of a revocation ends the camera, though another gateway placed it; its end is reported."""
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(worker(given))
        one, other = [await stack.enter_async_context(gateway(given)) for _ in range(2)]
        (phone,) = await stack.enter_async_context(phones(1))
        grant = Grant(frozenset({Right.PUBLISH}), "main", "device-1", int(time.time()) + 600)
        ended = asyncio.Event()
        await one.cameras.publish(CameraOffer(await phone.offer(), "main", grant, on_end=ended.set))
        await until(lambda: [camera.device for camera in other.cameras] == ["device-1"])
        other.revoked.add("device-1")
        other.holds.check()
        await other.cameras.ended()
        assert len(there.cameras) == 0
        await asyncio.wait_for(ended.wait(), 10)


async def test_of_two_phones_at_once_one_enters_the_room(nats: NatsServer, tmp_path: Path) -> None:
    """Offers that reach two gateways at the same moment are ordered by the room's claim: the second finds the first."""
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(worker(given))
        gateways = [await stack.enter_async_context(gateway(given)) for _ in range(2)]
        made = await stack.enter_async_context(phones(2))
        found: list[int] = []

        async def enter(number: int) -> None:
            def claim() -> list[object]:
                found.append(len(gateways[number].cameras.in_room("stage")))
                return []

            offer = CameraOffer(await made[number].offer(), "stage", claim=claim, exclusive=True)  # type: ignore[arg-type]
            await gateways[number].cameras.publish(offer)

        await asyncio.gather(enter(0), enter(1))
        assert found == [0, 1]


async def test_without_a_worker_the_answer_names_the_next_step(nats: NatsServer, tmp_path: Path) -> None:
    """An offer is rejected with 503 where no worker runs, and with 400 where it cannot be answered."""
    given = settings(nats.url, tmp_path)
    async with gateway(given) as alone:
        with pytest.raises(Problem) as refused:
            await alone.cameras.publish(CameraOffer("v=0\r\n", "main"))
        assert (refused.value.status_code, refused.value.reason) == (503, "no_worker")
        async with worker(given):
            with pytest.raises(OfferError):
                await alone.cameras.publish(CameraOffer("v=0\r\n", "main"))


@pytest.mark.parametrize("reply", [b"", b"{}", b'{"status":"from the future"}', Answer(status="elsewhere").encoded()])
async def test_a_worker_that_cannot_take_an_offer_is_passed_over(
    nats: NatsServer, client: Client, tmp_path: Path, reply: bytes
) -> None:
    """Replies of a draining worker, or of a release that is not understood, make the gateway ask the next one."""
    given = settings(nats.url, tmp_path)
    asked: Counter[str] = Counter()

    async def answer(message: object) -> None:
        asked[message.subject] += 1  # type: ignore[attr-defined]
        await message.respond(reply)  # type: ignore[attr-defined]

    for subject in (OFFERS, SPARE_OFFERS):
        await client.subscribe(subject, queue=QUEUE, cb=answer)
    async with gateway(given) as one, phones(1) as (phone,):
        with pytest.raises(Problem):
            await publish(one, phone)
        assert asked.total() == TRIES


async def _unanswered_offers(client: Client, *first: Answer) -> asyncio.Queue[Msg]:
    """The offers that reach ``client`` as one of the least loaded workers. It answers the first ones, and no others."""
    offers: asyncio.Queue[Msg] = asyncio.Queue()
    answers = list(first)

    async def take(message: Msg) -> None:
        if answers:
            await message.respond(answers.pop(0).encoded())
        else:
            await offers.put(message)

    await client.subscribe(OFFERS, queue=QUEUE, cb=take)
    await client.flush()
    return offers


async def test_a_worker_that_does_not_answer_is_named(
    nats: NatsServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The offer is rejected with 503 and the next step, and the session is ended in case it was opened."""
    monkeypatch.setattr(cameras_module, "ANSWER_S", 0.1)
    given = settings(nats.url, tmp_path)
    ends: asyncio.Queue[Msg] = asyncio.Queue()
    await client.subscribe(END, cb=ends.put)
    offers = await _unanswered_offers(client)
    async with gateway(given) as one:
        with pytest.raises(Problem) as refused:
            await one.cameras.publish(CameraOffer("v=0", "main"))
        assert (refused.value.status_code, refused.value.reason) == (503, "no_answer")
        offer = read(Offer, (await asyncio.wait_for(offers.get(), 10)).data)
        end = read(End, (await asyncio.wait_for(ends.get(), 10)).data)
        assert offer is not None
        assert end is not None
        assert end.session == offer.session


async def test_a_camera_of_another_room_is_not_ended_by_a_move(nats: NatsServer, tmp_path: Path) -> None:
    """An offer that names a session of another room as its former one begins a session of its own."""
    given = settings(nats.url, tmp_path)
    async with worker(given) as running, gateway(given) as one, phones(2) as (other, phone):
        there = await publish(one, other, "den")
        await until(lambda: len(one.cameras) == 1)
        for room, moved in (("main", 0), ("den", 1)):
            await one.cameras.publish(CameraOffer(await phone.offer(), room, former=there.session_id, moving=True))
            assert running.begun["moved"] == moved


@pytest.mark.parametrize("first_answers", [(), (FULL,)])
async def test_a_worker_that_hangs_is_passed_over(
    nats: NatsServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first_answers: tuple[Answer, ...]
) -> None:
    """An offer that it does not answer goes to a worker that is heard of, which alone opens the session."""
    monkeypatch.setattr(cameras_module, "ANSWER_S", 4.0)
    given = settings(nats.url, tmp_path)
    async with worker(given) as running, gateway(given) as one, phones(2) as (first, second):
        await publish(one, first, "first")
        await client.publish(WORKERS, Load(worker="hung", sessions=0, max_sessions=9).encoded())
        offers = await _unanswered_offers(client, *first_answers)
        await until(lambda: OFFERS not in running._groups)
        await running._client.flush()
        monkeypatch.setattr(cameras_module, "HEARD_S", 30.0)
        one.cameras._loads.pop("hung", None)
        offering = asyncio.ensure_future(publish(one, second, "second"))
        await asyncio.wait_for(offers.get(), 10)
        opened = await offering
        assert opened.session_id in {camera.session_id for camera in running.cameras}
        assert one.cameras.offers["none"] == 1


async def test_the_end_of_a_camera_that_ends_at_once_is_reported(
    nats: NatsServer, client: Client, tmp_path: Path
) -> None:
    """Its worker lists it, and no longer lists it, before the answer arrives."""
    given = settings(nats.url, tmp_path)

    async def answer(message: Msg) -> None:
        offer = read(Offer, message.data)
        assert offer is not None
        listed = CameraList(worker="ffffffff", cameras=[ListedCamera(session=offer.session, room=offer.room)])
        for each in (listed, listed.model_copy(update={"cameras": []})):
            await client.publish(CAMERAS, each.encoded())
        await asyncio.wait_for(ended.wait(), 10)
        await message.respond(Answer(status="open", sdp="v=0").encoded())

    await client.subscribe(OFFERS, queue=QUEUE, cb=answer)
    await client.flush()
    ended = asyncio.Event()
    async with gateway(given) as one:
        await one.cameras.publish(CameraOffer("v=0", "main", on_end=ended.set))
        assert ended.is_set()
        assert len(one.cameras) == 0


async def test_messages_of_the_next_and_the_former_release_are_read(
    nats: NatsServer, client: Client, tmp_path: Path
) -> None:
    """A worker answers an offer with unknown fields and another release; a load without later fields counts."""
    given = settings(nats.url, tmp_path)
    async with worker(given) as there, phones(1) as (phone,):
        offer = Offer(session="0a1b2c3d", room="main", sdp=await phone.offer(), release="0.0.9")
        text = offer.model_dump(exclude={"expires", "former", "former_worker", "ice_servers"}) | {"later": {"a": 1}}
        sent = await client.request(OFFERS, Offer.model_construct(**text).model_dump_json().encode(), 10)
        answer = read(Answer, sent.data)
        assert answer is not None
        assert answer.status == "open"
        assert [camera.session_id for camera in there.cameras] == ["0a1b2c3d"]
        await client.publish(WORKERS, b'{"worker":"ffffffff","sessions":0,"speed":3}')
        await until(lambda: not there._placement.is_next(there.sessions, time.monotonic()))
        assert read(Load, b'{"worker":"ffffffff","sessions":0,"speed":3}') is not None


async def test_a_camera_that_connects_again_continues_its_session(
    nats: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker and another gateway know which session it had, and when that was read last."""
    monkeypatch.setattr(cameras_module, "ANSWER_S", 30.0)  # a busy computer answers late
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(worker(given))]
        one, other = [await stack.enter_async_context(gateway(given)) for _ in range(2)]
        first, again = await stack.enter_async_context(phones(2))
        opened = await publish(one, first)
        await first.answered(opened)
        await until(lambda: other.cameras._read.continued(opened.session_id)[1] is not None)
        await first.peer.close()
        workers[0].draining = True
        workers.append(await stack.enter_async_context(worker(given)))
        offer = CameraOffer(await again.offer(), "main", former=opened.session_id)
        reopened = await other.cameras.publish(offer)
        await again.answered(reopened)
        room = workers[1]._rooms.all()[0]
        seen_s = other.cameras._read.continued(opened.session_id)[1]
        assert seen_s is not None
        await until(lambda: (other.cameras._read.continued(reopened.session_id)[1] or 0.0) > seen_s)
        unseen_s = room.continuity.unseen_s(opened.session_id, seen_s - 5, reopened.session_id, time.time() + 60)
        assert 0 < unseen_s < 60
        assert [each.begun["new"] for each in workers] == [1, 0]
        assert [each.begun["again"] for each in workers] == [0, 1]
        assert (one.cameras.offers["open"], other.cameras.offers["open"]) == (1, 1)
