"""A server with half as many cameras as it allows, for an hour: does its memory grow, and is anything left at the end?

    python -m benchmarks.endurance [MINUTES] [CAMERAS]

Every camera sends a film of the demo signer to a room of its own, which a viewer watches. After a while the camera
leaves, the text of its room is deleted, and it comes again: a log that fills up to its limit is growth that is meant,
and would hide one that is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from itertools import combinations

import httpx

from benchmarks.film import EncodedFilm, encode_film
from benchmarks.phone import CONNECT_TIMEOUT_S, CameraTrack, Phone, Viewer
from benchmarks.reliability import table, write_section
from benchmarks.server import Census, ServerProcess, server
from benchmarks.soak import Looks
from streamsign.errors import ConnectionFailed, StreamsignError
from streamsign.recognition.model import load_model

MINUTES, CAMERAS = 60.0, 10
SIZE = (320, 240, 15, 300_000)
STAY_S = (30.0, 90.0)
"""Shortest and longest time that a camera stays."""

LOOK_EVERY_S = 15.0
WARM_UP = 0.25
"""Share of the time before memory counts: pools, decoders and histograms have grown to what they need then."""

CLOSE_AFTER_S = 2.0
SETTLE_S = 12.0
"""Wait before an idle server is counted: AnyIO's threads and what a closing leaves to the loop go in ten seconds."""

_GONE_TIMEOUT_S = 60.0


@dataclass(slots=True)
class Endurance:
    """What was seen.

    Attributes:
        idle: the idle server before the cameras came, and after they went.
        elapsed_s, resident_kb, cameras: when each count was taken, memory then, and cameras that were connected.
        tasks, descriptors: how many there were at each count.
        visits: cameras that came.
        refused: cameras that did not get a media path in time and came again.
        letters: letters and readings that viewers got.
        cpu: share of a core that the server used.
    """

    idle: Looks = field(default_factory=Looks)
    elapsed_s: list[float] = field(default_factory=list)
    resident_kb: list[int] = field(default_factory=list)
    cameras: list[int] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    visits: int = 0
    refused: int = 0
    letters: int = 0
    cpu: float = 0.0

    def look(self, elapsed_s: float, census: Census) -> None:
        """Add a count."""
        self.elapsed_s.append(elapsed_s)
        self.resident_kb.append(census.resident_kb)
        self.cameras.append(census.cameras)
        self.tasks.append(sum(census.tasks.values()))
        self.descriptors.append(sum(census.fds.values()))

    def slope_mb_an_hour(self, after: float = WARM_UP) -> float:
        """Growth of memory after a share of the time: the median of the slopes between any two counts (Theil, Sen).

        Counts with another number of cameras than most are left out: a camera that has just left or come is more
        memory than the growth of an hour. NaN with fewer than two counts.
        """
        after_s, usual = after * self.elapsed_s[-1], statistics.mode(self.cameras)
        counts = zip(self.elapsed_s, self.resident_kb, self.cameras, strict=True)
        points = [(at_s, kb) for at_s, kb, cameras in counts if at_s >= after_s and cameras == usual]
        slopes = [(b - a) / (after - before) for (before, a), (after, b) in combinations(points, 2)]
        return statistics.median(slopes) * 3600 / 1000 if slopes else math.nan

    def leaked(self) -> dict[str, dict[str, int]]:
        """What the idle server has more of at the end than before the cameras came, by kind."""
        return {kind: found for kind, found in self.idle.leaks().items() if found}


async def endure(under_test: ServerProcess, film: EncodedFilm, minutes: float, cameras: int) -> Endurance:
    """Keep cameras coming and going for so long, and count what the server holds.

    Raises:
        StreamsignError: the server still has cameras a minute after all have gone.
    """
    seen = Endurance()
    limits = httpx.Limits(max_keepalive_connections=0)  # one that is kept open would look like a leak
    async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S, limits=limits) as http:
        # Each camera once: what is loaded and pooled at a first connection is not a leak.
        await asyncio.gather(*(_visit(under_test, film, http, number, 2.0, seen) for number in range(cameras)))
        seen.idle.add(0, await _idle(under_test))
        began_s, began_cpu_s = time.monotonic(), under_test.cpu_s()
        until_s = began_s + 60 * minutes
        busy = [
            asyncio.ensure_future(_come_and_go(under_test, film, http, number, until_s, seen))
            for number in range(cameras)
        ]
        while (now_s := time.monotonic()) < until_s and not any(task.done() for task in busy):
            await asyncio.sleep(min(LOOK_EVERY_S, until_s - now_s))
            seen.look(time.monotonic() - began_s, await asyncio.to_thread(under_test.census))
        await asyncio.gather(*busy)
        seen.cpu = (under_test.cpu_s() - began_cpu_s) / (time.monotonic() - began_s)
        seen.idle.add(seen.visits, await _idle(under_test))
    return seen


async def _come_and_go(
    under_test: ServerProcess, film: EncodedFilm, http: httpx.AsyncClient, number: int, until_s: float, seen: Endurance
) -> None:
    chance = random.Random(number)
    while (left_s := until_s - time.monotonic()) > 0:
        await _visit(under_test, film, http, number, min(chance.uniform(*STAY_S), left_s), seen)


async def _visit(
    under_test: ServerProcess, film: EncodedFilm, http: httpx.AsyncClient, number: int, stay_s: float, seen: Endurance
) -> None:
    """One camera and its viewer, for so long; then the text of their room is deleted."""
    room = f"endurance{number}"
    owner = {"Authorization": f"Bearer {under_test.owner_token}"}
    async with Viewer(under_test.url, room, under_test.view_token) as viewer:
        phone = Phone(http, under_test.url, under_test.token, room, CameraTrack(film, number), channels=True)
        seen.visits += 1
        try:
            await phone.connect()
            await asyncio.sleep(stay_s)
        except ConnectionFailed:  # a busy machine
            seen.refused += 1
        finally:
            way = seen.visits % 3
            with contextlib.suppress(httpx.HTTPError):
                await (phone.leave() if way == 0 else phone.hang_up() if way == 1 else phone.vanish())
        seen.letters += len(viewer.events)
    (await http.delete(f"{under_test.url}/rooms/{room}/text", headers=owner)).raise_for_status()


async def _idle(under_test: ServerProcess) -> Census:
    until_s = time.monotonic() + _GONE_TIMEOUT_S
    while (census := await asyncio.to_thread(under_test.census)).cameras:
        if time.monotonic() > until_s:
            raise StreamsignError(
                f"The server still has {census.cameras} cameras {_GONE_TIMEOUT_S:.0f} s after all have gone.",
                "Sessions leak: check CameraSession.close and the watchdog.",
            )
        await asyncio.sleep(1.0)
    await asyncio.sleep(SETTLE_S)
    return await asyncio.to_thread(under_test.census)


def run(minutes: float, cameras: int) -> Endurance:
    """Start a server that allows twice as many cameras, and keep them coming.

    Raises:
        StreamsignError: the server does not start, or keeps cameras.
    """
    film = encode_film(*SIZE)
    folder = str(load_model("celov").folder.resolve())
    with server(folder, max_sessions=2 * cameras, max_cpu=1.0, close_after_s=CLOSE_AFTER_S) as under_test:
        return asyncio.run(endure(under_test, film, minutes, cameras))


def section(minutes: float, cameras: int, seen: Endurance) -> str:
    """What docs/reliability.md says of it."""
    width, height, fps, _ = SIZE
    leaked = "; ".join(f"{kind}: {found}" for kind, found in seen.leaked().items()) or "nothing"
    rows: dict[str, object] = {
        "duration": f"{minutes:g} min",
        f"cameras at a time, {width}×{height} at {fps} fps (limit: {2 * cameras})": cameras,
        "cameras that came, stayed and went": seen.visits,
        "of those without a media path in 20 s (they came again)": seen.refused,
        "readings and letters at the viewers": seen.letters,
        "CPU of the server": f"{seen.cpu:.2f} cores",
        "growth of memory after the first quarter": f"{seen.slope_mb_an_hour():+.2f} MB/h",
        "growth of memory in the second half": f"{seen.slope_mb_an_hour(0.5):+.2f} MB/h",
        "memory, least and most after the first quarter": _span(seen, seen.resident_kb, 1000, " MB"),
        "tasks, least and most": _span(seen, seen.tasks),
        "descriptors, least and most": _span(seen, seen.descriptors),
        "memory of the idle server before and after": " → ".join(
            f"{census.resident_kb / 1000:.0f} MB" for census in seen.idle.censuses
        ),
        "idle at the end, more than idle before": leaked,
    }
    return f"""\
Written by `make soak MINUTES={minutes:g} CAMERAS={cameras}`; without numbers it takes {MINUTES:.0f} minutes with
{CAMERAS} cameras. Each camera stays for {STAY_S[0]:.0f} to {STAY_S[1]:.0f} s, disconnects (DELETE, closed connection,
or silence), and connects
again; the text of its room is deleted in between. The server is counted every {LOOK_EVERY_S:.0f} s.

{table(rows)}

The slope is Theil and Sen's: the median over all pairs of counts with the usual number of cameras. A log in memory
holds up to 2,000 events a room; rooms that keep their text grow up to that.
"""


def _span(seen: Endurance, values: list[int], divisor: int = 1, unit: str = "") -> str:
    after_s = WARM_UP * seen.elapsed_s[-1]
    late = [value / divisor for at_s, value in zip(seen.elapsed_s, values, strict=True) if at_s >= after_s]
    return f"{min(late):.0f} – {max(late):.0f}{unit}"


def main() -> None:
    """``python -m benchmarks.endurance [MINUTES] [CAMERAS]``."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    cameras = int(sys.argv[2]) if len(sys.argv) > 2 else CAMERAS
    seen = run(minutes, cameras)
    text = section(minutes, cameras, seen)
    sys.stdout.write(text)
    write_section("An hour at half capacity", text)
    if seen.leaked():
        sys.exit(1)


if __name__ == "__main__":
    main()
