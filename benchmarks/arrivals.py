"""Benchmarks cameras that connect to a full server.

Each is refused with a reason, and the delays of the admitted cameras are measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path

import httpx

from benchmarks.cores import pinned, two_cores
from benchmarks.film import encode_film
from benchmarks.phone import CONNECT_TIMEOUT_S, CameraTrack, Phone, Viewer, event_delays_ms
from benchmarks.report import Report, Row, make_report, row
from benchmarks.server import ServerProcess, server
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model

LIMIT, ARRIVALS = 20, 200
WATCH_S, FULL_WATCH_S = 10.0, 30.0
SETTLE_S = 3.0
SIZE = (320, 240, 15, 300_000)
OFFER = Path(__file__).resolve().parents[1] / "tests" / "webrtc" / "offers" / "bom.sdp"
"""An offer that a server below its limit accepts."""


def run(*, full: bool, model: str, limit: int = LIMIT, arrivals: int = ARRIVALS) -> Report:
    """Fill a server to its limit, measure, and measure again while further cameras try to connect.

    Args:
        full: for half a minute each instead of ten seconds.
        model: the model the server reads with.
        limit: cameras that the server allows.
        arrivals: cameras that connect, those within the limit included.

    Raises:
        StreamsignError: fewer than two cores, the server does not start, or it admits more than its limit.
    """
    server_core, sender_core = two_cores()
    folder = str(load_model(model).folder.resolve())
    with server(folder, core=server_core, max_sessions=limit, max_cpu=1.0) as under_test, pinned(sender_core):
        rows, refusals = asyncio.run(_fill(under_test, limit, arrivals, FULL_WATCH_S if full else WATCH_S))
    if set(refusals) != {(503, "full", True)}:
        raise StreamsignError(f"Cameras over the limit were answered {dict(refusals)}.", "Run `make test`.")
    remark = (
        f"{limit} of {arrivals} cameras were served; {refusals.total()} offers over the limit got 503 and Retry-After"
    )
    return make_report("arrivals", rows, remarks=[remark])


async def _fill(
    under_test: ServerProcess, limit: int, arrivals: int, watch_s: float
) -> tuple[list[Row], Counter[tuple[int, str, bool]]]:
    film = encode_film(*SIZE, word="L")
    refusals: Counter[tuple[int, str, bool]] = Counter()
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S))
        inside = []
        for number in range(limit):
            room = f"arrival{number}"
            viewer = await stack.enter_async_context(Viewer(under_test.url, room, under_test.view_token))
            track = CameraTrack(film, number)
            phone = Phone(http, under_test.url, under_test.token, room, track, channels=False)
            await phone.connect()
            stack.push_async_callback(phone.leave)
            inside.append((viewer, track))
        await asyncio.sleep(SETTLE_S)
        alone = await _delays(inside, asyncio.sleep(watch_s))
        outside = [_knock(under_test, http, watch_s, refusals) for _ in range(arrivals - limit)]
        crowded = await _delays(inside, asyncio.gather(*outside))
    case = f"frame_to_event/{arrivals}_arrive_at_{limit}"
    return [row(case, "ours", "ms", crowded), row(case, "floor", "ms", alone)], refusals


async def _delays(inside: list[tuple[Viewer, CameraTrack]], meanwhile: Awaitable[object]) -> list[float]:
    began_s = time.time()
    await meanwhile
    ended_s = time.time()
    await asyncio.sleep(0.2)  # events of the last frames
    return [ms for viewer, track in inside for ms in event_delays_ms(viewer, track, began_s, ended_s)]


async def _knock(
    under_test: ServerProcess, http: httpx.AsyncClient, for_s: float, refusals: Counter[tuple[int, str, bool]]
) -> None:
    """Offer a camera, and repeat after `Retry-After`, until the time is over."""
    until_s = time.monotonic() + for_s
    headers = {"Authorization": f"Bearer {under_test.token}", "Content-Type": "application/sdp"}
    while time.monotonic() < until_s:
        answer = await http.post(f"{under_test.url}/whip", content=OFFER.read_bytes(), headers=headers)
        again_s = answer.headers.get("Retry-After")
        code = str(answer.json().get("reason", "")) if answer.status_code != 201 else ""
        refusals[(answer.status_code, code, again_s is not None)] += 1
        await asyncio.sleep(float(again_s or 1))
