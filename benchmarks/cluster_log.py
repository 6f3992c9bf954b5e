"""The caption log of a cluster: its latency, and whether a letter is lost or doubled when NATS is restarted.

Latency: a worker process publishes letters to rooms, as the readers of cameras do; this process has the rooms open like
a gateway and takes the time at a viewer. Both read the clock of one computer.

Restarts: two writers, each with its own connection as two workers have, write letters to one room while NATS is ended,
with SIGKILL and SIGTERM in turn, and started again. A third connection has a viewer.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import numpy as np
from pydantic import SecretStr

from benchmarks.nats_server import NatsServer, nats_servers, nats_version
from benchmarks.reliability import table, write_section
from streamsign.captions.events import Edit, KeptEvent, Letter
from streamsign.captions.room import CaptionRoom
from streamsign.captions.subscription import Subscription
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.rooms import ClusterRooms
from streamsign.recognition.events import Commit

LETTERS = "CELOV"
LETTER_EVERY_S = 0.01
"""Interval of each writer's letters while NATS is restarted."""

WRITE_S = 1.2
"""How long they write in one trial."""

SETTLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the publication of a letter in the worker to a viewer of the gateway."""

    letters: int
    rooms: int
    letters_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Restarts:
    """Result of the restarts.

    Attributes:
        restarts: of NATS.
        letters: published.
        lost: published, but not in the log; and published, but not at the viewer.
        doubled: more than once in the log, or at the viewer.
        reordered: letters of one writer out of order, gaps in the numbers, or a text that does not follow.
        away_s: longest time from the end of NATS until a letter was stored again, seconds.
    """

    restarts: int
    letters: int
    lost: int
    doubled: int
    reordered: int
    away_s: float


@asynccontextmanager
async def rooms_on(url: str) -> AsyncIterator[ClusterRooms]:
    """The rooms of one process of a cluster."""
    client = await connect(NatsAddress(SecretStr(url)), "benchmark")
    rooms = ClusterRooms(client, "celov", LETTERS, clock=time.time)
    await rooms.open()
    try:
        yield rooms
    finally:
        await rooms.close()
        await close(client)


async def measure_latency(
    server: NatsServer, rooms: int = 10, letters_per_s: float = 5.0, seconds: float = 20.0
) -> Latency:
    """Measure the latency with a worker in a process of its own.

    Args:
        server: the NATS.
        rooms: rooms with one camera each.
        letters_per_s: of each room.
        seconds: duration.
    """
    took_s: list[float] = []

    async def watch(viewer: Subscription) -> None:
        async for event in viewer:
            if isinstance(event, Letter):
                took_s.append(time.time() - event.captured_s)  # noqa: PERF401 - each at its time

    async with rooms_on(server.url) as gateway:
        names = [f"latency-{number}" for number in range(rooms)]
        viewers = [(await gateway.get(name)).subscribe() for name in names]
        watching = [asyncio.ensure_future(watch(viewer)) for viewer in viewers]
        command = ("-m", "benchmarks.cluster_log", "worker", server.url, str(rooms), str(letters_per_s), str(seconds))
        worker = await asyncio.create_subprocess_exec(sys.executable, *command)
        await worker.wait()
        await asyncio.sleep(0.5)
        for viewer in viewers:
            viewer.close()
        await asyncio.gather(*watching)
    p50, p95, p99 = (round(1000 * float(value), 2) for value in np.percentile(took_s, [50, 95, 99]))
    return Latency(len(took_s), rooms, rooms * letters_per_s, p50, p95, p99, round(1000 * max(took_s), 2))


async def _work(url: str, rooms: int, letters_per_s: float, seconds: float) -> None:
    async with rooms_on(url) as worker:

        async def sign(name: str) -> None:
            room = await worker.get(name)
            chance = random.Random(name)
            for number in range(int(seconds * letters_per_s)):
                await asyncio.sleep(chance.uniform(0.5, 1.5) / letters_per_s)
                now_s = time.time()
                room.publish_letter("camera", Commit(LETTERS[number % len(LETTERS)], 0.9, now_s, now_s))
            await room.settled()

        await asyncio.gather(*(sign(f"latency-{number}") for number in range(rooms)))


async def restart_while_writing(server: NatsServer, name: str, chance: random.Random, *, kill: bool) -> Restarts:
    """Write to a room over two connections, and restart NATS meanwhile.

    Args:
        server: the NATS, running.
        name: a room that nothing was written to.
        chance: decides the moments.
        kill: whether it is ended with SIGKILL, not SIGTERM.
    """
    loop = asyncio.get_running_loop()
    seen: list[KeptEvent] = []
    ended_s, again_s = 0.0, 0.0

    async def write(room: CaptionRoom, session: str) -> int:
        until_s = loop.time() + WRITE_S
        for number in itertools.count():
            room.publish_letter(session, Commit(LETTERS[number % 5], 0.9, float(number), float(number)))
            await asyncio.sleep(LETTER_EVERY_S * chance.uniform(0.5, 1.5))
            if loop.time() > until_s:
                return number + 1
        raise AssertionError

    async def watch(viewer: Subscription) -> None:
        nonlocal again_s
        async for event in viewer:
            if isinstance(event, Letter | Edit):
                seen.append(event)
                if ended_s and not again_s and server_is_back.is_set():
                    again_s = loop.time()

    server_is_back = asyncio.Event()
    async with rooms_on(server.url) as first, rooms_on(server.url) as second, rooms_on(server.url) as third:
        writers = [await first.get(name), await second.get(name)]
        viewer = (await third.get(name)).subscribe()
        watching = asyncio.ensure_future(watch(viewer))
        writing = [asyncio.ensure_future(write(room, session)) for room, session in zip(writers, "ab", strict=True)]
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        ended_s = loop.time()
        await asyncio.to_thread(server.kill, signal.SIGKILL if kill else signal.SIGTERM)
        await asyncio.sleep(chance.uniform(0.0, 0.4))
        await asyncio.to_thread(server.start)
        server_is_back.set()
        counts = await asyncio.gather(*writing)
        async with asyncio.timeout(SETTLE_S):
            await asyncio.gather(*(room.settled() for room in writers))
            async with rooms_on(server.url) as fourth:
                log = (await fourth.look(name)).log.after()[1]
            while not (seen and log) or seen[-1].seq < log[-1].seq:  # noqa: ASYNC110 - the viewer is another task
                await asyncio.sleep(0.01)
        viewer.close()
        await watching
    published = {
        (session, float(number)) for session, count in zip("ab", counts, strict=True) for number in range(count)
    }
    found = [judge(published, events) for events in (log, seen)]
    lost, doubled, reordered = (sum(each[place] for each in found) for place in range(3))
    return Restarts(1, len(published), lost, doubled, reordered, round(max(0.0, again_s - ended_s), 2))


def judge(published: set[tuple[str, float]], events: Sequence[KeptEvent]) -> tuple[int, int, int]:
    """Letters that were lost, doubled and reordered.

    Args:
        published: session and number of each letter.
        events: what one replica or viewer has.
    """
    letters = [event for event in events if isinstance(event, Letter)]
    counts = Counter((event.session, event.captured_s) for event in letters)
    lost = len(published - set(counts))
    doubled = sum(count - 1 for count in counts.values())
    reordered = sum(event.seq != number for number, event in enumerate(events, 1))
    reordered += sum(after.text != before.text + after.letter for before, after in itertools.pairwise(letters))
    for session in {session for session, _ in published}:
        numbers = [event.captured_s for event in letters if event.session == session]
        reordered += sum(after < before for before, after in itertools.pairwise(numbers))
    return lost, doubled, reordered


async def restarts(server: NatsServer, repetitions: int, seed: int) -> Restarts:
    """The sum of ``repetitions`` trials, with SIGKILL and SIGTERM in turn."""
    chance = random.Random(seed)
    trials = []
    for number in range(repetitions):
        trials.append(await restart_while_writing(server, f"restart-{number}", chance, kill=number % 2 == 0))
        if trials[-1].lost or trials[-1].doubled or trials[-1].reordered:
            sys.stderr.write(f"trial {number}: {trials[-1]}\n")
    return Restarts(
        len(trials),
        sum(each.letters for each in trials),
        sum(each.lost for each in trials),
        sum(each.doubled for each in trials),
        sum(each.reordered for each in trials),
        max(each.away_s for each in trials),
    )


def section(latency: Latency, found: Restarts, version: str) -> str:
    """The part of docs/reliability.md."""
    worker = f"worker to viewer, {latency.letters_per_s:.0f} letters a second in {latency.rooms} rooms, p50"
    rows = {
        "restarts of NATS, SIGKILL and SIGTERM in turn": found.restarts,
        "letters published by two writers": found.letters,
        "lost": found.lost,
        "doubled": found.doubled,
        "out of order": found.reordered,
        "end of NATS to the next stored letter, longest": f"{found.away_s} s",
        worker: f"{latency.p50_ms} ms",
        "the same, p95": f"{latency.p95_ms} ms",
        "the same, p99": f"{latency.p99_ms} ms",
    }
    return f"""\
Written by `make cluster-log`. Two connections write letters to one room, each about every
{LETTER_EVERY_S * 1000:.0f} ms, while nats-server {version} is ended at a random moment and started again. The log, as
it is read afterwards, and what a viewer received on a third connection are compared with what was published.

{table(rows)}

Other programs ran on the machine.
"""


async def _measure(repetitions: int, seed: int) -> tuple[Latency, Restarts]:
    with nats_servers() as (server,):
        return await measure_latency(server), await restarts(server, repetitions, seed)


def main() -> None:
    """``python -m benchmarks.cluster_log [RESTARTS]``."""
    if sys.argv[1:2] == ["worker"]:
        url, rooms, letters_per_s, seconds = sys.argv[2:]
        asyncio.run(_work(url, int(rooms), float(letters_per_s), float(seconds)))
        return
    latency, found = asyncio.run(_measure(int(sys.argv[1]) if len(sys.argv) > 1 else 50, seed=26))
    sys.stdout.write(json.dumps({"latency": asdict(latency), "restarts": asdict(found)}, indent=2) + "\n")
    write_section("NATS restarted while letters flow", section(latency, found, nats_version()))
    if found.lost or found.doubled or found.reordered:
        sys.exit(1)


if __name__ == "__main__":
    main()
