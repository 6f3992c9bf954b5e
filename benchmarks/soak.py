"""What many connections leave behind in a server: memory, tasks, threads, open files, objects.

Virtual phones connect to a real server process, are read, and go in three ways: told to stop, page closed, network
gone. Every so often all have gone, and the server is looked into.
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
"""Phones at a time."""

WARM_UP_CYCLES = 20
"""Pools of threads fill and modules load while the first connections come; they are no leak."""

LOOKS = 10
"""Looks into the server after the warm-up, spread evenly."""

CLOSE_AFTER_S = 1.0
"""Silence after which this server takes a camera for gone: the default would make each broken network last 8 s."""

SIZE = (320, 240, 15, 300_000)

POOLS = frozenset({"asyncio", "recognition", "ThreadPoolExecutor"})
"""Threads of pools, which have a most they grow to."""

_GONE_TIMEOUT_S = 15.0
_READ_FRAMES_S = 0.4


@dataclass(slots=True)
class Looks:
    """Looks into a server at rest, and after how many cycles each was taken."""

    cycles: list[int] = field(default_factory=list)
    censuses: list[Census] = field(default_factory=list)

    def add(self, cycles: int, census: Census) -> None:
        """Take one in."""
        self.cycles.append(cycles)
        self.censuses.append(census)

    def leaks(self) -> dict[str, dict[str, int]]:
        """What there is more of at the end than at the beginning, by kind and name."""
        first, last = self.censuses[0], self.censuses[-1]
        return {
            "tasks": _more(first.tasks, last.tasks),
            "threads": {name: n for name, n in _more(first.threads, last.threads).items() if name not in POOLS},
            "fds": _more(first.fds, last.fds),
            "objects": _more(first.objects, last.objects),
            "cameras": _more({"cameras": first.cameras}, {"cameras": last.cameras}),
        }

    def rows(self) -> list[Row]:
        """The looks as rows of a report.

        The slope is Theil and Sen's: the median of the slopes between any two looks, which a single jump does not
        move; p95 and p99 are of those slopes too. The growth is the last look's over the first's.
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
        """One line a leak, for the report's remarks."""
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
        StreamsignError: the server does not start, or does not let go of a camera.
    """
    wanted = cycles or (FULL_CYCLES if full else CYCLES)
    if wanted < 2:
        raise StreamsignError("A slope needs two cycles.", "Give --cycles 2 or more.")
    film = encode_film(*SIZE, word="L")
    folder = str(load_model(model).folder.resolve())
    with server(folder, close_after_s=CLOSE_AFTER_S, max_sessions=4 * TOGETHER) as under_test:
        looks = asyncio.run(_soak(under_test, film, wanted))
    return make_report("soak", looks.rows(), remarks=looks.words() or ["nothing leaked"])


async def _soak(under_test: ServerProcess, film: EncodedFilm, cycles: int) -> Looks:
    looks = Looks()
    await _cycles(under_test, film, 0, WARM_UP_CYCLES)
    looks.add(0, await _at_rest(under_test))
    for look in range(LOOKS):
        first, last = (cycles * step // LOOKS for step in (look, look + 1))
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
    """One phone comes, is read, and goes."""
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
    """A look once the last camera has been let go.

    Raises:
        StreamsignError: the server still has a camera long after all have gone.
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
                f"{census.cameras} cameras are still connected {_GONE_TIMEOUT_S:.0f} s after all have gone.",
                "This is a leak of sessions: look at CameraSession.close and the watchdog.",
            )
