"""Benchmarks the memory and CPU time of a server for one more camera and viewer, and of a frame in each reader mode."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx
from aiortc import MediaStreamTrack

from benchmarks.cores import pinned, two_cores
from benchmarks.film import EncodedFilm, encode_film
from benchmarks.listener import listeners
from benchmarks.phone import CONNECT_TIMEOUT_S, CameraTrack, Phone
from benchmarks.pipeline import decoded_frames
from benchmarks.report import Report, Row, make_report, row
from benchmarks.server import ServerProcess, server
from streamsign.luma import luma_of
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer

SIZE = (640, 480, 30, 1_500_000)
CAMERAS, VIEWERS = 8, 200
ROOM = "hall"
"""Room of the viewers."""

SETTLE_S = 2.0
FRAMES, ROUNDS, FULL_ROUNDS = 90, 4, 20
MODEL_WITH_READER = "alphabet"

_MS, _US = 1000, 1_000_000


class _SilentTrack(MediaStreamTrack):  # type: ignore[misc]
    """A camera that is connected and sends no frame."""

    kind = "video"

    async def recv(self) -> None:
        """Wait until canceled."""
        await asyncio.Event().wait()


def run(*, full: bool, model: str) -> Report:
    """Memory and CPU time of cameras and viewers at a real server, and of a frame by what reads it.

    Args:
        full: more rounds of frames.
        model: the model that the server reads with; one without a reader is replaced by `alphabet` for the frames.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: fewer than two cores, or the server does not start.
    """
    chosen = load_model(model)
    server_core, client_core = two_cores()
    film = encode_film(*SIZE)
    folder = str(chosen.folder.resolve())
    with server(folder, core=server_core, max_sessions=4 * CAMERAS, max_cpu=1.0) as under_test, pinned(client_core):
        rows = asyncio.run(_connected(under_test, film))
    reading = chosen if chosen.reader is not None else load_model(MODEL_WITH_READER)
    with pinned(server_core):
        rows += _readers(reading, FULL_ROUNDS if full else ROUNDS)
    return make_report(
        "footprint",
        rows,
        remarks=[
            f"Means over {CAMERAS} cameras and {VIEWERS} viewers, after a full garbage collection.",
            f"The frames are read by {reading.info.name}.",
        ],
    )


async def _connected(under_test: ServerProcess, film: EncodedFilm) -> list[Row]:
    async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S) as http:
        async with _cameras(under_test, http, film, 2):  # modules are loaded and pools filled by the first ones
            await asyncio.sleep(SETTLE_S)
        connect_ms = await _connections(under_test, http)
        before_kb = under_test.census().resident_kb
        async with _cameras(under_test, http, film, CAMERAS):
            await asyncio.sleep(SETTLE_S)
            camera_kb = (under_test.census().resident_kb - before_kb) / CAMERAS
        await asyncio.sleep(SETTLE_S)
        before_kb = under_test.census().resident_kb
        async with listeners(under_test.url, under_test.view_token, [ROOM] * VIEWERS):
            await asyncio.sleep(SETTLE_S)
            viewer_kb = (under_test.census().resident_kb - before_kb) / VIEWERS
        partial_us = await _partials(under_test, http, film)
    return [
        row("memory_a_camera", "ours", "kB", [camera_kb]),
        row("memory_a_viewer", "ours", "kB", [viewer_kb]),
        row("cpu_a_connection", "ours", "ms", [connect_ms]),
        row("cpu_a_partial_and_viewer", "ours", "us", [partial_us]),
    ]


@contextlib.asynccontextmanager
async def _cameras(
    under_test: ServerProcess, http: httpx.AsyncClient, film: EncodedFilm | None, count: int, room: str = ""
) -> AsyncIterator[None]:
    """Cameras that send a film, or nothing; each in a room of its own, or all in one."""
    async with contextlib.AsyncExitStack() as stack:
        for number in range(count):
            track = _SilentTrack() if film is None else CameraTrack(film, number)
            name = room or f"footprint{number}"
            phone = Phone(http, under_test.url, under_test.token, name, track, channels=False)
            await phone.connect()
            stack.push_async_callback(phone.leave)
        yield


async def _connections(under_test: ServerProcess, http: httpx.AsyncClient) -> float:
    """Milliseconds of the server's CPU for one camera that connects, offer, ICE and DTLS together."""
    began_s = under_test.cpu_s()
    async with _cameras(under_test, http, None, CAMERAS):
        used_s = under_test.cpu_s() - began_s
    return _MS * used_s / CAMERAS


async def _partials(under_test: ServerProcess, http: httpx.AsyncClient, film: EncodedFilm) -> float:
    """Microseconds of the server's CPU for one event sent to one viewer: with viewers, less without."""
    async with _cameras(under_test, http, film, 1, room=ROOM):
        await asyncio.sleep(SETTLE_S)
        began_s = under_test.cpu_s()
        await asyncio.sleep(2 * SETTLE_S)
        alone_s = under_test.cpu_s() - began_s
        async with listeners(under_test.url, under_test.view_token, [ROOM] * (VIEWERS // 4)) as viewers:
            await asyncio.sleep(SETTLE_S)
            for viewer in viewers:
                viewer.came.clear()
            began_s = under_test.cpu_s()
            await asyncio.sleep(2 * SETTLE_S)
            watched_s = under_test.cpu_s() - began_s
            events = sum(len(viewer.came) for viewer in viewers)
    return _US * max(0.0, watched_s - alone_s) / max(1, events)


def _readers(model: Model, rounds: int) -> list[Row]:
    """CPU time of the recognizer for a frame of the demo signer, by what reads it."""
    frames = [luma_of(frame) for frame in decoded_frames(640, 480, FRAMES)]
    rows = []
    for mode in ReaderMode:
        recognizer, samples, at_s = Recognizer(model, reader=mode), [], 0.0
        for turn in range(rounds + 1):
            began_s = time.process_time()
            for luma, limited_range in frames:
                at_s += 1 / 30
                recognizer.feed(luma, at_s, limited_range=limited_range)
            if turn:  # the first is the warm-up
                samples.append(_US * (time.process_time() - began_s) / len(frames))
        rows.append(row(f"cpu_a_frame/640x480/reader_{mode.value}", "ours", "us", samples))
    return rows
