"""cluster/worker.py: a worker that drains, and cameras that move to another one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from streamsign.cluster.worker import Worker
from streamsign.server.cameras.pool import CameraOffer
from tests.cluster.workers import GENEROUS_S, gateway, one_camera, phones, publish, settings, worker
from tests.nats_server import NatsServer, needs_nats

pytestmark = [needs_nats, pytest.mark.real_time]


async def test_a_worker_that_drains_ends_when_its_camera_has_moved(nats: NatsServer, tmp_path: Path) -> None:
    """The camera is asked to move; once another worker reads it, the former session ends and the worker is empty."""
    given = settings(nats.url, tmp_path)
    async with one_camera(given) as (first, one, before, opened), worker(given) as second, phones(1) as (after,):
        draining = asyncio.ensure_future(first.drain(GENEROUS_S))
        await asyncio.wait_for(before.moves.wait(), GENEROUS_S)
        offer = CameraOffer(await after.offer(), "main", former=opened.session_id, moving=True)
        moved = await one.cameras.publish(offer)
        assert len(first.cameras) == 1
        await after.answered(moved)
        await asyncio.wait_for(draining, GENEROUS_S)
        assert (len(first.cameras), [camera.session_id for camera in second.cameras]) == (0, [moved.session_id])


async def test_a_worker_that_drains_takes_no_camera(nats: NatsServer, tmp_path: Path) -> None:
    """Offers go to the other worker, and cameras that stay beyond the limit end."""
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        workers: list[Worker] = [await stack.enter_async_context(worker(given)) for _ in range(2)]
        one = await stack.enter_async_context(gateway(given))
        made = await stack.enter_async_context(phones(3))
        for number, phone in enumerate(made[:2]):
            await phone.answered(await publish(one, phone, f"r{number}"))
        draining = asyncio.ensure_future(workers[0].drain(1.0))
        await asyncio.sleep(0)
        await publish(one, made[2], "r2")
        assert len(workers[1].cameras) == 2
        await asyncio.wait_for(draining, GENEROUS_S)
        assert len(workers[0].cameras) == 0
