"""Benchmarks NATS with the messages of a cluster: letters, moments, and the loss of a server."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import nats
from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import StreamConfig
from pydantic import BaseModel

from benchmarks.cores import pinned, two_cores
from benchmarks.heard import heard
from benchmarks.nats_server import NatsServer, nats_servers, nats_version
from benchmarks.raw_nats import Drain, RawClient, publication
from benchmarks.report import Report, Row, make_report, row
from streamsign.captions.events import Alternative, Letter, Partial
from streamsign.captions.ledger import Ledger
from streamsign.captions.log import MAX_EVENTS
from streamsign.cluster.messages import Moment, read
from streamsign.errors import StreamsignError

STREAM = "BENCH_CAPTIONS"
LOG, PUBLISHED, MOMENTS = "bench.log", "bench.published", "bench.moments"

ROOMS, FULL_ROOMS = (100, 10_000), (100, 10_000, 100_000)
MESSAGES, FULL_MESSAGES = 50_000, 200_000
MOMENTS_A_MESSAGE = 4
"""Factor on the number of moments: one takes about a microsecond, and CPU time is counted in steps of 10 ms."""

BATCH = 500
"""Messages that are written at once; two batches are in flight."""

ONE_BY_ONE = 500
TEXTS = (0, 100, 1000, 10_000)
"""Characters of a room's text; the last is the most that is kept."""

LOSSES, FULL_LOSSES = 3, 10
_AGAIN_S = 0.25
_LOST_TIMEOUT_S = 60.0
_TO_US = 1e6


def letter_of(text: str) -> Letter:
    """A letter event with a full ledger and a text."""
    at_s = 1_764_000_000.123456
    stamps = {name: at_s for name in Ledger.__dataclass_fields__ if not name.endswith("error_s")}
    return Letter(
        seq=1234,
        session="a1b2c3d4",
        letter="A",
        text=text,
        confidence=0.9876,
        started_s=at_s,
        captured_s=at_s,
        alternatives=_alternatives(),
        ledger=Ledger(**stamps),
    )


def partial() -> Partial:
    """A camera's current reading, with the usual three alternatives."""
    return Partial(
        session="a1b2c3d4",
        letter="A",
        confidence=0.9876,
        alternatives=_alternatives(),
        sharpness=0.8765,
        captured_s=1_764_000_000.123456,
    )


def _alternatives() -> list[Alternative]:
    return [Alternative(letter=letter, confidence=share) for letter, share in (("A", 0.98), ("S", 0.01), ("E", 0.01))]


def moment_of(reading: Partial) -> Moment:
    """A partial as a worker sends it to gateways."""
    return Moment(sender="a1b2c3d4e5f6", log_id="a1b2c3d4e5f6", last_seq=1234, partial=reading)


def wire(event: BaseModel) -> bytes:
    """An event as it is sent."""
    return event.model_dump_json().encode()


def run(*, full: bool, model: str, messages: int | None = None, losses: int | None = None) -> Report:
    """Measure one server on a core of its own, and the loss of one of three.

    Args:
        full: more rooms, messages and losses.
        model: not used; no camera is read.
        messages: of each case; overrides ``full``.
        losses: number of servers lost; overrides ``full``.

    Raises:
        StreamsignError: nats-server is not installed, or fewer than two cores.
    """
    del model
    broker_core, client_core = two_cores()
    messages = messages or (FULL_MESSAGES if full else MESSAGES)
    losses = losses or (FULL_LOSSES if full else LOSSES)
    rows = [row(f"bytes/letter_of_{n}_characters", "ours", "bytes", [len(wire(letter_of("A" * n)))]) for n in TEXTS]
    rows.append(row("bytes/partial", "ours", "bytes", [len(wire(partial()))]))
    rows.append(row("bytes/moment", "ours", "bytes", [len(moment_of(partial()).encoded())]))
    with pinned(client_core):
        for rooms in FULL_ROOMS if full else ROOMS:
            rows += _letters(broker_core, rooms, max(messages, 2 * rooms))
        for gateways in (1, 5):
            rows.append(_moments(broker_core, gateways, MOMENTS_A_MESSAGE * messages))
        rows.append(_gateway(broker_core, messages))
        rows += heard(messages)
    rows.append(asyncio.run(_losses(losses)))
    return make_report(
        "broker",
        rows,
        versions={"nats-server": nats_version()},
        remarks=["One server on a core of its own; messages are written in batches of 500, at most two in flight."],
    )


@dataclass(slots=True)
class _Meter:
    """Wall time and the server's CPU time of a number of messages."""

    server: NatsServer
    wall_s: float = 0.0
    cpu_s: float = 0.0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        began_s, cpu_s = time.perf_counter(), self.server.cpu_s()
        yield
        self.wall_s, self.cpu_s = time.perf_counter() - began_s, self.server.cpu_s() - cpu_s

    def rows(self, case: str, messages: int) -> list[Row]:
        return [
            row(f"{case}/time_a_message", "ours", "us", [_TO_US * self.wall_s / messages]),
            row(f"{case}/broker_cpu_a_message", "ours", "us", [_TO_US * self.cpu_s / messages]),
        ]


def _stored(client: RawClient, message: Callable[[int], bytes], count: int) -> None:
    """Publish messages to a stream, with two batches in flight, until all are acknowledged."""
    waiting = 0
    for begin in range(0, count, BATCH):
        size = min(BATCH, count - begin)
        client.send([message(number) for number in range(begin, begin + size)])
        client.acknowledged(waiting)
        waiting = size
    client.acknowledged(waiting)


def _letters(core: int, rooms: int, messages: int) -> list[Row]:
    """Letters of rooms in turn into one stream, as workers store them: ids, expected sequence, republished."""
    case, payload = f"letters/{rooms}_rooms", wire(letter_of("A" * 1000))

    def message(number: int) -> bytes:
        before = max(0, number + 1 - rooms)  # the stream's number of the room's letter before
        headers = {"Nats-Expected-Last-Subject-Sequence": str(before), "Nats-Msg-Id": f"a1b2c3d4:{number}"}
        return publication(f"{LOG}.room{number % rooms}", payload, reply="_INBOX.acks", headers=headers)

    with nats_servers(core=core) as (server,):
        empty_kb = server.resident_kb()
        client = RawClient(server.port)
        client.request(f"$JS.API.STREAM.CREATE.{STREAM}", _stream())
        client.subscribe("_INBOX.acks")
        meter, alone_us = _Meter(server), []
        with meter.running():
            _stored(client, message, messages)
        for number in range(messages, messages + ONE_BY_ONE):
            began_s = time.perf_counter()
            client.send([message(number)])
            client.acknowledged(1)
            alone_us.append(_TO_US * (time.perf_counter() - began_s))
        client.close()
        server.kill()
        server.start()  # what remains after a restart is not garbage
        held_kb = max(0, server.resident_kb() - empty_kb)
    return [
        row(f"{case}/acknowledged", "ours", "us", alone_us),
        *meter.rows(case, messages),
        row(f"{case}/memory_a_room", "ours", "kB", [held_kb / rooms]),
    ]


def _stream() -> dict[str, object]:
    return {
        "name": STREAM,
        "subjects": [f"{LOG}.*"],
        "storage": "file",
        "retention": "limits",
        "discard": "old",
        "num_replicas": 1,
        "max_msgs_per_subject": MAX_EVENTS,
        "duplicate_window": 120_000_000_000,
        "allow_direct": True,
        "republish": {"src": f"{LOG}.>", "dest": f"{PUBLISHED}.>"},
    }


def _moments(core: int, gateways: int, messages: int) -> Row:
    """Partials of one publisher to gateways that have its room open."""
    with nats_servers(core=core) as (server,):
        drains = [Drain(server.port, f"{MOMENTS}.*") for _ in range(gateways)]
        client, payload = RawClient(server.port), publication(f"{MOMENTS}.room", moment_of(partial()).encoded())
        meter = _Meter(server)
        with meter.running():
            for begin in range(0, messages, BATCH):
                client.send([payload] * BATCH)
                while min(each.client.received for each in drains) < begin - BATCH:
                    time.sleep(0.0005)
            while min(each.client.received for each in drains) < messages // BATCH * BATCH:
                time.sleep(0.0005)
        for each in drains:
            each.stop()
        client.close()
    return meter.rows(f"moments/to_{gateways}_gateways", messages)[1]


def _gateway(core: int, messages: int) -> Row:
    """CPU time of this process, as a gateway, for a moment."""
    with nats_servers(core=core) as (server,):
        moment = publication(f"{MOMENTS}.room", moment_of(partial()).encoded())
        received_us = asyncio.run(_received(server, [moment] * min(messages, 20_000)))
    return row("moments/received/gateway_cpu_a_message", "ours", "us", [received_us])


async def _received(server: NatsServer, messages: list[bytes]) -> float:
    """CPU time of this thread for each message, microseconds, while another thread sends them."""
    client = await nats.connect(server.url)
    subscription = await client.subscribe(f"{MOMENTS}.*")
    await client.flush()

    sender = RawClient(server.port)
    places = threading.Semaphore(4 * BATCH)  # so that no queue between sender and receiver overflows

    def send() -> None:
        for message in messages:
            places.acquire()
            sender.send([message])

    thread = threading.Thread(target=send)
    began_s = time.thread_time()
    thread.start()
    for _ in messages:
        read(Moment, (await subscription.next_msg(timeout=_LOST_TIMEOUT_S)).data)
        places.release()
    cpu_s = time.thread_time() - began_s
    thread.join()
    sender.close()
    await client.close()
    return _TO_US * cpu_s / len(messages)


async def _losses(count: int) -> Row:
    """Milliseconds from the kill of a stream's leader, of three servers, to the next stored event."""
    with nats_servers(3) as servers:
        client = await nats.connect(
            [each.url for each in servers], max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=_expected
        )
        stream = client.jetstream(timeout=1.0)
        config = StreamConfig(name=STREAM, subjects=[f"{LOG}.*"], num_replicas=3)
        await _until_it_succeeds(lambda: stream.add_stream(config))
        payload, waited_ms = wire(letter_of("A" * 1000)), []
        for number in range(count):
            await _until_it_succeeds(lambda: _whole(client))
            await _until_it_succeeds(lambda: stream.publish(f"{LOG}.room", payload))
            leader = await _leader(client)
            lost = next(each for each in servers if each.name == leader)
            lost.kill()
            began_s, headers = time.perf_counter(), {"Nats-Msg-Id": f"lost:{number}"}
            await _until_it_succeeds(functools.partial(stream.publish, f"{LOG}.room", payload, headers=headers))
            waited_ms.append(1000 * (time.perf_counter() - began_s))
            lost.start()
        await client.close()
    return row("leader_lost/stored_again", "ours", "ms", waited_ms)


async def _expected(_: Exception) -> None:
    """The loss of a server is the case that is measured; the client connects to another one."""


async def _leader(client: Client) -> str:
    cluster = (await client.jsm().stream_info(STREAM)).cluster
    assert cluster is not None and cluster.leader is not None  # noqa: S101, PT018 - three servers form one
    return cluster.leader


async def _whole(client: Client) -> None:
    """Check that all replicas of the stream exist and are current.

    Raises:
        Error: they are not.
    """
    cluster = (await client.jsm().stream_info(STREAM)).cluster
    if cluster is None or not cluster.leader or not all(each.current for each in cluster.replicas or []):
        raise Error


async def _until_it_succeeds(attempt: Callable[[], Awaitable[object]]) -> None:
    deadline_s = time.monotonic() + _LOST_TIMEOUT_S
    while True:
        try:
            await attempt()
            return
        except (Error, OSError) as error:
            if time.monotonic() > deadline_s:
                raise StreamsignError(
                    f"NATS does not answer for {_LOST_TIMEOUT_S:.0f} s ({error!r}).", "Run it alone on the machine."
                ) from error
            await asyncio.sleep(_AGAIN_S)
