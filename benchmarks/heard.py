"""Measures the CPU time of a worker and a gateway for another worker's announcement, by the number of workers."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from benchmarks.report import Row, row
from streamsign.cluster.camera_messages import CAMERAS, CameraList, ListedCamera, Load, SentGrant
from streamsign.cluster.cameras import RemoteCameras
from streamsign.cluster.claims import Claims
from streamsign.cluster.messages import read
from streamsign.cluster.placement import Placement
from streamsign.recognition.model import load_model
from streamsign.server.grants.holds import Holds
from streamsign.settings import read_settings

WORKERS = (100, 1000)
CAMERAS_A_WORKER = 6
MOST_MESSAGES = 5_000


def heard(messages: int) -> list[Row]:
    """CPU time for a load at a worker and for a list of cameras at a gateway, without NATS.

    Args:
        messages: of each case, at most 5,000.
    """
    count = min(messages, MOST_MESSAGES)
    rows = []
    for workers in WORKERS:
        rows.append(row(f"loads/of_{workers}_workers/worker_cpu_a_message", "ours", "us", [_loads(workers, count)]))
        lists_us = asyncio.run(_lists(workers, count))
        rows.append(row(f"lists/of_{workers}_workers/gateway_cpu_a_message", "ours", "us", [lists_us]))
    return rows


def _loads(workers: int, count: int) -> float:
    """Microseconds of a worker for one load of another: read, noted and compared."""
    payloads = [Load(worker=f"{number:08x}", sessions=CAMERAS_A_WORKER).encoded() for number in range(workers)]
    placement = Placement("ffffffff")

    def take(payload: bytes) -> None:
        load = read(Load, payload)
        assert load is not None  # noqa: S101 - it was just encoded
        placement.heard(load, 0.0)
        placement.is_next(CAMERAS_A_WORKER, 0.0)

    for payload in payloads:
        take(payload)
    return _cpu_us(take, payloads, count)


async def _lists(workers: int, count: int) -> float:
    """Microseconds of a gateway for one worker's list of its cameras, which have not changed."""
    client, settings = Client(), read_settings(model="celov", state_dir="/nonexistent")
    cameras = RemoteCameras(settings, client, load_model("celov"), Holds(lambda _: False), Claims(client))
    messages = [Msg(client, CAMERAS, data=_list(number).encoded()) for number in range(workers)]
    for message in messages:
        await cameras._heard_cameras(message)
    began_s = time.process_time()
    for message in itertools.islice(itertools.cycle(messages), count):
        await cameras._heard_cameras(message)
    return 1e6 * (time.process_time() - began_s) / count


def _list(worker: int) -> CameraList:
    grant = SentGrant(rights="p", room="room", holder="device", expires_s=2**40)
    numbers = range(worker * CAMERAS_A_WORKER, (worker + 1) * CAMERAS_A_WORKER)
    cameras = [ListedCamera(session=f"{number:08x}", room=f"room{number}", grant=grant) for number in numbers]
    return CameraList(worker=f"{worker:08x}", cameras=cameras)


def _cpu_us(take: Callable[[bytes], None], payloads: list[bytes], count: int) -> float:
    began_s = time.process_time()
    for payload in itertools.islice(itertools.cycle(payloads), count):
        take(payload)
    return 1e6 * (time.process_time() - began_s) / count
