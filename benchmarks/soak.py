"""Resources that remain in a server after many connections: memory, tasks, threads, open files, objects.

Virtual phones connect to a real server process, send video until letters arrive, and disconnect in one of three ways:
a DELETE request, a closed peer connection, or silence. The resources of the server are counted each time when all
phones have disconnected.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import combinations

import httpx

from benchmarks.film import EncodedFilm, encode_film
from benchmarks.phone import CONNECT_TIMEOUT_S, CameraTrack, Phone, Viewer
from benchmarks.report import Report, Row, make_report, row
from benchmarks.server import Census, ServerProcess, server
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model

CYCLES, FULL_CYCLES = 100, 1000
TOGETHER = 4
"""Phones that are connected at the same time."""

WARM_UP_CYCLES = 20
"""Cycles before the first count: thread pools fill and modules load during the first connections."""

COUNTS = 10
"""Counts after the warm-up, spread evenly."""

CLOSE_AFTER_S = 1.0
"""Silence after which this server disconnects a camera; with the default each silent phone would last 8 s."""

SIZE = (320, 240, 15, 300_000)

POOLS = frozenset({"AnyIO worker thread", "asyncio", "recognition", "ThreadPoolExecutor"})
"""Threads of pools with a maximum size.

FastAPI runs dependencies and routes that are not coroutines in AnyIO's pool: at most 40 threads, each of which ends
after ten idle seconds at the next use. How many are alive depends on how many requests arrived together.
"""

_GONE_TIMEOUT_S = 15.0
_READ_FRAMES_S = 0.4


@dataclass(slots=True)
class Looks:
    """Counts of an idle server, and the number of cycles before each."""

    cycles: list[int] = field(default_factory=list)
    censuses: list[Census] = field(default_factory=list)

    def add(self, cycles: int, census: Census) -> None:
        """Add a count."""
        self.cycles.append(cycles)
        self.censuses.append(census)

    def leaks(self) -> dict[str, dict[str, int]]:
        """Resources of which the last count has more than the first, by kind and name."""
        first, last = self.censuses[0], self.censuses[-1]
        return {
            "tasks": _more(first.tasks, last.tasks),
            "threads": {name: n for name, n in _more(first.threads, last.threads).items() if name not in POOLS},
            "fds": _more(first.fds, last.fds),
            "objects": _more(first.objects, last.objects),
            "cameras": _more({"cameras": first.cameras}, {"cameras": last.cameras}),
        }

    def rows(self) -> list[Row]:
        """The counts as rows of a report.

        The slope is the Theil–Sen estimator: the median of the slopes between any two counts, which is robust to a
        single outlier; p95 and p99 are of those slopes too. The growth is the last count minus the first.
        """
        points = list(zip(self.cycles, (census.resident_kb for census in self.censuses), strict=True))
        slopes = [(after - before) / (b - a) for (a, before), (b, after) in combinations(points, 2)]
        growth_kb = max(0, points[-1][1] - points[0][1])
        leaked = [row(f"leaked/{kind}", "ours", "count", [sum(found.values())]) for kind, found in self.leaks().items()]
        return [
            *leaked,
            row("memory/slope_a_cycle", "ours", "kB", slopes),
            row("memory/growth", "ours", "kB", [growth_kb]),
            row("memory/resident", "ours", "kB", [census.resident_kb for census in self.censuses]),
        ]

    def words(self) -> list[str]:
        """One line for each leak, for the report's remarks."""
        return [
            f"leaked {kind}: {name} × {n} in {self.cycles[-1] - self.cycles[0]} cycles"
            for kind, found in self.leaks().items()
            for name, n in found.items()
        ]


def _more(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: n - before.get(name, 0) for name, n in after.items() if n > before.get(name, 0)}


def run(*, full: bool, model: str, cycles: int | None = None) -> Report:
    """Connect and disconnect virtual phones.

    Args:
        full: a thousand cycles instead of a hundred.
        model: the model the server reads with.
        cycles: how many, whatever ``full`` says; at least 2.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: the server does not start, or does not disconnect a camera.
    """
    wanted = cycles or (FULL_CYCLES if full else CYCLES)
    if wanted < 2:
        raise StreamsignError("A slope needs two cycles.", "Pass --cycles 2 or more.")
    film = encode_film(*SIZE, word="L")
    folder = str(load_model(model).folder.resolve())
    silence_s = CLOSE_AFTER_S
    with server(folder, stall_after_s=silence_s, close_after_s=silence_s, max_sessions=4 * TOGETHER) as under_test:
        looks = asyncio.run(_soak(under_test, film, wanted))
    return make_report("soak", looks.rows(), remarks=looks.words() or ["nothing leaked"])


async def _soak(under_test: ServerProcess, film: EncodedFilm, cycles: int) -> Looks:
    looks = Looks()
    await _cycles(under_test, film, 0, WARM_UP_CYCLES)
    looks.add(0, await _at_rest(under_test))
    for look in range(COUNTS):
        first, last = (cycles * step // COUNTS for step in (look, look + 1))
        if last > first:
            await _cycles(under_test, film, first, last)
            looks.add(last, await _at_rest(under_test))
    return looks


async def _cycles(under_test: ServerProcess, film: EncodedFilm, first: int, last: int) -> None:
    # Each request on a connection of its own: one that is kept open would look like a leak.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S, limits=limits) as http:
        for begin in range(first, last, TOGETHER):
            numbers = range(begin, min(last, begin + TOGETHER))
            await asyncio.gather(*(_cycle(under_test, film, http, number) for number in numbers))


async def _cycle(under_test: ServerProcess, film: EncodedFilm, http: httpx.AsyncClient, number: int) -> None:
    """Connect one phone, wait for captions, and disconnect it."""
    room = f"soak{number % TOGETHER}"
    async with Viewer(under_test.url, room, under_test.view_token) as viewer:
        phone = Phone(http, under_test.url, under_test.token, room, CameraTrack(film, number), channels=True)
        await phone.connect()
        try:
            await asyncio.wait_for(viewer.first.wait(), CONNECT_TIMEOUT_S)
            await asyncio.sleep(_READ_FRAMES_S)
        finally:
            way = number % 3
            await (phone.leave() if way == 0 else phone.hang_up() if way == 1 else phone.vanish())


async def _at_rest(under_test: ServerProcess) -> Census:
    """Count the resources when no camera is connected.

    Raises:
        StreamsignError: the server still has a camera 15 s after all have disconnected.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _GONE_TIMEOUT_S
    while True:
        await asyncio.sleep(1.0)  # the closing itself takes a moment after the last camera is off the list
        census = await asyncio.to_thread(under_test.census)
        if not census.cameras:
            await asyncio.sleep(1.0)
            return await asyncio.to_thread(under_test.census)
        if loop.time() > deadline:
            raise StreamsignError(
                f"The server still has {census.cameras} cameras {_GONE_TIMEOUT_S:.0f} s after all have disconnected.",
                "Sessions leak: check CameraSession.close and the watchdog.",
            )
