"""Finds the number of cameras that one core reads at full rate and in time.

A real server process is pinned to one core; virtual phones in this process, on another core, send films encoded
beforehand over real WebRTC, each into a room of its own that is watched over the real websocket. The number of phones
is raised until the server is late or reads fewer frames than come.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import httpx
import numpy as np

from benchmarks.cores import pinned, two_cores
from benchmarks.film import EncodedFilm, encode_film
from benchmarks.phone import CONNECT_TIMEOUT_S, CameraTrack, Phone, Viewer, event_delays_ms, sent_between
from benchmarks.report import Report, Row, make_report, row
from benchmarks.server import server
from streamsign.recognition.model import load_model

LATE_MS = 60.0
"""Greatest p95 of the time from a frame's first packet to its event on the websocket."""

FULL_RATE = 0.98
"""Least share of sent frames that are read; one frame a stream is in transit when the counting ends."""

SENDER_LATE_MS = 10.0
"""Greatest p95 of the phones' delay in sending; above it the phones are too slow, not the server."""

STEP_S, FULL_STEP_S = 8.0, 15.0
SETTLE_S = 2.0
FIRST, MOST = 4, 128

_MS = 1000


class UnderTest(Protocol):
    """What cameras and viewers connect to: a server, or a cluster."""

    @property
    def url(self) -> str:
        """Of offers and captions."""

    @property
    def token(self) -> str:
        """The publish token."""

    @property
    def view_token(self) -> str:
        """The view token."""

    def cpu_s(self) -> float:
        """CPU time so far of what reads the frames, seconds."""

    async def frames_read(self, http: httpx.AsyncClient) -> int:
        """Frames that were read so far."""


@dataclass(frozen=True, slots=True)
class LoadCase:
    """Kind of the phones' video.

    Attributes:
        channels: use data channels for letters, outlines and clock pings, as the phone page does; without, it is a WHIP
            camera like OBS.
    """

    width: int
    height: int
    fps: int
    bit_rate: int
    channels: bool

    @property
    def name(self) -> str:
        """As in benchmarks/README.md."""
        return f"{'phone' if self.channels else 'whip'}/vp8_{self.width}x{self.height}_{self.fps}"


CASES = (LoadCase(640, 480, 30, 1_500_000, False), LoadCase(320, 240, 15, 300_000, False))
FULL_CASES = (*CASES, LoadCase(640, 480, 30, 1_500_000, True), LoadCase(320, 240, 15, 300_000, True))


@dataclass(frozen=True, slots=True)
class Load:
    """A number of streams with the server's figures.

    Attributes:
        streams: phones that sent.
        delays_ms: first packet of a frame → its event on the websocket.
        read: frames read over frames sent.
        late_ms: p95 of how late the phones sent.
        cpu: share of its core the server used.
        cpu_ms: CPU time of the server over the frames it read; valid on a busy machine too.
    """

    streams: int
    delays_ms: tuple[float, ...]
    read: float
    late_ms: float
    cpu: float
    cpu_ms: float

    @property
    def p95_ms(self) -> float:
        """95th percentile of the delays; infinite when there is none."""
        return float(np.percentile(self.delays_ms, 95)) if self.delays_ms else float("inf")

    @property
    def in_time(self) -> bool:
        """Whether the server kept up."""
        return self.p95_ms <= LATE_MS and self.read >= FULL_RATE

    @property
    def senders_late(self) -> bool:
        """Whether the phones were too slow, so that the figures do not measure the server."""
        return self.late_ms > SENDER_LATE_MS


def most_in_time(loads: Callable[[int], Load], first: int = FIRST, most: int = MOST) -> list[Load]:
    """Find the most streams that are in time: double until one step is not, then halve the interval.

    Args:
        loads: measures a number of streams.
        first: number to begin with.
        most: greatest number.

    Returns:
        Every load measured, in order.
    """
    taken: list[Load] = []

    def holds(streams: int) -> bool:
        taken.append(loads(streams))
        return taken[-1].in_time and not taken[-1].senders_late

    good, bad, wanted = 0, most + 1, first
    while bad - good > 1:
        if holds(wanted):
            good = wanted
        else:
            bad = wanted
        wanted = min(2 * good, most) if bad > most and good else (good + bad) // 2
    return taken


def best(loads: list[Load]) -> Load | None:
    """The load with the most streams of those in time."""
    return max(
        (load for load in loads if load.in_time and not load.senders_late), key=lambda load: load.streams, default=None
    )


def run(*, full: bool, model: str) -> Report:
    """Search the most streams of each case.

    Args:
        full: longer steps, and phones with data channels as well as plain WHIP cameras.
        model: the model the server reads with.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: fewer than two cores, or the server does not start.
    """
    server_core, sender_core = two_cores()
    folder = str(load_model(model).folder.resolve())
    step_s = FULL_STEP_S if full else STEP_S
    rows: list[Row] = []
    remarks: list[str] = []
    for case in FULL_CASES if full else CASES:
        film = encode_film(case.width, case.height, case.fps, case.bit_rate)
        with server(folder, core=server_core, max_sessions=2 * MOST, max_cpu=1.0) as under_test, pinned(sender_core):
            loads = search(under_test, case, film, step_s)
        rows += case_rows(case, loads)
        remarks += case_remarks(case, loads)
    return make_report("capacity", rows, remarks=remarks)


def case_rows(case: LoadCase, loads: list[Load]) -> list[Row]:
    """The search as rows of a report: the result, if the server was the limit, and each step's delays."""
    found = best(loads)
    rows = []
    if not _stopped_by_senders(loads):
        rows.append(row(f"{case.name}/streams_a_core", "ours", "streams", [found.streams if found else 0]))
    for load in sorted(loads, key=lambda load: load.streams):
        name = f"{case.name}/{load.streams}_streams"
        if load.delays_ms:
            rows.append(row(f"{name}/packet_to_event", "ours", "ms", load.delays_ms))
        rows.append(row(f"{name}/frames_read", "ours", "percent", [100 * load.read]))
        rows.append(row(f"{name}/server_cpu", "ours", "percent", [100 * load.cpu]))
        rows.append(row(f"{name}/cpu_a_frame", "ours", "ms", [load.cpu_ms]))
        rows.append(row(f"{name}/senders_late", "ours", "ms", [load.late_ms]))
    return rows


def case_remarks(case: LoadCase, loads: list[Load]) -> list[str]:
    """Remarks on a search: where it does not measure the server, and the number that CPU time alone allows."""
    said = []
    if _stopped_by_senders(loads):
        found = best(loads)
        known = f"at least {found.streams} at once; with more" if found else "an unknown number of streams;"
        said.append(f"{case.name}: {known} the senders were late, not the server")
    busiest = max(loads, key=lambda load: load.streams)
    if busiest.cpu_ms:
        carried = _MS / (busiest.cpu_ms * case.fps)
        said.append(
            f"{case.name}: by CPU time alone a core carries {carried:.1f} streams "
            f"({busiest.cpu_ms:.2f} ms a frame, measured with {busiest.streams})"
        )
    return said


def _stopped_by_senders(loads: list[Load]) -> bool:
    """Whether the least number of streams that failed, failed because the phones were late."""
    failed = [load for load in loads if load.senders_late or not load.in_time]
    return bool(failed) and min(failed, key=lambda load: load.streams).senders_late


def search(under_test: UnderTest, case: LoadCase, film: EncodedFilm, step_s: float) -> list[Load]:
    """Measure numbers of streams until the most that are in time is known."""
    with asyncio.Runner() as runner:
        return most_in_time(lambda streams: runner.run(measure(under_test, case, film, streams, step_s)))


async def measure(under_test: UnderTest, case: LoadCase, film: EncodedFilm, streams: int, step_s: float) -> Load:
    """Connect a number of phones, wait until they are stable, and measure."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S))
        watched = [
            await stack.enter_async_context(_stream(under_test, case, film, http, number)) for number in range(streams)
        ]
        await asyncio.sleep(SETTLE_S)
        read, cpu_s, began_s = await under_test.frames_read(http), under_test.cpu_s(), time.time()
        await asyncio.sleep(step_s)
        read, cpu_s, ended_s = await under_test.frames_read(http) - read, under_test.cpu_s() - cpu_s, time.time()
        await asyncio.sleep(LATE_MS / _MS)  # events of the last frames
        sent = sum(sent_between(track, began_s, ended_s) for track, _ in watched)
        late_s = [late for track, _ in watched for late in track.late_s[-round(step_s * film.fps) :]]
        delays = [ms for track, viewer in watched for ms in event_delays_ms(viewer, track, began_s, ended_s)]
    return Load(
        streams,
        tuple(delays),
        min(1.0, read / sent) if sent else 0.0,
        _MS * float(np.percentile(late_s, 95)),
        cpu_s / (ended_s - began_s),
        _MS * cpu_s / read if read else 0.0,
    )


@asynccontextmanager
async def _stream(
    under_test: UnderTest, case: LoadCase, film: EncodedFilm, http: httpx.AsyncClient, number: int
) -> AsyncIterator[tuple[CameraTrack, Viewer]]:
    """A phone and its viewer."""
    room = f"capacity{number}"
    # Seeded, so that every run has the same phases; spread, so that frames do not arrive at the same time.
    await asyncio.sleep(random.Random(number).uniform(0, 1 / film.fps))
    async with Viewer(under_test.url, room, under_test.view_token) as viewer:
        track = CameraTrack(film, number)
        phone = Phone(http, under_test.url, under_test.token, room, track, channels=case.channels)
        await phone.connect()
        try:
            yield track, viewer
        finally:
            await phone.leave()
