"""Benchmarks the delay of letters through a cluster: published to NATS → gateway → websocket, in many rooms."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from benchmarks.audience import LETTER_EVERY_S, allow_files, delays
from benchmarks.cluster import Cluster, cluster
from benchmarks.cores import pinned, two_cores
from benchmarks.report import Report, Row, make_report
from benchmarks.server import ROOT, ended
from streamsign.recognition.model import load_model

VIEWERS, ROOMS = 1000, 50
WATCH_S, FULL_WATCH_S = 15.0, 60.0


def run(*, full: bool, model: str, viewers: int = VIEWERS, rooms: int = ROOMS, watch_s: float | None = None) -> Report:
    """Letters of many rooms, two a second in each, to viewers of one gateway.

    Args:
        full: a minute instead of fifteen seconds for each case.
        model: the model the gateway loads; no camera is read.
        viewers: number of viewers, dealt to the rooms in turn.
        rooms: number of rooms.
        watch_s: duration of each case, seconds; overrides ``full``.

    Raises:
        StreamsignError: fewer than two cores, nats-server is not installed, or viewers get no letters.
    """
    length_s = watch_s or (FULL_WATCH_S if full else WATCH_S)
    allow_files(viewers + 200)
    folder = str(load_model(model).folder.resolve())
    gateway_core, other_core = two_cores()
    with (
        cluster(folder, worker_cores=(), gateway_core=gateway_core, broker_core=other_core) as under_test,
        pinned(other_core),
    ):
        names = [f"room{number}" for number in range(rooms)]
        command = [sys.executable, "-m", "benchmarks.cluster_letters", under_test.nats_url, folder]
        writer = subprocess.Popen([*command, str(LETTER_EVERY_S), *names], cwd=ROOT, stdin=subprocess.DEVNULL)
        with ended(writer):
            rows = asyncio.run(_cases(under_test, names, viewers, length_s))
    return make_report(
        "gateway",
        rows,
        remarks=["The gateway has a core of its own; NATS, the writer of the letters, and the viewers share another."],
    )


async def _cases(under_test: Cluster, names: list[str], viewers: int, length_s: float) -> list[Row]:
    watched = [names[number % len(names)] for number in range(viewers)]
    return [
        *await delays(under_test, "1_viewer", names[:1], length_s),
        *await delays(under_test, f"{viewers}_viewers_{len(names)}_rooms", watched, length_s),
    ]
