"""Benchmarks the delay of letters to a thousand viewers of one room, of which one is stuck and one reads slowly."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks.capacity import UnderTest
from benchmarks.cores import pinned, two_cores
from benchmarks.listener import listeners, upgrade_request
from benchmarks.report import Report, Row, make_report, row
from benchmarks.server import ServerProcess, server
from streamsign.captions.protocol import SUBPROTOCOL
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model

ROOM = "hall"
PATH = f"/captions/{ROOM}"
LETTER_EVERY_S = 0.5
"""Two letters a second, as fast as most people spell."""

VIEWERS, FULL_VIEWERS = 200, 1000
WATCH_S, FULL_WATCH_S = 15.0, 60.0
SETTLE_S = 2.0
SLOW_PAUSE_S = 1.0


def run(*, full: bool, model: str, viewers: int | None = None, watch_s: float | None = None) -> Report:
    """One viewer, then many with a stuck and a slow one among them, of a room with two letters a second.

    Args:
        full: a thousand viewers for a minute instead of 200 for fifteen seconds.
        model: the model the server loads; no camera is read.
        viewers: number of viewers; overrides ``full``.
        watch_s: duration of each case, seconds; overrides ``full``.

    Raises:
        StreamsignError: fewer than two cores, the server does not start, or viewers get no letters.
    """
    many, length_s = viewers or (FULL_VIEWERS if full else VIEWERS), watch_s or (FULL_WATCH_S if full else WATCH_S)
    allow_files(many + 200)
    folder = str(load_model(model).folder.resolve())
    server_core, viewer_core = two_cores()
    with server(folder, core=server_core, publish=(ROOM, LETTER_EVERY_S)) as under_test, pinned(viewer_core):
        rows = asyncio.run(_cases(under_test, many, length_s))
    return make_report(
        "audience", rows, remarks=[f"The server has a core of its own; the {many} viewers share another."]
    )


async def _cases(under_test: ServerProcess, many: int, length_s: float) -> list[Row]:
    return [
        *await _case(under_test, "1_viewer", 1, length_s, disturbed=False),
        *await _case(under_test, f"{many}_viewers", many, length_s, disturbed=False),
        *await _case(under_test, f"{many}_viewers_one_stuck_one_slow", many, length_s, disturbed=True),
    ]


async def _case(under_test: ServerProcess, case: str, count: int, length_s: float, *, disturbed: bool) -> list[Row]:
    async with contextlib.AsyncExitStack() as stack:
        if disturbed:
            await stack.enter_async_context(_slow(under_test))
            await stack.enter_async_context(_stuck(under_test))
        return await delays(under_test, case, [ROOM] * count, length_s)


async def delays(under_test: UnderTest, case: str, rooms: Sequence[str], length_s: float) -> list[Row]:
    """Delay of letters from publication to arrival, over all viewers; and CPU time of the server for each.

    Args:
        under_test: where letters are published, one every half second in each room.
        case: end of the rows' names.
        rooms: the room of each viewer.
        length_s: duration, seconds.

    Raises:
        StreamsignError: a viewer was disconnected or received too few letters.
    """
    async with listeners(under_test.url, under_test.view_token, rooms) as viewers:
        await asyncio.sleep(SETTLE_S)
        for viewer in viewers:
            viewer.came.clear()
        with _no_collections():
            began_cpu_s = under_test.cpu_s()
            await asyncio.sleep(length_s)
            cpu_s = under_test.cpu_s() - began_cpu_s
        gone = sum(viewer.gone for viewer in viewers)
    letters_ms = [list(viewer.letters_ms()) for viewer in viewers]
    fewest = min(map(len, letters_ms))
    if gone or fewest < length_s / LETTER_EVERY_S / 2:
        raise StreamsignError(
            f"{gone} of {len(rooms)} viewers were disconnected, and one received {fewest} letters in {length_s:.0f} s.",
            "Run it alone on the machine.",
        )
    sent = sum(map(len, letters_ms))
    return [
        row(f"letter/{case}", "ours", "ms", [each for waited_ms in letters_ms for each in waited_ms]),
        row(f"server_cpu_a_letter_and_viewer/{case}", "ours", "us", [1e6 * cpu_s / sent]),
    ]


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Switch off garbage collection in this process: a full collection would delay the viewers that it measures."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextlib.asynccontextmanager
async def _slow(under_test: ServerProcess) -> AsyncIterator[None]:
    """A viewer that reads a message a second."""
    protocols = [Subprotocol(SUBPROTOCOL), Subprotocol(f"token.{under_test.view_token}")]
    address = f"{under_test.url.replace('http', 'ws', 1)}{PATH}"

    async def read() -> None:
        async with connect(address, proxy=None, subprotocols=protocols, max_queue=1) as connection:
            async for _ in connection:
                await asyncio.sleep(SLOW_PAUSE_S)

    task = asyncio.ensure_future(read())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def _stuck(under_test: ServerProcess) -> AsyncIterator[None]:
    """A viewer that does not read, with the smallest receive buffer."""
    address = urlsplit(under_test.url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        connection.connect((address.hostname, address.port))
        connection.sendall(upgrade_request(under_test.url, PATH, under_test.view_token))
        yield


def allow_files(wanted: int) -> None:
    """Raise the limit of open files of this process and its children, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
