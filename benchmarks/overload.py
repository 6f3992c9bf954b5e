"""Benchmarks a recognizer that is ten times slower: the newest frame is read, and none is queued."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from benchmarks.film import EncodedFilm, encode_film
from benchmarks.phone import CONNECT_TIMEOUT_S, CameraTrack, Phone
from benchmarks.report import Report, Row, make_report, row
from benchmarks.server import ServerProcess, server
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model

SLOWED = 10
"""Factor on the time of each frame."""

SIZE = (640, 480, 30, 900_000)
FULL_STREAM_S, STREAM_S = 120.0, 20.0
WARM_UP_S = 4.0
"""Time before memory is compared, in which pools and decoder reach their size."""


def run(*, full: bool, model: str) -> Report:
    """One camera at 640×480 and 30 frames a second into a server whose recognizer is slowed.

    Args:
        full: for two minutes instead of twenty seconds.
        model: the model the server reads with.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: the server does not start, or reads nothing.
    """
    film = encode_film(*SIZE, word="L")
    folder = str(load_model(model).folder.resolve())
    length_s = FULL_STREAM_S if full else STREAM_S
    with server(folder, slowed=SLOWED) as under_test:
        rows = asyncio.run(_stream(under_test, film, length_s))
    case = f"slowed_{SLOWED}_times/vp8_{SIZE[0]}x{SIZE[1]}_{SIZE[2]}"
    return make_report("overload", [each.model_copy(update={"case": f"{case}/{each.case}"}) for each in rows])


async def _stream(under_test: ServerProcess, film: EncodedFilm, length_s: float) -> list[Row]:
    track = CameraTrack(film)
    viewer = {"Authorization": f"Bearer {under_test.view_token}"}
    async with httpx.AsyncClient(timeout=CONNECT_TIMEOUT_S) as http:
        phone = Phone(http, under_test.url, under_test.token, "overload", track, channels=False)
        await phone.connect()
        try:
            await asyncio.sleep(WARM_UP_S)
            before = under_test.census()
            await asyncio.sleep(length_s)
            after = under_test.census()
            stages = (await http.get(f"{under_test.url}/api/latency", headers=viewer)).json()["since_start"]
        finally:
            await phone.leave()
    if not stages["total"]["n"]:
        raise StreamsignError("The slowed server read no frame.", "Run `make test`.")
    return [
        _stage("age_when_read", stages["wait"]),
        _stage("decoded_to_read", stages["total"]),
        row("frames_read", "ours", "percent", [100 * stages["total"]["n"] / len(track.sent_s)]),
        row("memory_growth", "ours", "kB", [float(max(0, after.resident_kb - before.resident_kb))]),
    ]


def _stage(case: str, reported: dict[str, Any]) -> Row:
    """A stage's percentiles, from the server's histogram."""
    return Row(
        case=case,
        subject="ours",
        unit="ms",
        n=reported["n"],
        p50=reported["p50"],
        p95=reported["p95"],
        p99=reported["p99"],
    )
